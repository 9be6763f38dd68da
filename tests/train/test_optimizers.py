"""Optimizers by name, each part at its own rate."""

from __future__ import annotations

import importlib.util

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from lora_wizard.errors import TrainingError
from lora_wizard.recipe import TrainingSettings
from lora_wizard.train.optimizers import build_optimizer, set_rate


def parameters() -> list[nn.Parameter]:
    generator = torch.Generator().manual_seed(1)
    return [nn.Parameter(torch.randn(3, 4, generator=generator)) for _ in range(2)]


def test_each_group_keeps_its_own_rate_times_the_factor_of_the_step() -> None:
    text, unet = parameters()
    groups = [{"params": [text], "lr": 1e-4}, {"params": [unet], "lr": 3e-4}]
    optimizer = build_optimizer(groups, TrainingSettings())
    for factor in (0.0, 0.5, 1.0, 0.25):
        assert set_rate(optimizer, factor) == 3e-4 * factor
        rates = [group["lr"] for group in optimizer.param_groups]
        assert rates == [1e-4 * factor, 3e-4 * factor]


def test_adamw_moves_as_torchs_plain_one_does() -> None:
    ours, theirs = parameters(), parameters()
    settings = TrainingSettings(weight_decay=0.1)
    fused = build_optimizer([{"params": ours, "lr": 1e-2}], settings)
    plain = torch.optim.AdamW(theirs, lr=1e-2, weight_decay=0.1, foreach=False, fused=False)
    for step in range(5):
        for mine, other in zip(ours, theirs, strict=True):
            mine.grad = torch.sin(mine.detach() * (step + 1))
            other.grad = mine.grad.clone()
        fused.step()
        plain.step()
    for mine, other in zip(ours, theirs, strict=True):
        assert_close(mine, other)


@pytest.mark.skipif(
    torch.cuda.is_available() and importlib.util.find_spec("bitsandbytes") is not None,
    reason="it can run here",
)
def test_adamw8bit_without_cuda_says_what_to_use() -> None:
    with pytest.raises(TrainingError, match="needs a CUDA device") as caught:
        build_optimizer(
            [{"params": parameters(), "lr": 1e-4}], TrainingSettings(optimizer="adamw8bit")
        )
    assert "adamw" in caught.value.fix
