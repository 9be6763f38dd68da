"""One thread, and a small reader trained for a moment."""

import pytest
import torch

from lora_wizard.paperdoll.reader.network import ReaderNetwork
from lora_wizard.paperdoll.reader.reading import Reader


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def untrained() -> Reader:
    torch.manual_seed(0)
    return Reader(ReaderNetwork((8, 16, 24)))
