"""From the text in a field to a value, and back. Pure, but for a look at whether a path is there.

Refuses to guess: a text that is no number stays a text, and the check says what is wrong with it.
"""

from __future__ import annotations

import re
import unicodedata

from lora_wizard.dropped_path import dropped_path

Value = str | int | float | bool | tuple[str, ...] | tuple[int, int] | None

_YES = frozenset({"yes", "y", "true", "on", "はい", "1"})
_NO = frozenset({"no", "n", "false", "off", "いいえ", "0"})
_LENGTH = re.compile(r"(\d+)\s*(epochs?|エポック|steps?|ステップ|回)?", re.IGNORECASE)
_SIZE = re.compile(r"(\d+)(?:\s*[x×,]\s*(\d+))?", re.IGNORECASE)


def read_value(kind: str, typed: str, *, optional: bool = False) -> Value:
    """The value of a text as typed, by the kind of its question.

    Full-width digits and letters, as a Japanese keyboard types them, count as plain ones.
    """
    if kind == "prompts":
        return tuple(line.strip() for line in typed.splitlines() if line.strip())
    bare = typed.strip()
    if kind in ("file", "folder", "model"):
        return dropped_path(typed)
    if kind == "text":
        return bare
    plain = unicodedata.normalize("NFKC", bare)
    if kind == "yes_no":
        return _yes_no(plain)
    if kind == "size":
        return _size(plain)
    if kind == "length":
        return _length(plain)
    if kind == "number":
        return None if optional and not plain else _number(plain)
    return plain


def show_value(kind: str, value: Value) -> str:
    """The text of a value, which `read_value` reads back as that value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        if kind == "size":
            return str(value[0]) if value[0] == value[1] else f"{value[0]}x{value[1]}"
        return "\n".join(str(each) for each in value)
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


def length_parts(value: Value) -> tuple[int, str] | None:
    """The count and the unit, `epochs` or `steps`, of a length; None where it is none."""
    found = re.fullmatch(r"(\d+) (epochs|steps)", value) if isinstance(value, str) else None
    return (int(found[1]), found[2]) if found else None


def _yes_no(plain: str) -> Value:
    if plain.lower() in _YES:
        return True
    return False if plain.lower() in _NO else plain


def _size(plain: str) -> Value:
    found = _SIZE.fullmatch(plain)
    return (int(found[1]), int(found[2] or found[1])) if found else plain


def _length(plain: str) -> Value:
    found = _LENGTH.fullmatch(plain)
    if not found:
        return plain
    unit = (found[2] or "").lower()
    return f"{int(found[1])} {'steps' if unit.startswith(('step', 'ステ')) else 'epochs'}"


def _number(plain: str) -> Value:
    for kind in (int, float):
        try:
            return kind(plain)
        except ValueError:
            continue
    return plain
