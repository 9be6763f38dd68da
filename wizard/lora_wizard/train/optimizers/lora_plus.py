"""LoRA+: B learns faster than A."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from torch import nn


def with_faster_ups(
    groups: list[dict[str, Any]], ups: Collection[nn.Parameter], ratio: float
) -> list[dict[str, Any]]:
    """The groups with B apart, at `ratio` times the rate (Hayou et al., 2024, section 4).

    Args:
        groups: For an optimizer, each with `params` and `lr`.
        ups: B of every layer; the other parameters are A.
        ratio: 1 leaves the groups as they are.

    Returns:
        For each group that of B and then that of A: the last rate, which is logged, is A's.
    """
    if ratio == 1:
        return groups
    known = {id(parameter) for parameter in ups}
    split = []
    for group in groups:
        for faster in (True, False):
            chosen = [one for one in group["params"] if (id(one) in known) is faster]
            if chosen:
                rate = group["lr"] * (ratio if faster else 1)
                split.append({**group, "params": chosen, "lr": rate})
    return split
