"""Limits of layers, two rates and averages, on small layers."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from lora_wizard.lora.layers import Adapter
from lora_wizard.train.averaging import MovingAverage, exchanged
from lora_wizard.train.limits import limit_norms
from lora_wizard.train.optimizers import with_faster_ups


def adapters() -> list[Adapter]:
    """A linear layer, a convolution of 1 x 1 and one of 3 x 3, with changes of growing size."""
    layers: list[nn.Linear | nn.Conv2d] = [nn.Linear(6, 5), nn.Conv2d(4, 7, 1), nn.Conv2d(3, 8, 3)]
    made = []
    for number, layer in enumerate(layers):
        generator = torch.Generator().manual_seed(number)
        adapter = Adapter(layer, 2, 4.0)
        adapter.initialise(generator)
        with torch.no_grad():
            adapter.up.normal_(0, 0.1 * 4**number, generator=generator)
        made.append(adapter)
    return made


def change(adapter: Adapter) -> torch.Tensor:
    """s B A, formed."""
    with torch.no_grad():
        return adapter.scale * adapter.up.flatten(1) @ adapter.down.flatten(1)


def test_a_change_beyond_the_limit_gets_its_norm_and_keeps_its_direction() -> None:
    before = [change(adapter) for adapter in adapters()]
    norms = [float(one.norm()) for one in before]
    limit = (norms[0] + norms[1]) / 2
    assert norms[0] < limit < norms[1] < norms[2]
    after = adapters()
    assert limit_norms(after, limit).item() == 2
    assert torch.equal(change(after[0]), before[0])
    for found, old, norm in zip(after[1:], before[1:], norms[1:], strict=True):
        assert_close(change(found), old * limit / norm)
        assert float(change(found).norm()) == pytest.approx(limit, rel=1e-5)
    assert limit_norms(after, limit * 1.001).item() == 0


def test_both_factors_shrink_alike() -> None:
    before, after = adapters()[2], adapters()[2]
    limit_norms([after], float(change(before).norm()) / 4)
    assert_close(after.down.detach(), before.down.detach() / 2)
    assert_close(after.up.detach(), before.up.detach() / 2)


def test_b_has_a_group_of_its_own_at_its_ratio() -> None:
    a, b, c = (nn.Parameter(torch.zeros(1)) for _ in range(3))
    groups = [{"params": [a, b, c], "lr": 1e-4, "name": "unet"}]
    assert with_faster_ups(groups, [b], 1) is groups
    fast, slow = with_faster_ups(groups, [b], 16)
    assert fast["params"][0] is b and len(fast["params"]) == 1
    assert [id(one) for one in slow["params"]] == [id(a), id(c)]
    assert (fast["lr"], slow["lr"]) == (pytest.approx(1.6e-3), 1e-4)
    assert fast["name"] == slow["name"] == "unet"


def test_the_average_forgets_its_start_and_then_follows_by_its_decay() -> None:
    weight = nn.Parameter(torch.zeros(2))
    average = MovingAverage([weight], 0.6)
    expected = 0.0
    for step in range(1, 9):
        with torch.no_grad():
            weight.fill_(float(step))
        average.update(step)
        decay = min(0.6, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * step
    with exchanged([weight], average.put_in):
        assert weight.tolist() == pytest.approx([expected] * 2)
    assert weight.tolist() == [8.0, 8.0]


def test_weights_come_back_even_after_an_error() -> None:
    weight = nn.Parameter(torch.ones(2))
    average = MovingAverage([weight], 0.5)
    with torch.no_grad():
        weight.fill_(3.0)
    with pytest.raises(OSError), exchanged([weight], average.put_in):
        raise OSError("the disk is full")
    assert weight.tolist() == [3.0, 3.0]
