"""The words in which a foreign format is described: a table from its keys to those of a recipe.

A format is data: entries, each with all names that versions of the program gave a setting, the
recipe's key, and a converter. Everything else is done by `translating`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lora_wizard.interchange.rows import Outcome
from lora_wizard.language import Language, text

_MOST = 1e30
"""No setting is larger; infinity and nan are no numbers."""
UNSET = ("", None)
"""Values that mean "not set" in every format."""


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence of the catalogue, not yet in a language."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: Language) -> str:
        """The sentence in a language."""
        return text(f"interchange.note.{self.key}", language, **self.values)


@dataclass(frozen=True, slots=True)
class Found:
    """What a converter made of a value."""

    outcome: Outcome
    value: Any = None
    note: Note | None = None
    counts: bool = True
    """Whether `value` goes into the recipe."""


def taken(value: Any) -> Found:
    """The value as it is."""
    return Found(Outcome.TAKEN, value)


def translated(value: Any, note: str, **values: object) -> Found:
    """The same in other words; the note says how."""
    return Found(Outcome.TRANSLATED, value, Note(note, values))


def idle(note: str, **values: object) -> Found:
    """Not in force in that program either, for the reason noted."""
    return Found(Outcome.DEFAULT, None, Note(note, values), counts=False)


def lost(note: str = "lost", **values: object) -> Found:
    """Nothing like it here."""
    return Found(Outcome.NO_COUNTERPART, None, Note(note, values), counts=False)


def refused(note: str, **values: object) -> Found:
    """A value that is not used, for the reason noted."""
    return Found(Outcome.REFUSED, None, Note(note, values), counts=False)


@dataclass(frozen=True, slots=True)
class Source:
    """The file's settings under the names that its format's entries list first."""

    values: Mapping[str, Any]
    unset: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def get(self, key: str) -> Any:
        """The value of a key; None where it is not set."""
        value = self.values.get(key)
        return None if is_one_of(value, self.unset.get(key, UNSET)) else value

    def number(self, key: str) -> float | None:
        """The value as a number, 0 included; None where it is none."""
        value = self.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return None
        try:
            found = float(value)
        except (ValueError, OverflowError):
            return None
        return found if abs(found) < _MOST else None


Converter = Callable[[Any, Source], Found]


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting of a foreign format."""

    keys: tuple[str, ...]
    """Its names over the versions; where several are in a file, the first counts."""
    recipe_key: str
    convert: Converter
    unset: tuple[Any, ...] = UNSET
    """Values that mean "not set"."""
    otherwise: Any = None
    """What that program takes where it is not set; None where that is unknown or our default."""
    absent: Any = None
    """What it takes where the file does not name it at all; None for `otherwise`."""


def entry(
    keys: str,
    recipe_key: str,
    convert: Converter,
    *,
    unset: tuple[Any, ...] = UNSET,
    otherwise: Any = None,
) -> Entry:
    """An entry; `keys` are separated by spaces."""
    return Entry(tuple(keys.split()), recipe_key, convert, unset, otherwise)


@dataclass(frozen=True, slots=True)
class Table:
    """A foreign format: what each of its settings becomes."""

    entries: tuple[Entry, ...]
    own: Mapping[str, Converter] = field(default_factory=dict)
    """Settings that decide nothing in a recipe, but need a sentence of their own."""
    machinery: frozenset[str] = frozenset()
    """Settings about speed, memory and logging: their loss changes no result."""
    lost: frozenset[str] = frozenset()
    """Known settings that a recipe has nothing for, and that change results."""


def with_defaults(table: Table, absent: Mapping[str, Any]) -> Table:
    """The table for a program whose version takes these values where a file does not name them.

    Args:
        table: Of its format.
        absent: By the first name of a setting; the others keep what the table says.
    """
    entries = tuple(
        replace(one, absent=absent.get(one.keys[0], one.absent)) for one in table.entries
    )
    return replace(table, entries=entries)


def names(listed: str) -> frozenset[str]:
    """Names that are separated by blanks."""
    return frozenset(listed.split())


def is_one_of(value: Any, values: tuple[Any, ...]) -> bool:
    """Whether the value is one of these, by kind too: `0.0` and `"0"` are `0`, `False` is not."""
    if isinstance(value, str) and _is_zero(value):
        value = 0
    return any(
        value is other or (isinstance(value, bool) == isinstance(other, bool) and value == other)
        for other in values
    )


def _is_zero(words: str) -> bool:
    try:
        return float(words) == 0
    except ValueError:
        return False
