"""LoRA calls in a prompt: `<lora:NAME:STRENGTH>`, as A1111's web UI and its kin read them.

Pure parsing. `<lyco:...>` means the same as `<lora:...>`, and capitals do not matter. Behind the
name come positional weights (text encoder, then U-Net) and named ones (`te=`, `unet=`). A single
weight is both. Further parts, such as block weights (`lbw=ALL`) and `dyn=`, belong to extensions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lora_wizard.errors import LoraWizardError, Problem

STRONGEST = 100.0
"""The largest strength, of either sign, that a prompt of one's own may ask for: what is drawn
beyond it is noise or black."""
_CALL = re.compile(r"<\s*(?:lora|lyco)\s*:([^<>]*)>", re.IGNORECASE)
_NEVER_CLOSED = re.compile(r"<\s*(?:lora|lyco)\b[^<>,\n]*", re.IGNORECASE)
_OTHER = re.compile(r"<\s*[A-Za-z]\w*\s*:[^<>]+>")
"""A1111 reads these as calls of other networks, such as `<hypernet:NAME:1>`."""
_FIX = "Write it as <lora:name:0.8>"


@dataclass(frozen=True, slots=True)
class LoraCall:
    """One LoRA that a prompt calls. Strengths have no unit; 1 is as trained."""

    name: str
    strength: float = 1.0
    """On the U-Net."""
    text_strength: float | None = None
    """On the text encoders; None where it is the U-Net's."""


@dataclass(frozen=True, slots=True)
class ReadCalls:
    """A prompt with its calls taken out."""

    words: str
    calls: tuple[LoraCall, ...] = ()
    """In their order."""
    unreadable: tuple[str, ...] = ()
    """Calls without a name, with a strength that is not a finite number, or never closed."""
    others: tuple[str, ...] = ()
    """Calls of other networks; they stay among the words."""
    ignored: tuple[str, ...] = ()
    """Parts of readable calls that change nothing here, such as `lbw=ALL`."""


def read_calls(text: str) -> ReadCalls:
    """Takes the LoRA calls out of a prompt. Any text can be read: one call that cannot be read
    does not affect the others."""
    calls: list[LoraCall] = []
    unreadable: list[str] = []
    ignored: list[str] = []
    for match in _CALL.finditer(text):
        call = _call(match[1], ignored)
        if call is None:
            unreadable.append(match[0])
        else:
            calls.append(call)
    words = _CALL.sub("", text)
    unreadable += [match[0].strip() for match in _NEVER_CLOSED.finditer(words)]
    words = _NEVER_CLOSED.sub("", words)
    others = tuple(match[0] for match in _OTHER.finditer(words))
    return ReadCalls(words, tuple(calls), tuple(unreadable), others, tuple(ignored))


def extract_loras(text: str) -> tuple[str, tuple[LoraCall, ...]]:
    """The prompt without its LoRA calls, and the calls in order.

    Raises:
        LoraWizardError: a call without a name, or with a strength that is not a number from
            -100 to 100; all of them together.
    """
    read = read_calls(text)
    problems = [Problem(each, "is not a LoRA call", _FIX) for each in read.unreadable]
    for call in read.calls:
        strongest = max(abs(call.strength), abs(call.text_strength or 0.0))
        if strongest > STRONGEST:
            what = f"a strength of {strongest:g} is too large"
            fix = f"Write a number from {-STRONGEST:g} to {STRONGEST:g}"
            problems.append(Problem(f"<lora:{call.name}>", what, fix))
    if len(problems) == 1:
        (only,) = problems
        raise LoraWizardError(f"{only.where}: {only.what}", where="prompt", fix=only.fix)
    if problems:
        raise LoraWizardError("LoRA calls that cannot be used", where="prompt", problems=problems)
    return read.words, read.calls


def finite(text: str) -> float | None:
    """The number that a text writes; None where it writes none, or one that is not finite."""
    try:
        value = float(text)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def _call(content: str, ignored: list[str]) -> LoraCall | None:
    """One call from what stands between its brackets; None where it cannot be read."""
    name, *parts = (part.strip() for part in content.split(":"))
    positional = [part for part in parts if "=" not in part]
    named = dict(_named(parts))
    if not name:
        return None
    texts: list[str | None] = [named.pop("te", None), named.pop("unet", None)]
    for place, part in enumerate(positional[:2]):
        # A second part that is no number is a block weight's; the first must be one.
        if texts[place] is None and part and (place == 0 or _is_number(part)):
            texts[place] = part
        elif part:
            ignored.append(part)
    ignored += [*positional[2:], *(f"{key}={value}" for key, value in named.items())]
    weights = [None if text is None else finite(text) for text in texts]
    if any(
        text is not None and weight is None for text, weight in zip(texts, weights, strict=True)
    ):
        return None
    text_weight = 1.0 if weights[0] is None else weights[0]
    weight = text_weight if weights[1] is None else weights[1]
    return LoraCall(name, weight, None if text_weight == weight else text_weight)


def _named(parts: list[str]) -> Iterator[tuple[str, str]]:
    for part in parts:
        key, equals, value = part.partition("=")
        if equals:
            yield key.strip().lower(), value.strip()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
