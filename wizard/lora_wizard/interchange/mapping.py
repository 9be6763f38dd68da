"""The tables of all formats as one list, for documentation and for tests."""

from __future__ import annotations

from dataclasses import dataclass

from lora_wizard.interchange.registry import FORMATS


@dataclass(frozen=True, slots=True)
class Mapped:
    """What one setting of a format becomes."""

    format: str
    """Name of the format in the registry."""
    keys: tuple[str, ...]
    """Its names there, the one that counts first."""
    recipe_key: str


def mapping() -> tuple[Mapped, ...]:
    """Every setting that has a counterpart, format by format."""
    return tuple(
        Mapped(one.name, each.keys, each.recipe_key)
        for one in FORMATS
        for each in one.table.entries
    )
