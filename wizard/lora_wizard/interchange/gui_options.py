"""The field for extra parameters of the kohya_ss GUI: options of sd-scripts' command line. Pure.

They stand behind everything that the page gives, so they win over it. None of them is run: each is
an option like those of a config file, and has a row of its own.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lora_wizard.interchange import sd_scripts
from lora_wizard.interchange.converting import executable
from lora_wizard.interchange.table import Converter, Entry

FIELD = "additional_parameters"
_MARK = f"{FIELD}."
MOST = 200
"""Options that are looked at; a command line has a dozen."""


def spread(flat: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with each option of the field by itself, at the end, as it stands there."""
    raw = flat.get(FIELD)
    if not isinstance(raw, str):
        return dict(flat)
    options = _options(raw)
    if options is None:
        return dict(flat)
    found = {key: value for key, value in flat.items() if key != FIELD}
    inner = sd_scripts.spread_arguments(options)
    return found | {f"{_MARK}{key}": value for key, value in inner.items()}


def _options(raw: str) -> dict[str, Any] | None:
    """Options by name, with their value or True; None where the text is no list of options."""
    reader = shlex.shlex(raw, posix=True, punctuation_chars=False)
    reader.whitespace_split, reader.commenters, reader.escape = True, "", ""
    try:
        words = list(reader)
    except ValueError:  # a quotation that does not end
        return None
    if words and not words[0].startswith("--"):
        return None
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for word in words:
        if word.startswith("--") and len(found) < MOST:
            name, _, value = word[2:].partition("=")
            current = [value] if value else []
            found[name] = current
        else:
            current.append(word)
    return {name: _value(values) for name, values in found.items()}


def _value(values: list[str]) -> Any:
    if len(values) > 1:
        return values
    return values[0] if values else True


def _named(name: str) -> str:
    # Ours in brackets, such as the gathered ones, stay apart from the page's.
    return f"{_MARK}{name}"


ENTRIES: tuple[Entry, ...] = tuple(
    replace(one, keys=tuple(map(_named, one.keys)), otherwise=None)
    for one in sd_scripts.TABLE.entries
)
"""Every option of sd-scripts, under the field's name."""
OWN: Mapping[str, Converter] = {
    FIELD: executable,
    **{_named(key): convert for key, convert in sd_scripts.TABLE.own.items()},
}
MACHINERY = frozenset(map(_named, sd_scripts.TABLE.machinery))
LOST = frozenset(map(_named, sd_scripts.TABLE.lost))
