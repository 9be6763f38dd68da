"""The largest norm that a layer's change may have."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from lora_wizard.lora.layers import Adapter


@torch.no_grad()
def limit_norms(adapters: Iterable[Adapter], limit: float) -> Tensor:
    """Scales A and B of each layer down so that ‖s B A‖ is at most `limit`; as in sd-scripts.

    Frobenius norms. The product is never formed: ‖B A‖² is the sum of BᵀB ∘ AAᵀ, two matrices of
    rank times rank. Both factors shrink by the root of what the product has to.

    Returns:
        How many layers were scaled: a scalar still on the device.
    """
    found = list(adapters)
    squares = []
    for adapter in found:
        a, b = adapter.down.flatten(1), adapter.up.flatten(1)
        square = ((b.t() @ b) * (a @ a.t())).sum() * (adapter.alpha / adapter.rank) ** 2
        squares.append(square.clamp(min=0))
    norms = torch.stack([square.to(squares[0].device) for square in squares]).sqrt()
    # A layer within the limit is multiplied by exactly 1.
    roots = (limit / norms.clamp(min=limit)).sqrt()
    for adapter, root in zip(found, roots.unbind(), strict=True):
        adapter.down.mul_(root.to(adapter.down.device))
        adapter.up.mul_(root.to(adapter.up.device))
    return (norms > limit).sum()
