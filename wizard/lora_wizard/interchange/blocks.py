"""Ranks, alphas and rates by block in sd-scripts' words, in both directions. Pure.

There they are lists of numbers without names. For SD1 and SD2: 25, of which the first is never
used: input 0 to 11, the middle, output 0 to 11. For SDXL 23: one for what is outside, input 0 to 8,
the middle's three, output 0 to 8, one for what is outside. Rates come in three lists: down, middle
and up. Source: sd-scripts `networks/lora.py` (`get_block_dims_and_alphas`, `get_block_index`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lora_wizard.interchange.converting import as_number, gathered_lines, unfit
from lora_wizard.interchange.table import (
    Converter,
    Entry,
    Found,
    Source,
    entry,
    idle,
    lost,
    translated,
)
from lora_wizard.recipe import Recipe
from lora_wizard.recipe.blocks import block_values, entries_of

GATHERED = "(block_rates)"
"""The name under which the three lists of rates stand together."""
_WEIGHTS = ("down_lr_weight", "mid_lr_weight", "up_lr_weight")
_SIDES = ("input", "middle", "output")
SD = [*((f"input_{n}",) for n in range(12)), tuple(f"middle_{n}" for n in range(3)),
      *((f"output_{n}",) for n in range(12))]  # fmt: skip
SDXL = [(), *((f"input_{n}",) for n in range(9)), *((f"middle_{n}",) for n in range(3)),
        *((f"output_{n}",) for n in range(9)), ()]  # fmt: skip
"""The blocks that each place of a list stands for."""


def _numbers(value: Any) -> list[float] | None:
    listed = value.split(",") if isinstance(value, str) else value
    if not isinstance(listed, list):
        listed = [listed]
    found = [as_number(one) for one in listed]
    return None if None in found else [float(one) for one in found if one is not None]


def _by_block(value: Any, source: Source) -> Found:
    found = _numbers(value)
    if found is None:
        return unfit(value, "not_a_number")
    places = {25: SD, 23: SDXL}.get(len(found))
    if places is None:
        return lost()
    pairs = zip(places, found, strict=True)
    values = [(name, number) for names, number in pairs for name in names]
    return translated(entries_of(values), "blocks")


def _weight(name: str) -> Converter:
    def convert(value: Any, source: Source) -> Found:
        # A word such as `cosine` makes the rates by a formula, which we do not have.
        return lost() if _numbers(value) is None else idle("with", other=GATHERED)

    return convert


def _keys(name: str) -> str:
    """In files of sd-scripts an argument of the network; in the GUI's a setting."""
    return f"network_args.{name} {name}"


ENTRIES: tuple[Entry, ...] = (
    entry(_keys("block_dims"), "network.block_ranks", _by_block),
    entry(_keys("block_alphas"), "network.block_alphas", _by_block),
    entry(GATHERED, "network.block_rates", gathered_lines("blocks")),
)
SINGLE: Mapping[str, Converter] = {
    key: _weight(key) for name in _WEIGHTS for key in (f"network_args.{name}", name)
}


def gathered(flat: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, with the rates of all blocks once more as one list, where there are any."""
    values: list[tuple[str, float]] = []
    for name, side in zip(_WEIGHTS, _SIDES, strict=True):
        found = _numbers(flat.get(f"network_args.{name}", flat.get(name, "")))
        if found and side == "middle" and len(found) == 1:
            found = found * 3
        values += [(f"{side}_{n}", number) for n, number in enumerate(found or [])]
    return {**flat, GATHERED: list(entries_of(values))} if values else dict(flat)


def exported(recipe: Recipe) -> list[str]:
    """Arguments of the network for sd-scripts; none where all blocks are alike."""
    network = recipe.network
    places = SDXL if recipe.model.family == "sdxl" else SD
    found = []
    for name, entries, usual in (
        ("block_dims", network.block_ranks, float(network.rank)),
        ("block_alphas", network.block_alphas, network.alpha),
    ):
        if entries:
            found.append(f"{name}={_list(places, block_values(entries), usual)}")
    if network.block_rates:
        rates = block_values(network.block_rates)
        for name, side in zip(_WEIGHTS, _SIDES, strict=True):
            own = [place for place in places if place and place[0].startswith(side)]
            found.append(f"{name}={_list(own, rates, 1.0)}")
    return found


def _list(places: Sequence[tuple[str, ...]], values: Mapping[str, float], usual: float) -> str:
    """A value for each place; where it stands for several blocks, that of the last of them."""
    numbers = [next((values[n] for n in reversed(names) if n in values), usual) for names in places]
    return ",".join(f"{number:g}" for number in numbers)
