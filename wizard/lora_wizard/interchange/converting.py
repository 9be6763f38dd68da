"""Converters that several formats need. Pure; numbers in quotes are numbers in other programs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lora_wizard.interchange.table import (
    Converter,
    Found,
    Source,
    idle,
    lost,
    refused,
    taken,
    translated,
)

_YES = frozenset({"true", "yes", "1"})
_NO = frozenset({"false", "no", "0"})
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_SIZE = re.compile(r"\s*(\d{1,6})\s*(?:[,xX*]\s*(\d{1,6}))?\s*")
_COMMA = re.compile(r"\s*([+-]?\d{1,9}),(\d{1,12}(?:[eE][+-]?\d{1,3})?)\s*")
_MOST, _LEAST = 1e30, -1e30
_LONGEST_NUMBER = 60
_LONGEST_SHOWN = 40
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_MODEL_FILE = (".safetensors", ".ckpt", ".pt", ".bin")

SCHEDULERS = (
    "cosine_with_restarts",
    "cosine",
    "linear",
    "constant",
    "constant_with_warmup",
    "polynomial",
)


def gathered_lines(why: str) -> Converter:
    """Takes a list of texts that we gathered from several settings; but a file may hold anything
    under the name of our list, too.

    Args:
        why: The remark on it.
    """

    def convert(value: Any, source: Source) -> Found:
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return translated(tuple(value), why)
        return refused("not_a_text")

    return convert


def as_number(value: Any) -> int | float | None:
    """A number, or a text that is one; None for anything else, infinity and nan included."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = _read_number(value)
    if not isinstance(value, int | float):
        return None
    return value if _LEAST < value < _MOST else None


def _read_number(words: str) -> int | float | None:
    if len(words) > _LONGEST_NUMBER or "_" in words:  # Python reads 1_000, no other program does
        return None
    for kind in (int, float):
        try:
            return kind(words)
        except ValueError:
            continue
    return None


def one_line(value: Any) -> str:
    """A value for a remark: short."""
    words = str(value)
    return words if len(words) <= _LONGEST_SHOWN else words[: _LONGEST_SHOWN - 3] + "..."


def unfit(value: Any, otherwise: str) -> Found:
    """A value of another kind than the setting takes, with the remark that fits it best.

    Args:
        value: The value.
        otherwise: The remark where nothing more can be told from it.
    """
    if isinstance(value, list):
        return refused("a_list", count=len(value))
    if isinstance(value, dict):
        return refused("a_table")
    if otherwise == "not_a_number" and isinstance(value, bool):
        return refused("a_switch")
    comma = _COMMA.fullmatch(value) if isinstance(value, str) else None
    if otherwise == "not_a_number" and comma:
        return refused("comma", meant=f"{comma[1]}.{comma[2]}")
    return refused(otherwise)


def number(value: Any, source: Source) -> Found:
    """A number with a fraction."""
    found = as_number(value)
    return unfit(value, "not_a_number") if found is None else taken(float(found))


def integer(value: Any, source: Source) -> Found:
    """A whole number; `1.0` is one too."""
    found = as_number(value)
    if found is None:
        return unfit(value, "not_a_number")
    return taken(int(found)) if int(found) == found else refused("not_whole")


def as_flag(value: Any) -> bool | None:
    """Yes or no, also as a text or as 1 and 0; None for anything else."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in _YES:
        return True
    return False if word in _NO else None


def flag_word(value: Any) -> bool | None:
    """As `as_flag`; what is left empty is no."""
    return False if str(value).strip().lower() in ("", "none", "null") else as_flag(value)


def flag(value: Any, source: Source) -> Found:
    """Yes or no."""
    found = as_flag(value)
    return unfit(value, "not_yes_or_no") if found is None else taken(found)


def words(value: Any, source: Source) -> Found:
    """A text."""
    return taken(value) if isinstance(value, str) else unfit(value, "not_a_text")


def one_of(meanings: Mapping[str, str], otherwise: str = "no_such_choice") -> Converter:
    """A choice, whatever its letters' case; `otherwise` notes one that we do not have."""

    def convert(value: Any, source: Source) -> Found:
        if isinstance(value, list | dict):
            return unfit(value, otherwise)
        word = str(value).strip().lower()
        if word not in meanings:
            return lost(otherwise, value=word[:40])
        meaning = meanings[word]
        return taken(meaning) if meaning == value else translated(meaning, "other_word")

    return convert


def path(option: str) -> Converter:
    """A path; one that cannot be of this machine is left out, and `option` is named instead."""

    def convert(value: Any, source: Source) -> Found:
        if not isinstance(value, str):
            return unfit(value, "not_a_text")
        if is_windows(value):
            return refused("other_machine", option=option)
        return taken(value)

    return convert


def is_windows(value: str) -> bool:
    """Whether a path is one of Windows, which means nothing here."""
    return _WINDOWS.match(value) is not None


def weights(option: str) -> Converter:
    """A model's weights: a path, never a name on a hub; `option` is named where it is left out."""

    def convert(value: Any, source: Source) -> Found:
        is_name = isinstance(value, str) and _HUB_NAME.fullmatch(value)
        if is_name and not value.endswith(_MODEL_FILE):
            return refused("hub_name", option=option)
        return path(option)(value, source)

    return convert


def size(value: Any, source: Source) -> Found:
    """Width and height: `512`, `"512,768"`, `"512x768"` or `[512, 768]`."""
    if isinstance(value, list) and 0 < len(value) <= 2:
        value = "x".join(_side(side) for side in value)
    if isinstance(value, dict | list):
        return unfit(value, "not_a_size")
    found = _SIZE.fullmatch(_side(value))
    if found is None:
        return refused("not_a_size")
    pair = (int(found[1]), int(found[2] or found[1]))
    return taken(pair)


def _side(value: Any) -> str:
    """One side as digits: 512.0 is 512."""
    found = as_number(value)
    return str(int(found)) if found is not None and int(found) == found else str(value)


def share_of_steps(steps: float, total: float | None) -> Found:
    """A number of steps as a share of all."""
    if steps == 0:
        return taken(0.0)
    if not total:
        return lost("warmup_steps", steps=f"{steps:g}")
    share = round(steps / total, 6)
    return translated(share, "warmup_share", steps=f"{steps:g}", total=f"{total:g}")


def warmup(found: Found, scheduler: object) -> Found:
    """A warm-up as found; none where the scheduler is `constant`, which takes none."""
    if str(scheduler).lower() == "constant" and found.counts and found.value:
        return idle("constant_warmup")
    return found


def scheduler(value: Any, source: Source) -> Found:
    """The schedule of the learning rate."""
    return one_of({name: name for name in SCHEDULERS}, "no_such_scheduler")(value, source)


def executable(value: Any, source: Source) -> Found:
    """Something that names code to be run."""
    return refused("executable")
