"""Keys of a screen with words in the user's language.

Textual's own `BINDINGS` belong to a class, before the language is known; these are bound when a
screen is made. A key's words are `AREA.keys.NAME` in the catalogue, and a longer sentence for the
help page may stand at `AREA.keys.NAME_help`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding
from textual.dom import DOMNode

from lora_wizard.language import Language, catalogue, text

__all__ = ["Key", "bind", "key_table"]


@dataclass(frozen=True, slots=True)
class Key:
    """One key, or several that do the same."""

    keys: str
    """As Textual names them, with commas: `f1,question_mark`."""
    action: str
    words: str
    """Where the catalogue has its words: `monitor.keys.stop`."""
    shown: str = ""
    """The key as the footer names it; the first of `keys` unless given."""
    show: bool = True
    """Whether it stands in the footer, which has room for six."""
    moves: bool = False
    """Whether it only moves the cursor or the text: the command palette leaves it out."""
    priority: bool = False
    """Whether it works where a field has the focus. Never for a letter."""


def bind(node: DOMNode, keys: Iterable[Key], language: Language) -> None:
    """Binds keys on one screen, apart from those of its class."""
    for key in keys:
        for number, one in enumerate(key.keys.split(",")):
            node._bindings.key_to_bindings.setdefault(one, []).append(
                Binding(
                    key=one,
                    action=key.action,
                    description=text(key.words, language),
                    show=key.show and number == 0,
                    key_display=key.shown or None,
                    priority=key.priority,
                    tooltip=_help(key, language),
                    id=f"{key.words}.{number}",
                )
            )


def key_table(keys: Iterable[Key], language: Language) -> list[tuple[str, str]]:
    """Each key as it is named, and what it does: for the help page."""
    return [(key.shown or _name(key.keys), _help(key, language)) for key in keys]


def _help(key: Key, language: Language) -> str:
    area, _, rest = key.words.partition(".")
    return catalogue(area, language).get(f"{rest}_help") or text(key.words, language)


def _name(keys: str) -> str:
    names = {"question_mark": "?", "escape": "esc"}
    words = (names.get(one, one).replace("ctrl+", "^") for one in keys.split(","))
    return " / ".join(word.upper() if re.fullmatch(r"f\d+", word) else word for word in words)
