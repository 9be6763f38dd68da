"""Packed convolutions compute what the plain ones do, forward and backward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from torch import Tensor, nn

from lora_wizard.lora.layers import AdaptedLayer, Adapter
from lora_wizard.models.packed import PackedConvolution, can_be_packed, pack

Size = tuple[int, int, int, int]
TOLERANCE = {torch.float32: 1e-4, torch.bfloat16: 3e-2}


def convolution(kernel: int = 3, padding: int = 1, **more: Any) -> nn.Conv2d:
    torch.manual_seed(0)
    return nn.Conv2d(16, 32, kernel, padding=padding, **more).requires_grad_(False)


def with_gradient(convolve: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """The output, and the gradient of x for a loss that weighs every output differently."""
    x = x.detach().clone().requires_grad_()
    y = convolve(x)
    weights = torch.cos(torch.arange(y.numel(), dtype=y.dtype)).view(y.shape)
    (gradient,) = torch.autograd.grad((y * weights).sum(), x)
    return y.detach(), gradient


@settings(deadline=None, max_examples=40)
@given(
    some.sampled_from([(1, 0), (3, 0), (3, 1), (3, 2), (5, 2)]),
    some.integers(5, 12),
    some.booleans(),
    some.booleans(),
    some.sampled_from([torch.float32, torch.bfloat16]),
    some.integers(5, 12),
)
def test_it_is_the_plain_one_in_every_kernel_size_and_layout(
    kernel: tuple[int, int],
    side: int,
    bias: bool,
    channels_last: bool,
    dtype: torch.dtype,
    made_for: int,
) -> None:
    layer = convolution(*kernel).to(dtype)
    if not bias:
        layer.bias = None
    assert can_be_packed(layer)
    x = torch.randn(2, 16, side, side + 1).to(dtype)
    if channels_last:
        x = x.contiguous(memory_format=torch.channels_last)
    packed = PackedConvolution(layer, (1, 16, made_for, made_for))
    found, meant = with_gradient(packed, x), with_gradient(layer, x)
    for mine, right in zip(found, meant, strict=True):
        assert mine.dtype == right.dtype
        apart = (mine.float() - right.float()).norm()
        assert float(apart) <= TOLERANCE[dtype] * float(right.float().norm())


class Two(nn.Module):
    """Two convolutions that can be packed, with one between that cannot."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = convolution(), nn.Conv2d(32, 16, 1)
        self.halving = nn.Conv2d(32, 32, 3, stride=2, padding=1)
        self.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.last(self.halving(self.first(x)))
        return y


def test_a_model_is_packed_where_it_can_be() -> None:
    model = Two()
    x = torch.randn(2, 16, 8, 8)
    meant = with_gradient(model, x)
    assert pack(model, lambda: model(x)) == 2
    assert [type(layer) for layer in model.children()] == [
        PackedConvolution,
        PackedConvolution,
        nn.Conv2d,
    ]
    for mine, right in zip(with_gradient(model, x), meant, strict=True):
        torch.testing.assert_close(mine, right, rtol=1e-4, atol=1e-5)


def test_its_plain_weights_are_given_up() -> None:
    model = Two()
    pack(model, lambda: model(torch.randn(2, 16, 8, 8)))
    assert {name.split(".")[0] for name, _ in model.named_parameters()} == {"halving"}


@pytest.mark.parametrize(
    "layer",
    [
        convolution(stride=2),
        convolution(dilation=2),
        convolution(groups=2),
        nn.Conv2d(16, 32, 3).requires_grad_(True),
        nn.Conv2d(4, 32, 3).requires_grad_(False),
        nn.Linear(16, 32).requires_grad_(False),
        convolution().double(),
        convolution(padding=3),
    ],
)
def test_other_layers_are_left_alone(layer: nn.Module) -> None:
    assert not can_be_packed(layer)


def test_a_layer_with_a_lora_keeps_its_weights() -> None:
    layer = convolution()
    AdaptedLayer.on(layer).add(Adapter(layer, 4, 4.0))
    assert not can_be_packed(layer)


def test_a_layer_that_the_model_does_not_use_is_left_alone() -> None:
    model = Two()
    assert pack(model, lambda: model.first(torch.randn(2, 16, 8, 8))) == 1
    assert type(model.last) is nn.Conv2d


def test_a_model_stays_as_it_is_where_the_library_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> Tensor:
        raise RuntimeError("oneDNN is not built in")

    monkeypatch.setattr(torch._C._nn, "mkldnn_reorder_conv2d_weight", refuse)
    model = Two()
    before = list(model.children())
    with pytest.raises(RuntimeError, match="not built in"):
        pack(model, lambda: model(torch.randn(2, 16, 8, 8)))
    assert list(model.children()) == before


def test_it_can_be_checkpointed() -> None:
    packed = PackedConvolution(convolution(), (2, 16, 8, 8))
    x = torch.randn(2, 16, 8, 8)

    def again(x: Tensor) -> Tensor:
        y: Tensor = torch.utils.checkpoint.checkpoint(packed, x, use_reentrant=False)
        return y

    for mine, right in zip(with_gradient(again, x), with_gradient(packed, x), strict=True):
        assert torch.equal(mine, right)
