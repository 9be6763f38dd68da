"""An adapted layer computes W + s B A, whichever way it chooses, forward and backward."""

import copy
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from torch import Tensor, nn
from torch.nn import functional

from lora_wizard.lora import layers as layers_module
from lora_wizard.lora.cost import PLANS, Plan
from lora_wizard.lora.layers import AdaptedLayer, Adapter

from .tiny import stir

Layer = nn.Linear | nn.Conv2d
sizes = some.integers(1, 9)
plans = some.sampled_from(PLANS)


def definition(layer: Layer, adapter: Adapter, x: Tensor) -> Tensor:
    """(W + s B A) x in plain torch."""
    change = adapter.up.flatten(1) @ adapter.down.flatten(1)
    weight = layer.weight + adapter.scale * change.view(layer.weight.shape)
    if isinstance(layer, nn.Linear):
        return functional.linear(x, weight, layer.bias)
    return functional.conv2d(
        x, weight, layer.bias, layer.stride, layer.padding, layer.dilation, layer.groups
    )


def adapted(layer: Layer, rank: int, alpha: float) -> Adapter:
    adapter = Adapter(layer, rank, alpha)
    stir(adapter.parameters(), size=0.5)
    AdaptedLayer.on(layer).add(adapter)
    return adapter


def gradients(run: Callable[[Tensor], Tensor], x: Tensor, adapter: Adapter) -> list[Tensor]:
    """Output, and the gradients of x, A and B, for a loss that weighs every output differently."""
    x = x.detach().clone().requires_grad_(True)
    y = run(x)
    weights = torch.cos(torch.arange(y.numel(), dtype=y.dtype)).view(y.shape)
    return [y.detach(), *torch.autograd.grad((y * weights).sum(), [x, *adapter.parameters()])]


def agree(layer: Layer, adapter: Adapter, x: Tensor, plan: Plan) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layers_module, "choose_plan", lambda *sizes, **needs: plan)
        found = gradients(layer, x, adapter)
    meant = gradients(lambda x: definition(layer, adapter, x), x, adapter)
    for mine, right in zip(found, meant, strict=True):
        torch.testing.assert_close(mine, right, rtol=1e-4, atol=1e-4)
        assert mine.dtype == right.dtype


@settings(deadline=None, max_examples=60)
@given(sizes, sizes, sizes, sizes, some.booleans(), some.sampled_from([1.0, 0.3, 8.0]), plans)
def test_linear_is_as_defined_in_every_plan(
    tokens: int, inputs: int, outputs: int, rank: int, bias: bool, alpha: float, plan: Plan
) -> None:
    layer = nn.Linear(inputs, outputs, bias=bias)
    adapter = adapted(layer, rank, alpha)
    agree(layer, adapter, torch.randn(2, tokens, inputs), plan)


@settings(deadline=None, max_examples=40)
@given(sizes, sizes, sizes, sizes, some.booleans(), plans)
def test_convolution_of_single_pixels_is_as_defined_in_every_plan(
    side: int, inputs: int, outputs: int, rank: int, channels_last: bool, plan: Plan
) -> None:
    layer = nn.Conv2d(inputs, outputs, 1)
    adapter = adapted(layer, rank, 2.0)
    x = torch.randn(2, inputs, side, side + 1)
    if channels_last:
        x = x.contiguous(memory_format=torch.channels_last)
    agree(layer, adapter, x, plan)


