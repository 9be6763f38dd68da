"""What to lower where memory does not do, cheapest for the result first. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lora_wizard.recipe import Recipe

__all__ = ["Lighter", "lighter_settings"]

_LEAST_RANK = 16
_LEAST_SIDE = 384
_SIDE_UNIT = 64


@dataclass(frozen=True, slots=True)
class Lighter:
    """One setting that takes less memory."""

    name: str
    """Its words in the catalogue: `failure.lower.NAME`."""
    now: str
    then: str
    changes: dict[str, str]
    """Dotted keys to values, as `--set` takes them."""


def lighter_settings(recipe: Recipe) -> Iterator[Lighter]:
    """What of this recipe can be lowered, in the order in which it should be tried."""
    training, network = recipe.training, recipe.network
    if not training.gradient_checkpointing:
        key = "training.gradient_checkpointing"
        yield Lighter("gradient_checkpointing", "false", "true", {key: "true"})
    if training.precision == "fp32":
        yield Lighter("precision", "fp32", "auto", {"training.precision": "auto"})
    if training.batch_size > 1:
        half = training.batch_size // 2
        changes = {
            "training.batch_size": str(half),
            "training.gradient_accumulation": str(2 * training.gradient_accumulation),
        }
        yield Lighter("batch_size", str(training.batch_size), str(half), changes)
    width, height = recipe.data.resolution
    if max(width, height) >= _LEAST_SIDE:
        smaller = [max(side * 3 // 4 // _SIDE_UNIT, 1) * _SIDE_UNIT for side in (width, height)]
        then = f"{smaller[0]}x{smaller[1]}"
        yield Lighter("resolution", f"{width}x{height}", then, {"data.resolution": str(smaller)})
    if network.rank >= _LEAST_RANK:
        rank = network.rank // 2
        changes = {
            "network.rank": str(rank),
            "network.alpha": f"{network.alpha * rank / network.rank:g}",
        }
        yield Lighter("rank", str(network.rank), str(rank), changes)
