"""Gradients in one buffer are the loose ones, through all that is done with them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from lora_wizard.train.gradients import Gradients


def learned() -> list[nn.Parameter]:
    """The last gets no gradient."""
    generator = torch.Generator().manual_seed(1)
    shapes = [(3, 4), (5,), (2, 2, 1, 1), (4,)]
    return [nn.Parameter(torch.randn(shape, generator=generator)) for shape in shapes]


def backward(parameters: list[nn.Parameter], factor: float = 1.0) -> None:
    sum(parameter.square().sum() for parameter in parameters[:-1]).mul(factor).backward()  # type: ignore[union-attr]


def both() -> tuple[list[nn.Parameter], Gradients, list[nn.Parameter], Gradients]:
    """Loose gradients of a batch, and the same in a buffer."""
    loose, flat = learned(), learned()
    for parameters in (loose, flat):
        backward(parameters)
    buffered = Gradients(flat)
    buffered.lay_flat()
    return loose, Gradients(loose), flat, buffered


def assert_same(loose: list[nn.Parameter], flat: list[nn.Parameter]) -> None:
    for one, other in zip(loose, flat, strict=True):
        if one.grad is None:
            assert other.grad is None
        else:
            torch.testing.assert_close(other.grad, one.grad)


def test_a_buffer_takes_over_what_is_there_and_what_comes() -> None:
    loose, _, flat, buffered = both()
    assert_same(loose, flat)
    assert buffered.flat is not None
    backward(loose, 0.5)
    backward(flat, 0.5)
    assert_same(loose, flat)
    start = buffered.flat.data_ptr()
    assert flat[0].grad is not None
    assert flat[0].grad.data_ptr() == start


@pytest.mark.parametrize("largest", [0.0, 0.1, 1e6])
def test_norm_and_limit_are_those_of_torch(largest: float) -> None:
    loose, apart, flat, buffered = both()
    norm = apart.norm()
    torch.testing.assert_close(buffered.norm(), norm)
    apart.limit(norm, largest)
    buffered.limit(buffered.norm(), largest)
    assert_same(loose, flat)
    if largest:
        assert float(apart.norm()) <= largest * (1 + 1e-4)
    meant = learned()
    backward(meant)
    if largest:
        nn.utils.clip_grad_norm_(meant, largest)
    assert_same(meant, loose)


def test_the_mean_over_processes_reaches_every_gradient() -> None:
    loose, apart, flat, buffered = both()
    halved: Callable[[Tensor], Tensor] = lambda tensor: tensor / 2  # noqa: E731
    for gradients in (apart, buffered):
        head = gradients.average(torch.tensor([4.0, 1.0]), halved)
        assert head.tolist() == [2.0, 0.5]
    assert_same(loose, flat)
    meant = learned()
    backward(meant, 0.5)
    assert_same(meant, loose)


def test_cleared_is_as_if_nothing_had_been() -> None:
    loose, apart, flat, buffered = both()
    for gradients, parameters in ((apart, loose), (buffered, flat)):
        gradients.clear()
        backward(parameters, 3.0)
    assert_same(loose, flat)


def test_aside_they_come_back_whatever_happened() -> None:
    loose, apart, flat, buffered = both()
    meant = learned()
    backward(meant)
    for gradients, parameters in ((apart, loose), (buffered, flat)):
        with gradients.aside():
            backward(parameters, 7.0)
        assert_same(meant, parameters)
        with pytest.raises(RuntimeError, match="broken"), gradients.aside():
            backward(parameters, 7.0)
            raise RuntimeError("broken")
        assert_same(meant, parameters)


def test_they_come_back_into_a_buffer_made_in_between() -> None:
    parameters, meant = learned(), learned()
    for each in (parameters, meant):
        backward(each)
    gradients = Gradients(parameters)
    with gradients.aside():
        backward(parameters, 7.0)
        gradients.lay_flat()
    assert gradients.flat is not None
    assert_same(meant, parameters)