@settings(deadline=None, max_examples=60)
@given(
    some.integers(3, 9), sizes, sizes, sizes, some.sampled_from([1, 2]), some.sampled_from([0, 1]),
    some.booleans(), plans,
)  # fmt: skip
def test_convolution_of_neighbours_is_as_defined_in_every_plan(
    side: int,
    inputs: int,
    outputs: int,
    rank: int,
    stride: int,
    padding: int,
    channels_last: bool,
    plan: Plan,
) -> None:
    layer = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=padding)
    adapter = adapted(layer, rank, 2.0)
    x = torch.randn(2, inputs, side, side + 1)
    if channels_last:
        layer.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    agree(layer, adapter, x, plan)


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("layer", [nn.Linear(5, 4), nn.Conv2d(5, 4, 1), nn.Conv2d(5, 4, 3)])
def test_an_input_without_gradient_changes_nothing_else(layer: Layer, plan: Plan) -> None:
    layer = copy.deepcopy(layer)
    adapter = adapted(layer, 3, 2.0)
    x = torch.randn(2, 5, 6, 5) if isinstance(layer, nn.Linear) else torch.randn(2, 5, 6, 6)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layers_module, "choose_plan", lambda *sizes, **needs: plan)
        found = torch.autograd.grad(layer(x).square().sum(), list(adapter.parameters()))
    meant = torch.autograd.grad(
        definition(layer, adapter, x).square().sum(), list(adapter.parameters())
    )
    for mine, right in zip(found, meant, strict=True):
        torch.testing.assert_close(mine, right, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("layer", [nn.Linear(5, 4), nn.Conv2d(5, 4, 1), nn.Conv2d(5, 4, 3)])
def test_strength_zero_is_the_base_to_the_bit(layer: Layer) -> None:
    layer = copy.deepcopy(layer)
    x = torch.randn(2, 5, 6, 5) if isinstance(layer, nn.Linear) else torch.randn(2, 5, 6, 6)
    base = layer(x)
    adapter = adapted(layer, 3, 2.0)
    assert not torch.equal(layer(x), base)
    adapter.multiplier = 0.0
    assert torch.equal(layer(x), base)


def test_the_base_gets_no_gradient_and_keeps_its_parameters() -> None:
    layer = nn.Linear(5, 4)
    before = dict(layer.named_parameters())
    adapter = adapted(layer, 3, 2.0)
    layer(torch.randn(2, 5)).sum().backward()
    assert {name: id(value) for name, value in layer.named_parameters()} == {
        name: id(value) for name, value in before.items()
    }
    assert layer.weight.grad is None
    assert adapter.up.grad is not None


def test_in_half_precision_factors_stay_and_learn_in_full() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(32, 16).bfloat16()
    adapter = adapted(layer, 4, 4.0)
    x = torch.randn(7, 32, requires_grad=True)
    y = layer(x.bfloat16())
    y.float().square().sum().backward()
    assert y.dtype == torch.bfloat16
    assert adapter.down.dtype == torch.float32
    assert adapter.down.grad is not None
    assert adapter.down.grad.dtype == torch.float32
    exact = definition(copy.deepcopy(layer).float(), adapter, x)
    torch.testing.assert_close(y.float(), exact, rtol=0.03, atol=0.03)


def test_in_half_precision_a_small_change_is_not_rounded_away() -> None:
    """Each output moves by less than its rounding step; on average the move must be there."""
    torch.manual_seed(0)
    layer = nn.Linear(256, 256, bias=False).bfloat16()
    x = torch.randn(512, 256).bfloat16()
    base = layer(x).float()
    adapter = adapted(layer, 1, 1.0)
    with torch.no_grad():
        direction = torch.randn(256)
        adapter.down.copy_(torch.randn(1, 256) / 16)
        adapter.up.copy_(direction[:, None] * 2e-4)
    change = (x.float() @ adapter.down.t()) @ adapter.up.t()
    moved = layer(x).float() - base
    arrived = float(((moved * change).sum() / change.square().sum()).detach())
    assert arrived == pytest.approx(1.0, abs=0.1)


def test_under_autocast_it_computes_in_autocasts_type() -> None:
    layer = nn.Linear(32, 16)
    adapter = adapted(layer, 4, 4.0)
    x = torch.randn(7, 32, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        y = layer(x)
    y.float().square().sum().backward()
    assert y.dtype == torch.bfloat16
    torch.testing.assert_close(y.float(), definition(layer, adapter, x), rtol=0.03, atol=0.03)
    assert x.grad is not None
    assert x.grad.dtype == torch.float32
    assert adapter.up.grad is not None
    assert adapter.up.grad.dtype == torch.float32


def test_several_changes_on_a_layer_add_up_and_leave_in_any_order() -> None:
    layer = nn.Linear(5, 4)
    x = torch.randn(3, 5)
    base = layer(x)
    place = AdaptedLayer.on(layer)
    first, second = Adapter(layer, 3, 1.0), Adapter(layer, 2, 5.0)
    for number, adapter in enumerate((first, second)):
        stir(adapter.parameters(), seed=number)
        AdaptedLayer.on(layer).add(adapter)
    second.multiplier = -0.5
    parts = [definition(layer, adapter, x) - base for adapter in (first, second)]
    torch.testing.assert_close(layer(x), base + parts[0] + parts[1])
    place.remove(first)
    torch.testing.assert_close(layer(x), base + parts[1])
    place.remove(second)
    assert "forward" not in layer.__dict__
    assert torch.equal(layer(x), base)
    assert layer.weight.requires_grad


def test_a_copy_of_a_model_has_its_own_changes() -> None:
    layer = nn.Linear(5, 4)
    model = nn.Sequential(layer)
    adapter = adapted(layer, 3, 2.0)
    twin = copy.deepcopy(model)
    x = torch.randn(3, 5)
    before = twin(x)
    stir(adapter.parameters(), seed=77)
    assert torch.equal(twin(x), before)
    assert not torch.equal(model(x), before)


@pytest.mark.parametrize(
    "chance", [{"dropout": 0.5}, {"rank_dropout": 0.5}, {"module_dropout": 0.5}]
)
@pytest.mark.parametrize("layer", [nn.Linear(5, 4), nn.Conv2d(5, 4, 1), nn.Conv2d(5, 4, 3)])
def test_dropouts_keep_the_change_on_average_or_leave_it_out(
    layer: Layer, chance: dict[str, float]
) -> None:
    torch.manual_seed(3)
    layer = copy.deepcopy(layer)
    adapter = Adapter(layer, 8, 8.0, **chance)
    stir(adapter.parameters(), size=0.5)
    shape = (1, 3, 5) if isinstance(layer, nn.Linear) else (1, 5, 4, 4)
    x = torch.randn(shape)
    base = layer(x).detach()
    whole = definition(layer, adapter, x).detach() - base
    AdaptedLayer.on(layer).add(adapter)
    draws = torch.stack([layer(x).detach() - base for _ in range(600)])
    share = 0.5 if "module_dropout" in chance else 1.0
    error = (draws.mean(0) - share * whole).norm() / whole.norm()
    assert float(error) < 0.2
    assert float(draws.std(0).max()) > 0
    adapter.eval()
    torch.testing.assert_close(layer(x), base + whole)


def test_with_dropout_gradients_flow() -> None:
    layer = nn.Linear(5, 4).bfloat16()
    adapter = Adapter(layer, 3, 3.0, dropout=0.2, rank_dropout=0.2)
    stir(adapter.parameters())
    AdaptedLayer.on(layer).add(adapter)
    layer(torch.randn(2, 3, 5).bfloat16()).float().square().sum().backward()
    assert adapter.up.grad is not None
    assert bool(adapter.up.grad.isfinite().all())


def test_it_can_be_checkpointed() -> None:
    layer = nn.Linear(5, 4)
    adapter = Adapter(layer, 3, 3.0, dropout=0.5)
    stir(adapter.parameters())
    AdaptedLayer.on(layer).add(adapter)
    x = torch.randn(6, 5, requires_grad=True)
    found = []
    run: Callable[[Tensor], Tensor]
    for run in (layer, lambda x: torch.utils.checkpoint.checkpoint(layer, x, use_reentrant=False)):
        torch.manual_seed(4)
        found.append(torch.autograd.grad(run(x).square().sum(), list(adapter.parameters())))
    for plain, checkpointed in zip(*found, strict=True):
        assert torch.equal(plain, checkpointed)
