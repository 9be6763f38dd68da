"""Which contenders are compared with which."""

from __future__ import annotations

from itertools import combinations

from lora_eval.report.joining import Entry, Joined

MOST_PAIRED = 4
"""With more LoRAs than this, each is compared with the first one only."""
Family = tuple[tuple[Entry, Entry], ...]
"""Comparisons that one error rate holds for."""


def families(joined: Joined) -> tuple[Family, Family]:
    """Every LoRA with the base; the LoRAs among themselves."""
    loras, base = joined.loras, joined.base
    with_base = () if base is None else tuple((entry, base) for entry in loras)
    if len(loras) <= MOST_PAIRED:
        return with_base, tuple(combinations(loras, 2))
    return with_base, tuple((other, loras[0]) for other in loras[1:])
