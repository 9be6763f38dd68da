"""The change s B A of one layer, taken apart and put together again.

A is `(rank, inputs)` or a convolution's `(rank, inputs, height, width)`, B `(outputs, rank)` or
`(outputs, rank, 1, 1)`; s is alpha / rank. A layer is computed in float64 on the CPU, its product
never formed, and handed on in float32: of a whole LoRA only one layer at a time is held so.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from lora_wizard.lora.names import PartName, is_convolution, kohya_name, part_of
from lora_wizard.lora.pixelwise import as_convolution, as_linear
from lora_wizard.lora.restoring import ALPHA, DOWN, UP, LoraModule


def rank_for(values: Tensor, share: float) -> int:
    """The smallest rank, at least 1, that keeps a share (0 to 1) of the energy.

    Args:
        values: `(rank,)` singular values, the largest first.
    """
    sums = values.square().cumsum(0)
    if float(sums[-1]) == 0:
        return 1
    # What rounding leaves of a whole share is still the whole.
    enough = sums >= share * sums[-1] * (1 - 1e-12)
    return int(enough.int().argmax()) + 1


@dataclass(frozen=True, slots=True)
class Spectrum:
    """The singular value decomposition of a change: `left @ diag(values) @ right`."""

    left: Tensor
    """`(outputs, rank)`, orthonormal columns."""
    values: Tensor
    """`(rank,)`, the largest first."""
    right: Tensor
    """`(rank, inputs times kernel)`, orthonormal rows."""

    def energy(self, rank: int) -> float:
        """Sum of the squares of the first `rank` singular values."""
        return float(self.values[:rank].square().sum())


def spectrum(module: LoraModule) -> Spectrum:
    """The decomposition of s B A without forming it: QR of both factors, SVD of the small core.

    For factors of rank r the core is at most r by r, whatever the layer's size.
    """
    a, b = module.down.flatten(1).double(), module.up.flatten(1).double()
    left, left_core = torch.linalg.qr(b)
    right, right_core = torch.linalg.qr(a.t())
    core = left_core @ right_core.t() * (module.alpha / module.rank)
    inner_left, values, inner_right = torch.linalg.svd(core, full_matrices=False)
    return Spectrum(left @ inner_left, values, inner_right @ right.t())


def of_rank(found: Spectrum, rank: int, like: LoraModule) -> LoraModule:
    """The nearest change of a rank (Eckart and Young, 1936), with alpha equal to the rank.

    Both factors take the root of the singular values, so that half precision holds them well.
    """
    roots = found.values[:rank].sqrt()
    down = (roots[:, None] * found.right[:rank]).view(rank, *like.down.shape[1:])
    up = (found.left[:, :rank] * roots).view(-1, rank, *(1 for _ in like.up.shape[2:]))
    return LoraModule(down.float().contiguous(), up.float().contiguous(), float(rank))


def with_alpha(module: LoraModule, ratio: float) -> LoraModule:
    """The same change with alpha / rank equal to `ratio`.

    The factor is shared out between A and B in powers of two as far as it goes: they cost no
    digit, and neither factor becomes too small for half precision.
    """
    factor = module.alpha / module.rank / ratio
    if factor == 1.0:
        return module
    mantissa, exponent = math.frexp(factor)
    half = exponent // 2
    down = module.down.double() * 2.0**half
    up = module.up.double() * mantissa * 2.0 ** (exponent - half)
    return LoraModule(down.float(), up.float(), ratio * module.rank)


def padded(module: LoraModule, rank: int) -> LoraModule:
    """The same change at a larger rank, its further directions zero, alpha / rank kept."""
    missing = rank - module.rank
    if missing <= 0:
        return module
    down, up = module.down, module.up
    more_down = down.new_zeros(missing, *down.shape[1:])
    more_up = up.new_zeros(up.shape[0], missing, *up.shape[2:])
    return LoraModule(
        torch.cat([down, more_down]),
        torch.cat([up, more_up], dim=1),
        module.alpha * rank / module.rank,
    )


def plain(module: LoraModule) -> LoraModule:
    """The same change with kernels of 1x1 left out, as linear layers have it."""
    return LoraModule(as_linear(module.down), as_linear(module.up), module.alpha)


def tensors_of(modules: Mapping[str, LoraModule], family: str | None = None) -> dict[str, Tensor]:
    """Tensors as a kohya file holds them, in float32.

    Args:
        modules: By their canonical names.
        family: What the file is for: it decides on names and on the shapes of projections.
    """
    result: dict[str, Tensor] = {}
    for name, module in modules.items():
        down, up = module.down, module.up
        if tuple(down.shape[2:]) in ((), (1, 1)):
            given = down.ndim > 2
            shaped = as_convolution if is_convolution(name, family, as_given=given) else as_linear
            down, up = shaped(down), shaped(up)
        else:
            up = as_convolution(up)
        written = kohya_name(name, family)
        result[f"{written}.{DOWN}"] = down.float().contiguous()
        result[f"{written}.{UP}"] = up.float().contiguous()
        result[f"{written}.{ALPHA}"] = torch.tensor(module.alpha, dtype=torch.float32)
    return result


def with_one_alpha(modules: Mapping[str, LoraModule]) -> dict[str, LoraModule]:
    """The same changes under one alpha in each part: the U-Net and every text encoder.

    diffusers applies the commonest alpha to attention's layers, whatever theirs is.
    """
    largest: dict[PartName, float] = {}
    for name, module in modules.items():
        part = part_of(name)
        largest[part] = max(largest.get(part, 0.0), abs(module.alpha))
    return {
        name: with_alpha(module, largest[part_of(name)] / module.rank)
        for name, module in modules.items()
    }


def encoder_of(name: str) -> str | None:
    """The text encoder that a layer is in, `text_encoder` or `text_encoder_2`, else None.

    diffusers applies a text encoder's LoRA rightly only where all its layers have one rank and
    one alpha.

    Args:
        name: Canonical.
    """
    part = part_of(name)
    return part if part.startswith("text_encoder") else None
