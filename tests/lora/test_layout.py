"""Pictures become rows of pixels and pictures again; memory lies as the model around has it."""

import pytest
import torch
from torch import Tensor, nn

from lora_wizard.lora.layers import AdaptedLayer, Adapter
from lora_wizard.lora.layout import to_picture, to_rows


def _picture(memory_format: torch.memory_format) -> Tensor:
    picture = torch.randn(2, 3, 4, 5).contiguous(memory_format=memory_format)
    return picture.requires_grad_()


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_a_gradient_comes_back_laid_out_as_the_picture(memory_format: torch.memory_format) -> None:
    layer = nn.Conv2d(3, 6, 1)
    adapter = Adapter(layer, 2, 2)
    adapter.initialise(torch.Generator().manual_seed(0))
    AdaptedLayer.on(layer).add(adapter)
    x = _picture(memory_format)
    middle = x * 1
    seen: list[Tensor] = []
    middle.register_hook(seen.append)
    y = layer(middle)
    y.square().sum().backward()
    assert y.is_contiguous(memory_format=memory_format)
    assert seen[0].is_contiguous(memory_format=memory_format)


@pytest.mark.parametrize("channels_first", [True, False])
def test_rows_and_back_change_nothing(channels_first: bool) -> None:
    x = _picture(torch.contiguous_format)
    back = to_picture(to_rows(x), channels_first)
    assert torch.equal(back, x)
    weights = torch.randn_like(x)
    (gradient,) = torch.autograd.grad((back * weights).sum(), x)
    assert torch.equal(gradient, weights)
