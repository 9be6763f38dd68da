"""What in a caption is written as for a prompt or another program, and is learned as it stands.

A caption is read by the text encoder letter by letter: weights, brackets with backslashes and calls
of LoRAs mean nothing there, and become a part of what is learned. Pure.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Oddity(StrEnum):
    """Each has its words in the catalogue `advice`, under `captions_` and its name."""

    ESCAPED = "escaped"
    r"""Brackets behind a backslash: `mira \(series\)`."""
    WEIGHTED = "weighted"
    """Weights and other commands of prompts: `(smile:1.3)`, `((smile))`, `BREAK`."""
    CHOICES = "choices"
    """`{smile|grin}` where wildcards are not switched on."""
    CALLING = "calling"
    """`<lora:mira:1>`, `embedding:mira`."""
    STRUCTURED = "structured"
    """JSON, or another program's `caption: ...`."""
    PASTED = "pasted"
    """A web UI's whole text below a picture: `Negative prompt: ... Steps: 20, Sampler: ...`."""
    FULL_WIDTH = "full_width"
    """Commas of Japanese and Chinese, which separate no tags."""
    NULS = "nuls"
    """Bytes of 0, as in UTF-16."""


_BACKSLASH = re.compile(r"\\[()\[\]{}<>]")
_ROUND = re.compile(r"\(([^()]{1,200})\)(\+|-(?=[,\s]|$)|\d+\.\d)?")
_SQUARE = re.compile(r"\[([^\[\]]{1,200})\]")
_COLON_NUMBER = re.compile(r":\s*[+-]?(\d+\.?\d*|\.\d+)\s*$")
_COMMANDS = re.compile(
    r"\(\(|\[\[|\bBREAK\b|\w\+\+(?=[\s,]|$)|(?:^|[\s,])-?\d+(?:\.\d+)?::\S|\w:\d\.\d+(?=[\s,]|$)"
)
_DOUBLE_BRACES = re.compile(r"\{\{[^{}]{1,200}\}\}")
_CHOICE = re.compile(r"\{[^{}]{0,400}\|[^{}]{0,400}\}|__[\w/-]{1,80}__")
_CALL = re.compile(
    r"<(?:lora|lyco|lycoris|locon|loha|lokr|hypernet|segment|ti|embedding)\s*:[^<>]{0,200}>"
    r"|\bembedding:[\w.]",
    re.IGNORECASE,
)
_STRUCTURE = re.compile(
    r"""\s*(?:\{\s*["']|\[\s*["'{]|\{\s*\w+\s*:\s*["'\[{]|[\[{]\s*$|---\s*\n|<\?xml)"""
)
_LABELLED = re.compile(r"""\s*["']?(?:captions?|tags|prompt|description)["']?\s*[:=]\s""", re.I)
_PASTED = re.compile(r"^\s*Negative prompt:|\bSteps: \d+, Sampler:", re.MULTILINE | re.IGNORECASE)
_COMMAS = re.compile("[\uff0c\u3001\uff64\ufe50\ufe51\uff1b]")


def oddities(text: str, *, wildcards: bool = False) -> frozenset[Oddity]:
    """What in the text of a caption's file is not plain words and commas.

    Args:
        text: The whole file: most is told by all its lines.
        wildcards: Whether `{a|b}` is a choice, as with `data.wildcards`.
    """
    plain = text.replace("\0", "")
    found = {
        Oddity.ESCAPED: _BACKSLASH.search(plain),
        Oddity.WEIGHTED: _weighted(plain) or (not wildcards and _DOUBLE_BRACES.search(plain)),
        Oddity.CHOICES: not wildcards and _CHOICE.search(plain),
        Oddity.CALLING: _CALL.search(plain),
        Oddity.STRUCTURED: _STRUCTURE.match(plain) or _LABELLED.match(plain),
        Oddity.PASTED: _PASTED.search(plain),
        Oddity.FULL_WIDTH: _COMMAS.search(plain),
        Oddity.NULS: "\0" in text,
    }
    return frozenset(oddity for oddity, is_there in found.items() if is_there)


def _weighted(text: str) -> bool:
    """Round brackets alone may belong to a name, as in `saber (fate)`: they do not count."""
    if _COMMANDS.search(text):
        return True
    for found in _ROUND.finditer(text):
        number = _COLON_NUMBER.search(found[1])
        if found[2] or (number and re.search(r"[^\W\d]", found[1][: number.start()])):
            return True
    return any(_is_edit(found[1]) for found in _SQUARE.finditer(text))


def _is_edit(inside: str) -> bool:
    """`[from:to:0.5]`, `[word:10]`, `[a|b]`."""
    return "|" in inside or _COLON_NUMBER.search(inside) is not None
