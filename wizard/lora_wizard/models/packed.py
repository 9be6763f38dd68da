"""Frozen convolutions whose weights lie in memory as the processor's library computes with them.

On a CPU oneDNN rearranges a convolution's weights into blocks before each product, forward and
backward. In a U-Net's lower levels, where weights are many and pixels few, that takes longer than
the product itself. Frozen weights can be rearranged once: `pack` does so, and gives up the plain
weights. The gradient of the input is a convolution too, with the kernel turned around and its
channels exchanged (Dumoulin and Visin, 2016, relation 8), so those weights are kept as well.

It refuses what has to be learned or read afterwards: a packed layer has no `weight`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import torch
from torch import Tensor, nn

Size = tuple[int, ...]
_CHANNELS = 16
"""Fewer channels than a block has are not worth packing."""


class PackedConvolution(nn.Module):
    """A frozen convolution of stride 1 with blocked weights, on the CPU.

    Args:
        layer: what it computes; see `can_be_packed`.
        size: `(batch, channels, height, width)` of the inputs that it is made for. Others are
            computed as well, if perhaps more slowly.
    """

    def __init__(self, layer: nn.Conv2d, size: Size) -> None:
        super().__init__()
        self.in_channels, self.out_channels = layer.in_channels, layer.out_channels
        self.kernel_size, self.stride = layer.kernel_size, layer.stride
        weight = layer.weight.detach()
        self.padding = _pair(layer.padding)
        # The kernel turned around, for the way back.
        turned = weight.flip(2, 3).transpose(0, 1)
        self._turned_padding = _back(layer)
        reach = zip(self.padding, self._turned_padding, strict=True)
        output = (size[0], layer.out_channels, *_grown(size[2:], list(reach)))
        # No parameters or buffers: nothing that moves or casts modules can handle such tensors.
        self._packed = (
            _blocked(weight, self.padding, size),
            _blocked(turned, self._turned_padding, output),
        )
        self._bias = None if layer.bias is None else layer.bias.detach()

    def forward(self, x: Tensor) -> Tensor:
        """`(batch, out_channels, height, width)` for x `(batch, in_channels, height, width)`."""
        forward, backward = self._packed
        y = _Packed.apply(x, forward, backward, self._bias, self.padding, self._turned_padding)
        return cast(Tensor, y)


class _Packed(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        turned: Tensor,
        bias: Tensor | None,
        padding: tuple[int, int],
        turned_padding: tuple[int, int],
    ) -> Tensor:
        ctx.turned, ctx.padding = turned, turned_padding
        return _convolved(x, weight, bias, padding)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor | None, ...]:
        dx = _convolved(gradients[0], ctx.turned, None, ctx.padding)
        return dx, None, None, None, None, None


def can_be_packed(layer: nn.Module) -> bool:
    """Whether a layer is a frozen convolution of the kind that is worth packing."""
    return (
        type(layer) is nn.Conv2d
        and layer.weight.device.type == "cpu"
        and layer.weight.dtype in (torch.float32, torch.bfloat16)
        and not layer.weight.requires_grad
        and "forward" not in layer.__dict__  # a LoRA lies on it
        and layer.stride == (1, 1)
        and layer.dilation == (1, 1)
        and layer.groups == 1
        and layer.padding_mode == "zeros"
        and isinstance(layer.padding, tuple)
        and all(pad < side for pad, side in zip(layer.padding, layer.kernel_size, strict=True))
        and min(layer.in_channels, layer.out_channels) >= _CHANNELS
    )


def packable(model: nn.Module) -> list[tuple[nn.Module, str, nn.Conv2d]]:
    """The layers of a model that can be packed, each with its parent and its name there."""
    return [
        (parent, name, cast(nn.Conv2d, layer))
        for parent in model.modules()
        for name, layer in parent.named_children()
        if can_be_packed(layer)
    ]


def pack(model: nn.Module, run: Callable[[], object]) -> int:
    """Packs every layer of a model that can be, in place, for good.

    Args:
        run: runs the model once on inputs of the usual size; says which sizes the layers meet.

    Returns:
        How many layers were packed.

    Raises:
        RuntimeError: this processor, or this build of PyTorch, cannot, or a packed layer computes
            something else. The model is as it was.
    """
    found = packable(model)
    sizes = _sizes([layer for _, _, layer in found], run)
    met = [place for place in found if place[2] in sizes]
    if met:
        smallest = min((layer for _, _, layer in met), key=lambda layer: layer.weight.numel())
        _try(smallest, sizes[smallest])
    for parent, name, layer in met:
        # One after the other, so that no more than one layer is in memory twice.
        setattr(parent, name, PackedConvolution(layer, sizes[layer]))
    return len(met)


def _sizes(layers: list[nn.Conv2d], run: Callable[[], object]) -> dict[nn.Module, Size]:
    """The size of each layer's input."""
    sizes: dict[nn.Module, Size] = {}

    def note(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        sizes[layer] = tuple(inputs[0].shape)

    hooks = [layer.register_forward_pre_hook(note) for layer in layers]
    try:
        with torch.no_grad():
            run()
    finally:
        for hook in hooks:
            hook.remove()
    return sizes


def _try(layer: nn.Conv2d, size: Size) -> None:
    """Forward and backward of one packed layer against the plain one.

    Raises:
        RuntimeError: they do not agree, or it cannot be packed at all.
    """
    draws = torch.Generator().manual_seed(0)
    x = torch.randn(size, generator=draws).to(layer.weight.dtype).requires_grad_()
    tolerance = 0.05 if layer.weight.dtype == torch.bfloat16 else 1e-3
    found = []
    for convolve in (layer, PackedConvolution(layer, size)):
        y = convolve(x)
        found.append((y.detach(), *torch.autograd.grad(y.float().square().mean(), x)))
    for plain, packed in zip(*found, strict=True):
        apart = (plain.float() - packed.float()).norm()
        if not bool(apart <= tolerance * plain.float().norm()):
            raise RuntimeError("a packed convolution does not compute what the plain one does")


def _blocked(weight: Tensor, padding: tuple[int, int], size: Size) -> Tensor:
    reorder: Any = torch._C._nn.mkldnn_reorder_conv2d_weight
    blocked: Tensor = reorder(weight.contiguous().to_mkldnn(), padding, (1, 1), (1, 1), 1, size)
    return blocked


def _convolved(x: Tensor, weight: Tensor, bias: Tensor | None, padding: tuple[int, int]) -> Tensor:
    y: Tensor = torch.ops.mkldnn._convolution_pointwise(
        x, weight, bias, padding, (1, 1), (1, 1), 1, "none", [], ""
    )
    return y


def _pair(padding: Any) -> tuple[int, int]:
    height, width = padding
    return height, width


def _back(layer: nn.Conv2d) -> tuple[int, int]:
    """The padding with which the turned kernel gives the input's size back."""
    height, width = layer.kernel_size
    return height - 1 - _pair(layer.padding)[0], width - 1 - _pair(layer.padding)[1]


def _grown(sides: Size, reach: list[tuple[int, int]]) -> Iterator[int]:
    """Sides of the output: `padding - turned padding` more than those of the input."""
    for side, (padding, turned) in zip(sides, reach, strict=True):
        yield side + padding - turned
