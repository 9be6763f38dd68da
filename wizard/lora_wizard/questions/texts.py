"""The words of the questions: the area `questions` of the catalogues."""

from __future__ import annotations

from lora_wizard.language import LANGUAGES, Language
from lora_wizard.language import text as any_text

__all__ = ["LANGUAGES", "Language", "text"]


def text(key: str, language: Language = "en", /, **values: object) -> str:
    """The text of a dotted key, such as `network.rank.title`, with `{name}` filled in.

    Raises:
        KeyError: the catalogue has no such text, or a value for it is missing.
    """
    return any_text(f"questions.{key}", language, **values)
