"""The prompt language of A1111's web UI: emphasis, BREAK and `<lora:name:strength>`.

Pure parsing: no model, no file. Understood are `(word)` (times 1.1), `[word]` (divided by 1.1),
`(word:1.2)`, nesting of these, brackets escaped by a backslash, and BREAK, which starts a new
chunk of 75 tokens. Prompt editing (`[from:to:when]`) and alternation (`[a|b]`) are not: their
words are read as they stand.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from lora_wizard.models.lora_calls import LoraCall, extract_loras

__all__ = [
    "BRACKET_WEIGHT",
    "LoraCall",
    "Prompt",
    "Span",
    "escape",
    "extract_loras",
    "parse_prompt",
]

BRACKET_WEIGHT = 1.1
"""What one pair of round brackets multiplies by, and one of square brackets divides by."""
DEEPEST = 100
"""Brackets open at once; further ones are words. Weights would grow without end otherwise, and
so would the time that reading takes."""


@dataclass(frozen=True, slots=True)
class Span:
    """Words that share one weight (no unit, 1 = as written)."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt taken apart."""

    sections: tuple[tuple[Span, ...], ...]
    """The spans between BREAKs, at least one section; a section may be empty."""
    loras: tuple[LoraCall, ...] = ()

    @property
    def text(self) -> str:
        """The words alone, without weights, BREAK and LoRA calls."""
        return " ".join("".join(span.text for span in section) for section in self.sections)


def parse_prompt(text: str) -> Prompt:
    """Take a prompt apart.

    Brackets that never close count to the end of the prompt, as in A1111; closing ones that were
    never opened are words.

    Raises:
        LoraWizardError: a LoRA call without a name or with a strength that is not a number.
    """
    words, loras = extract_loras(text)
    return Prompt(_sections(_Emphasis().read(words)), loras)


def escape(text: str) -> str:
    """The same words written so that none of them is read as emphasis."""
    return re.sub(r"([\\()\[\]])", r"\\\1", text)


_TOKEN = re.compile(
    r"""
    \\(?P<escaped>[()\[\]\\])           # an escaped bracket or backslash
    | :\s*(?P<weight>[+-]?\d*\.?\d+)\s*\)  # the end of (word:1.2)
    | (?P<bracket>[()\[\]])
    | (?P<words>[^\\()\[\]:]+|[\\:])
    """,
    re.VERBOSE,
)
_BREAK = re.compile(r"\s*\bBREAK\b\s*")


class _Emphasis:
    """Reads brackets: pieces of text with weights, and where each open bracket began."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.weights: list[float] = []
        self.open: dict[str, list[int]] = {"(": [], "[": []}

    def read(self, text: str) -> list[Span]:
        for match in _TOKEN.finditer(text):
            self._take(match)
        for start in self.open["("]:
            self._scale(start, BRACKET_WEIGHT)
        for start in self.open["["]:
            self._scale(start, 1 / BRACKET_WEIGHT)
        return [Span(text, weight) for text, weight in zip(self.texts, self.weights, strict=True)]

    def _take(self, match: re.Match[str]) -> None:
        bracket, weight = match.group("bracket"), match.group("weight")
        if bracket in ("(", "[") and len(self.open[bracket]) < DEEPEST:
            self.open[bracket].append(len(self.texts))
        elif weight is not None and self.open["("] and math.isfinite(float(weight)):
            self._scale(self.open["("].pop(), float(weight))
        elif bracket == ")" and self.open["("]:
            self._scale(self.open["("].pop(), BRACKET_WEIGHT)
        elif bracket == "]" and self.open["["]:
            self._scale(self.open["["].pop(), 1 / BRACKET_WEIGHT)
        else:
            self.texts.append(match.group("escaped") or match.group(0))
            self.weights.append(1.0)

    def _scale(self, start: int, factor: float) -> None:
        for index in range(start, len(self.weights)):
            self.weights[index] *= factor


def _sections(spans: list[Span]) -> tuple[tuple[Span, ...], ...]:
    """Spans split at BREAK, neighbours of one weight joined, empty ones dropped."""
    sections: list[list[Span]] = [[]]
    for span in spans:
        for index, words in enumerate(_BREAK.split(span.text)):
            if index:
                sections.append([])
            section = sections[-1]
            if section and section[-1].weight == span.weight:
                section[-1] = Span(section[-1].text + words, span.weight)
            elif words:
                section.append(Span(words, span.weight))
    return tuple(tuple(section) for section in sections)
