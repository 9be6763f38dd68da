"""A base in few bits: close to the whole one, small, and nothing kept for the way back."""

from __future__ import annotations

import importlib.util

import pytest
import torch
from torch import Tensor, nn

from lora_wizard.errors import ModelError
from lora_wizard.models.quantise import Bits, QuantisedLinear, quantise, require_bitsandbytes

CPU = torch.device("cpu")
ROUNDING: dict[Bits, float] = {"int8": 0.01, "nf4": 0.11}
"""How far a weight of normally distributed numbers may be from itself, as a share."""

each_kind = pytest.mark.parametrize("bits", ["int8", "nf4"])
each_precision = pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])


def linear(bias: bool = True) -> nn.Linear:
    torch.manual_seed(0)
    layer = nn.Linear(128, 192, bias=bias).requires_grad_(False)
    layer.weight.normal_(std=0.05)
    return layer


@each_kind
@each_precision
def test_it_is_the_whole_layer_but_for_rounding(bits: Bits, dtype: torch.dtype) -> None:
    layer = linear().to(dtype)
    packed = QuantisedLinear(layer, bits, CPU)
    assert packed.weight.dtype == dtype
    apart = (packed.weight.float() - layer.weight.float()).norm() / layer.weight.float().norm()
    assert 0 < float(apart) < ROUNDING[bits]
    x = torch.randn(2, 5, 128).to(dtype)
    assert packed(x).dtype == dtype
    meant = nn.functional.linear(x, packed.weight, packed.bias)
    assert torch.equal(packed(x), meant)


@each_kind
def test_it_takes_as_little_as_it_says(bits: Bits) -> None:
    packed = QuantisedLinear(linear(bias=False), bits, CPU)
    held = sum(buffer.nbytes for buffer in packed.buffers())
    assert held / packed.weight.numel() < {"int8": 1.05, "nf4": 0.6}[bits]
    assert not list(packed.parameters())


@each_kind
def test_the_gradient_of_the_input_is_that_of_the_rounded_weight(bits: Bits) -> None:
    packed = QuantisedLinear(linear(), bits, CPU)
    x = torch.randn(3, 128, requires_grad=True)
    kept: list[torch.Size] = []

    def keep(tensor: Tensor) -> Tensor:
        kept.append(tensor.shape)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        y = packed(x)
    assert packed.weight.shape not in kept
    y.square().sum().backward()
    again = x.detach().clone().requires_grad_()
    nn.functional.linear(again, packed.weight, packed.bias).square().sum().backward()
    torch.testing.assert_close(x.grad, again.grad)


class Model(nn.Module):
    """Layers of every kind."""

    def __init__(self) -> None:
        super().__init__()
        self.wide, self.small = linear(), nn.Linear(8, 8)
        self.inner = nn.Sequential(nn.LayerNorm(192), nn.Linear(192, 64))
        self.convolution = nn.Conv2d(64, 64, 3)
        self.requires_grad_(False)


def test_of_a_model_the_large_linear_layers_are_packed() -> None:
    model = Model()
    assert quantise([model], "nf4", CPU) == 2
    assert isinstance(model.wide, QuantisedLinear)
    assert isinstance(model.inner[1], QuantisedLinear)
    assert type(model.small) is nn.Linear
    assert {name for name, _ in model.named_modules()} == {
        name for name, _ in Model().named_modules()
    }


def test_it_moves_with_its_model_and_keeps_its_scales_exact() -> None:
    model = Model()
    quantise([model], "int8", CPU)
    before = model.wide.weight
    model.to("cpu").eval()
    assert torch.equal(model.wide.weight, before)


def test_a_weight_that_cannot_be_packed_is_told() -> None:
    layer = nn.Linear(128, 192).requires_grad_(False).double()
    model = nn.Sequential(layer)
    with pytest.raises(ModelError, match="cannot pack weights in nf4 on cpu") as caught:
        quantise([model], "nf4", CPU)
    assert 'quantise = "none"' in caught.value.fix


def test_a_missing_package_is_told_before_anything_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match="bitsandbytes, which is not installed") as caught:
        require_bitsandbytes("int8")
    assert "pip install" in caught.value.fix
