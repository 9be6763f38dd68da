"""Optimizers by name, each part at its own rate."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from lora_wizard.errors import TrainingError
from lora_wizard.recipe import TrainingSettings
from lora_wizard.recipe.optimizing import Optimizer
from lora_wizard.train.averaging import averaged_by
from lora_wizard.train.optimizers import (
    OPTIMIZERS,
    OptimizerKind,
    build_optimizer,
    set_rate,
    step_rate,
    try_optimizer,
)

NAMES = get_args(Optimizer)
CPU = torch.device("cpu")


def parameters() -> list[nn.Parameter]:
    generator = torch.Generator().manual_seed(1)
    return [nn.Parameter(torch.randn(3, 4, generator=generator)) for _ in range(2)]


def stepped(
    name: Optimizer, *, steps: int, rate: float, **settings: Any
) -> tuple[list[nn.Parameter], torch.optim.Optimizer]:
    """Parameters after some steps down a bowl around 3."""
    ours = parameters()
    optimizer = build_optimizer(
        [{"params": ours, "lr": rate}], TrainingSettings(optimizer=name, **settings)
    )
    for _ in range(steps):
        for parameter in ours:
            parameter.grad = 2 * (parameter.detach() - 3)
        optimizer.step()
    return ours, optimizer


def test_every_name_of_the_recipe_has_an_entry() -> None:
    assert set(OPTIMIZERS) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_runs_here_and_goes_downhill(name: Optimizer) -> None:
    try_optimizer(TrainingSettings(optimizer=name), CPU)
    ours, _ = stepped(name, steps=400, rate=1.0 if name == "prodigy" else 0.02)
    begun = parameters()
    for parameter, before in zip(ours, begun, strict=True):
        assert (parameter - 3).abs().mean() < 0.2 * (before - 3).abs().mean()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_remembered_can_be_saved_and_read_as_plain_values(
    name: Optimizer, tmp_path: Any
) -> None:
    """Pickled code in a state is refused when it is read."""
    _, optimizer = stepped(name, steps=3, rate=1e-2)
    torch.save(optimizer.state_dict(), tmp_path / "state.pt")
    read = torch.load(tmp_path / "state.pt", weights_only=True)
    assert set(read["state"]) == {0, 1}


def test_each_group_keeps_its_own_rate_times_the_factor_of_the_step() -> None:
    text, unet = parameters()
    groups = [{"params": [text], "lr": 1e-4}, {"params": [unet], "lr": 3e-4}]
    optimizer = build_optimizer(groups, TrainingSettings())
    for factor in (0.0, 0.5, 1.0, 0.25):
        set_rate(optimizer, factor)
        assert step_rate(optimizer) == 3e-4 * factor
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


def test_lion_moves_by_the_sign_of_its_mixed_momentum() -> None:
    """Chen et al., 2023, algorithm 2, with its decay."""
    rate, decay, beta1, beta2 = 1e-2, 0.1, 0.8, 0.95
    ours, _ = stepped("lion", steps=4, rate=rate, weight_decay=decay,
                      optimizer_options=(f"betas=({beta1}, {beta2})",))  # fmt: skip
    for mine, start in zip(ours, parameters(), strict=True):
        weights, momentum = start.detach(), torch.zeros_like(start)
        for _ in range(4):
            gradient = 2 * (weights - 3)
            mixed = beta1 * momentum + (1 - beta1) * gradient
            weights = weights - rate * (mixed.sign() + decay * weights)
            momentum = beta2 * momentum + (1 - beta2) * gradient
        assert_close(mine.detach(), weights)


def test_schedule_free_shows_the_mean_of_its_fast_weights() -> None:
    """Defazio et al., 2024: at an even rate x is the plain mean of z after each step."""
    ours = parameters()
    optimizer = build_optimizer(
        [{"params": ours, "lr": 0.05}],
        TrainingSettings(optimizer="adamw_schedule_free", weight_decay=0.0),
    )
    fast: list[torch.Tensor] = []
    for _ in range(6):
        for parameter in ours:
            parameter.grad = 2 * (parameter.detach() - 3)
        optimizer.step()
        fast.append(optimizer.state[ours[0]]["z"].clone())
    before = [parameter.detach().clone() for parameter in ours]
    with averaged_by(optimizer):
        assert_close(ours[0].detach(), torch.stack(fast).mean(dim=0))
        assert not torch.equal(ours[0], before[0])
    assert all(torch.equal(one, kept) for one, kept in zip(ours, before, strict=True))
    optimizer.step()  # it may go on


def test_prodigys_rate_in_the_log_is_the_one_that_it_found() -> None:
    _, optimizer = stepped("prodigy", steps=1, rate=1.0)
    first = step_rate(optimizer)
    _, optimizer = stepped("prodigy", steps=200, rate=1.0)
    assert step_rate(optimizer) > 1000 * first
    set_rate(optimizer, 0.5)
    assert step_rate(optimizer) == pytest.approx(0.5 * optimizer.param_groups[0]["d"])


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("prodigy", ("d_coeff=2",), "Did you mean d_coef?"),
        ("lion", ("betas=0.9",), "2 numbers"),
        ("adamw", ("amsgrad=1",), "True or False"),
        ("adafactor", ("relative_step=True",), "It has:"),
        ("adamw8bit", ("betas=(0.9, 1.5)",), "Invalid beta"),
        ("adamw", ("eps=tiny",), "a number"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    name: Optimizer, options: tuple[str, ...], said: str
) -> None:
    with pytest.raises(TrainingError) as caught:
        try_optimizer(TrainingSettings(optimizer=name, optimizer_options=options), CPU)
    assert said in str(caught.value)


def test_all_that_is_wrong_with_options_is_said_together() -> None:
    settings = TrainingSettings(optimizer="prodigy", optimizer_options=("d_coeff=2", "beta=1"))
    with pytest.raises(TrainingError) as caught:
        try_optimizer(settings, CPU)
    assert len(caught.value.problems) == 2


def test_options_reach_the_optimizer() -> None:
    _, optimizer = stepped("prodigy", steps=1, rate=1.0, optimizer_options=("d_coef=0.5",))
    assert optimizer.param_groups[0]["d_coef"] == 0.5


def test_a_missing_package_is_named_with_the_way_to_install_it() -> None:
    absent = OptimizerKind("no_such_package", "Nothing", "no-such-package", "optimizers")
    with pytest.raises(TrainingError, match="needs the package no-such-package") as caught:
        absent.load()
    assert "lora-wizard[optimizers]" in caught.value.fix
