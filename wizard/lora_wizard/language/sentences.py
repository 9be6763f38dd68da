"""Sentences that were written in English, in another language.

What a recipe's check finds and what a trainer notes in its log are English sentences: they go into
files, scripts and bug reports as they are. A screen shows them in the user's language. The area
`sentences` of the catalogue has each as it is written, with placeholders, and in each language.
"""

from __future__ import annotations

import re
from functools import cache
from string import Formatter

from lora_wizard.language.catalogue import catalogue
from lora_wizard.language.choice import Language

__all__ = ["translated"]

_AREA = "sentences"
_PARTS = ("what", "count", "share", "instead")
"""Placeholders that stand for a phrase that has a template of its own, such as `3 pictures`."""


def translated(sentence: str, language: Language) -> str:
    """The sentence in a language; as it is where the catalogue does not know it.

    Args:
        sentence: In English, as the program wrote it, in this version or an earlier one.
        language: The language that it is wanted in.
    """
    if language == "en":
        return sentence
    for key, pattern in _patterns():
        if found := pattern.fullmatch(sentence):
            values = {
                name: translated(value, language) if name in _PARTS else value
                for name, value in found.groupdict().items()
            }
            return catalogue(_AREA, language)[key].format(**values)
    return sentence


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """A pattern for each English sentence, those with most words of their own first."""
    found = [(key, *_pattern(words)) for key, words in catalogue(_AREA, "en").items()]
    found.sort(key=lambda one: -one[2])
    return tuple((key, pattern) for key, pattern, _ in found)


def _pattern(words: str) -> tuple[re.Pattern[str], int]:
    """What matches a sentence, and how many characters of it are its own."""
    parts, own = [], 0
    for literal, name, _, _ in Formatter().parse(words):
        own += len(literal)
        parts.append(re.escape(literal))
        if name is not None:
            parts.append(f"(?P<{name}>.+?)")
    return re.compile("".join(parts), re.DOTALL), own
