"""A frozen base in 8 or 4 bits, for cards that the whole one does not fit on.

Only linear layers are quantised: they hold seven eighths of the weights of SDXL's U-Net, and not a
third of those of SD1's, where convolutions do. They are made whole again for each product, forward
and backward, and forgotten after it. Numbers and their packing are bitsandbytes': `int8` has one
scale a row (Dettmers et al., 2022, "LLM.int8()", section 2), `nf4` 16 values of the normal
distribution and a scale for every 64 weights (Dettmers et al., 2023, "QLoRA", section 3).
It refuses to be learned.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from lora_wizard.errors import ModelError

Bits = Literal["int8", "nf4"]
BLOCK = 64
"""Weights that share a scale in nf4."""
LEAST_WEIGHTS = 4096
"""Smaller layers are not worth it."""


class QuantisedLinear(nn.Linear):
    """A frozen linear layer that keeps its weight in few bits.

    It is a linear layer to everybody who asks, with `weight` as a property that makes it whole.

    Args:
        layer: what it computes.
        bits: how its weight is kept.
        device: where it will be; its weight is packed there.
    """

    def __init__(self, layer: nn.Linear, bits: Bits, device: torch.device) -> None:
        nn.Module.__init__(self)
        self.in_features, self.out_features = layer.in_features, layer.out_features
        self.bits, self.kept_dtype = bits, layer.weight.dtype
        with torch.no_grad():
            packed, scales, code = _packed(layer.weight.detach().to(device), bits)
        self.register_buffer("packed", packed)
        self.register_buffer("scales", scales)
        self.register_buffer("code", code)
        kept = None if layer.bias is None else layer.bias.detach().to(device)
        self.bias = None if kept is None else nn.Parameter(kept, requires_grad=False)

    @property
    def weight(self) -> Tensor:  # type: ignore[override]
        """`(out_features, in_features)` in the base's precision, made anew at each call."""
        return self.dense()

    def dense(self) -> Tensor:
        """The weight, whole. It differs from the one that was packed by its rounding."""
        packed, scales, code = self.packed, self.scales, self.code
        assert isinstance(packed, Tensor)
        assert isinstance(scales, Tensor)
        return _whole(packed, scales, code, (self.out_features, self.in_features), self.kept_dtype)

    def forward(self, x: Tensor) -> Tensor:
        """`(..., out_features)` for x `(..., in_features)`."""
        return cast(Tensor, _Product.apply(x, self))


class _Product(torch.autograd.Function):
    """x Wᵀ + b, without keeping W for the way back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, layer: QuantisedLinear) -> Tensor:
        ctx.layer = layer
        weight = layer.dense().to(x.dtype)
        bias = None if layer.bias is None else layer.bias.to(x.dtype)
        return functional.linear(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor | None, ...]:
        dy: Tensor = gradients[0]
        return dy @ ctx.layer.dense().to(dy.dtype), None


def quantise(models: Sequence[nn.Module], bits: Bits, device: torch.device) -> int:
    """Packs the linear layers of some models and moves everything to the device, layer by layer.

    Whole weights are never on the device together, so it need not have room for them.

    Args:
        models: on the CPU.
        bits: how weights are kept.

    Returns:
        How many layers were packed.

    Raises:
        ModelError: bitsandbytes is missing, or does not work on the device.
    """
    require_bitsandbytes(bits)
    count = 0
    for model in models:
        for parent in list(model.modules()):
            for name, layer in list(parent.named_children()):
                if type(layer) is nn.Linear and layer.weight.numel() >= LEAST_WEIGHTS:
                    setattr(parent, name, _tried(layer, bits, device))
                    count += 1
        model.to(device)
        if device.type == "cuda":
            model.to(memory_format=torch.channels_last)
    return count


def require_bitsandbytes(bits: Bits) -> None:
    """Looks whether the package is there at all.

    Raises:
        ModelError: it is not.
    """
    if importlib.util.find_spec("bitsandbytes") is None:
        raise ModelError(
            f"a base in {bits} needs the package bitsandbytes, which is not installed",
            where="training.quantise",
            fix='Install it with: pip install "lora-wizard[cuda]". Or set training.quantise = '
            '"none" and training.gradient_checkpointing = true',
        )


def _tried(layer: nn.Linear, bits: Bits, device: torch.device) -> QuantisedLinear:
    try:
        return QuantisedLinear(layer, bits, device)
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # whatever its kernels raise where they do not fit the device
        raise ModelError(
            f"bitsandbytes cannot pack weights in {bits} on {device.type} ({error})",
            where="training.quantise",
            fix='Set training.quantise = "none"',
        ) from error


def _packed(weight: Tensor, bits: Bits) -> tuple[Tensor, Tensor, Tensor | None]:
    """The weight's bits, its scales, and the values that the bits stand for."""
    kernels = _kernels()
    if bits == "int8":
        # The kernel wants half precision, which has more digits than 8 bits can keep.
        packed, scales, _ = kernels.int8_vectorwise_quant(weight.to(torch.float16))
        return packed, scales, None
    packed, state = kernels.quantize_4bit(weight.contiguous(), blocksize=BLOCK, quant_type="nf4")
    return packed, state.absmax, state.code


def _whole(
    packed: Tensor,
    scales: Tensor,
    code: Any,
    shape: tuple[int, int],
    dtype: torch.dtype,
) -> Tensor:
    kernels = _kernels()
    if code is None:
        whole: Tensor = kernels.int8_vectorwise_dequant(packed, scales).to(dtype)
        return whole
    state = kernels.QuantState(
        absmax=scales,
        shape=torch.Size(shape),
        code=code,
        blocksize=BLOCK,
        quant_type="nf4",
        dtype=dtype,
    )
    whole = kernels.dequantize_4bit(packed, state)
    return whole


def _kernels() -> Any:
    return importlib.import_module("bitsandbytes.functional")
