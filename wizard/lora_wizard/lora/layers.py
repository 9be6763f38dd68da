"""A layer of the base model with one or several LoRAs on it.

The layer stays the module it was, with its parameters and its place in the model; only its
`forward` is replaced, and put back when the last LoRA leaves. It refuses to train the base.
"""

import math
from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from lora_wizard.lora.convolution_product import Window, adapted_convolution
from lora_wizard.lora.cost import choose_plan
from lora_wizard.lora.layout import to_picture, to_rows
from lora_wizard.lora.linear_product import adapted_linear
from lora_wizard.lora.targets import Layer
from lora_wizard.models.quantise import QuantisedLinear

EXACT_TYPES = (torch.float32, torch.float64)
"""Types in which W + s B A may be formed. In half precision a small change vanishes in the
rounding of W: each element of it is far below W's, though together they count."""


class Adapter(nn.Module):
    """The change s B A of one layer by one LoRA.

    Args:
        layer: The layer to be changed; says the shapes, and where the factors live.
        rank: Rows of A.
        alpha: s is `multiplier * alpha / rank`; 0 stands for `rank`.
        dropout: Chance of an element of `x Aᵀ` to be dropped, in training.
        rank_dropout: Chance of a row of A to be dropped for a sample, in training.
        module_dropout: Chance of the whole change to be left out of a call, in training.
    """

    def __init__(
        self,
        layer: Layer,
        rank: int,
        alpha: float,
        *,
        dropout: float = 0.0,
        rank_dropout: float = 0.0,
        module_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        outputs, inputs, *kernel = layer.weight.shape
        spot = layer.weight.device
        self.down = nn.Parameter(torch.empty(rank, inputs, *kernel, device=spot))
        self.up = nn.Parameter(torch.zeros(outputs, rank, *(1 for _ in kernel), device=spot))
        self.rank = rank
        self.alpha = alpha or float(rank)
        self.multiplier = 1.0
        self.dropout = dropout
        self.rank_dropout = rank_dropout
        self.module_dropout = module_dropout

    @property
    def scale(self) -> float:
        """The factor of B A in the layer's output."""
        return self.multiplier * self.alpha / self.rank

    @property
    def drops(self) -> bool:
        """Whether a call now leaves something out by chance."""
        return self.training and (self.dropout + self.rank_dropout + self.module_dropout) > 0

    @torch.no_grad()
    def initialise(self, generator: torch.Generator) -> None:
        """A as kaiming_uniform with a = √5 has it, B zero: at first nothing is changed.

        Drawn on the generator's device, so that a seed means the same A everywhere.
        """
        start = torch.empty(self.down.shape, device=generator.device)
        bound = 1 / math.sqrt(self.down[0].numel())
        self.down.copy_(start.uniform_(-bound, bound, generator=generator))
        self.up.zero_()

    def change(self, layer: Layer, x: Tensor) -> Tensor | None:
        """The change of the layer's output for x with chance at work, or None if left out.

        As in sd-scripts. The draws come from torch's global generators, the only ones that
        gradient checkpointing plays back when it computes a layer a second time.
        """
        if self.module_dropout > 0 and torch.rand(()) < self.module_dropout:
            return None
        down, up = self.down.to(x.dtype), self.up.to(x.dtype)
        lowered = _plain(layer, x, down)
        scale = self.scale
        if self.dropout > 0:
            lowered = functional.dropout(lowered, self.dropout)
        if self.rank_dropout > 0:
            kept = torch.rand(x.shape[0], self.rank, device=x.device) > self.rank_dropout
            if isinstance(layer, nn.Conv2d):
                kept = kept.view(x.shape[0], self.rank, 1, 1)
            else:
                kept = kept.view(x.shape[0], *(1 for _ in x.shape[1:-1]), self.rank)
            lowered = lowered * kept
            scale /= 1 - self.rank_dropout
        raised = functional.conv2d(lowered, up) if up.ndim > 2 else functional.linear(lowered, up)
        return raised * scale


class AdaptedLayer:
    """What stands in a layer's `forward` while LoRAs are on it."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.adapters: list[Adapter] = []
        self._window = _window(layer)
        self._is_pixelwise = isinstance(layer, nn.Conv2d) and self._window is None
        self._inputs = layer.weight[0].numel()
        self._replaced = layer.__dict__.get("forward")
        self._base_forward = layer.forward
        self._trained = [parameter for parameter in layer.parameters() if parameter.requires_grad]
        layer.requires_grad_(False)
        layer.__dict__["forward"] = self.forward

    @staticmethod
    def on(layer: Layer) -> "AdaptedLayer":
        """The adapted layer that a module already is, or now becomes."""
        holder = getattr(layer.__dict__.get("forward"), "__self__", None)
        return holder if isinstance(holder, AdaptedLayer) else AdaptedLayer(layer)

    def add(self, adapter: Adapter) -> None:
        self.adapters.append(adapter)

    def remove(self, adapter: Adapter) -> None:
        """Takes a LoRA off; after the last one the module is what it was."""
        self.adapters = [kept for kept in self.adapters if kept is not adapter]
        if self.adapters:
            return
        del self.layer.__dict__["forward"]
        if self._replaced is not None:
            self.layer.__dict__["forward"] = self._replaced
        for parameter in self._trained:
            parameter.requires_grad_(True)

    def forward(self, x: Tensor) -> Tensor:
        """The base layer's output for x plus the changes of all LoRAs on it."""
        heard = [adapter for adapter in self.adapters if adapter.scale != 0.0]
        if not heard:
            return self._base_forward(x)
        if any(adapter.drops for adapter in heard):
            changes = [adapter.change(self.layer, x) for adapter in heard]
            y: Tensor = self._base_forward(x)
            return sum((change for change in changes if change is not None), start=y)
        return self._adapted(x, *_together(heard))

    def _adapted(self, x: Tensor, down: Tensor, up: Tensor, scale: float) -> Tensor:
        weight, bias = self.layer.weight, self.layer.bias
        spot = x.device.type
        if torch.is_autocast_enabled(spot):
            dtype = torch.get_autocast_dtype(spot)
            x, weight = x.to(dtype), weight.to(dtype)
            bias = None if bias is None else bias.to(dtype)
        channels_first = self._is_pixelwise and x.is_contiguous()
        if self._is_pixelwise:
            x, weight = to_rows(x), weight.flatten(1)
        learning = torch.is_grad_enabled()
        plan = choose_plan(
            _tokens(x, self._window),
            self._inputs,
            weight.shape[0],
            down.shape[0],
            input_gradient=learning and x.requires_grad,
            factor_gradient=learning and (down.requires_grad or up.requires_grad),
            may_merge=x.dtype in EXACT_TYPES and not isinstance(self.layer, QuantisedLinear),
        )
        if self._window is not None:
            return adapted_convolution(x, weight, bias, down, up, scale, self._window, plan)
        y = adapted_linear(x, weight, bias, down, up, scale, plan, self._remake(x.dtype))
        if not self._is_pixelwise:
            return y
        return to_picture(y, channels_first)

    def _remake(self, dtype: torch.dtype) -> Callable[[], Tensor] | None:
        """How the weight is made again where it is kept in few bits; None where it is whole."""
        layer = self.layer
        return (lambda: layer.dense().to(dtype)) if isinstance(layer, QuantisedLinear) else None


def _together(adapters: list[Adapter]) -> tuple[Tensor, Tensor, float]:
    """A, B and s of the sum of several changes: one change of their ranks together."""
    if len(adapters) == 1:
        return adapters[0].down, adapters[0].up, adapters[0].scale
    down = torch.cat([adapter.down for adapter in adapters])
    up = torch.cat([adapter.up * adapter.scale for adapter in adapters], dim=1)
    return down, up, 1.0


def _tokens(x: Tensor, window: Window | None) -> int:
    """Rows that the weight is applied to: all but the features, or about the output's pixels."""
    if window is None:
        return x.numel() // x.shape[-1]
    return x.shape[0] * x.shape[2] * x.shape[3] // (window.stride[0] * window.stride[1])


def _window(layer: Layer) -> Window | None:
    """How a convolution's kernel moves, or None where each pixel is mapped on its own."""
    if isinstance(layer, nn.Linear):
        return None
    window = Window(*(_pair(value) for value in (layer.stride, layer.padding, layer.dilation)))
    alone = layer.kernel_size == (1, 1) and window.stride == (1, 1) and window.padding == (0, 0)
    return None if alone else window


def _pair(value: object) -> tuple[int, int]:
    height, width = cast(tuple[int, int], value)
    return height, width


def _plain(layer: Layer, x: Tensor, weight: Tensor) -> Tensor:
    if isinstance(layer, nn.Linear):
        return functional.linear(x, weight)
    window = _window(layer)
    if window is None:
        return functional.conv2d(x, weight)
    return functional.conv2d(x, weight, None, window.stride, window.padding, window.dilation)
