"""The drawn material of the embedded world."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_wizard.paperdoll.characters import DEMO_CHARACTER
from lora_wizard.paperdoll.material import write_material


@pytest.fixture(scope="session")
def heads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The 13 cut-out heads, in `36_hoshino_mio`."""
    folder = tmp_path_factory.mktemp("material") / "heads"
    write_material("head-only", DEMO_CHARACTER, folder)
    return folder
