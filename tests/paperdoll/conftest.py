"""A tiny base model, trained for a moment from beginning to end, once a session."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from lora_wizard.paperdoll.base.modules import Sizes
from lora_wizard.paperdoll.base.plan import Amounts, Plan, write_plan
from lora_wizard.paperdoll.base.train import train_base

CPU = torch.device("cpu")
TINY = Sizes(picture=32, vae_blocks=(8, 16), unet_blocks=(32, 32, 32), width=32)
A_MOMENT = Amounts(
    vae_samples=32,
    text_steps=2,
    pictures=32,
    samples=16,
    decoder_samples=16,
    vae_batch=8,
    batch=8,
)


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


def tiny_plan(root: Path, **amounts: int) -> Plan:
    """A plan of a moment below `root`, some amounts changed."""
    return Plan(
        sizes=TINY,
        amounts=replace(A_MOMENT, **amounts),
        state=root / "state",
        out=root / "model",
        command="lora-wizard paperdoll train-base --out MODEL",
    )


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A finished training; tests that go on with it copy its folder first."""
    plan = tiny_plan(tmp_path_factory.mktemp("base"))
    write_plan(plan)
    train_base(plan, device=CPU)
    return plan
