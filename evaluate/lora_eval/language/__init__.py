"""The words of the evaluator's reports and commands in every language.

Catalogues as in `lora_wizard.language`, whose mechanism reads them: `AREA.LANGUAGE.toml`.
"""

from __future__ import annotations

from lora_wizard.language import (
    LANGUAGES,
    Language,
    areas,
    catalogue,
    choose_language,
    listed,
    text_of,
)

__all__ = ["LANGUAGES", "PACKAGE", "Language", "choose_language", "has_text", "listed", "text"]

PACKAGE = "lora_eval.language"
"""Where the catalogues lie."""


def text(key: str, language: Language = "en", /, **values: object) -> str:
    """The text of `key`, such as `report.likeness.title`, with its placeholders filled in.

    Raises:
        KeyError: there is no such text, or it has a placeholder that `values` lacks.
    """
    return text_of(PACKAGE, key, language, **values)


def has_text(key: str) -> bool:
    """Whether there is a text of this key, in every language."""
    area, _, rest = key.partition(".")
    return area in areas(PACKAGE) and rest in catalogue(area, "en", PACKAGE)
