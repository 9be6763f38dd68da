"""Problems and errors in the user's language."""

from __future__ import annotations

from lora_wizard.errors import LoraWizardError, Problem
from lora_wizard.language import Language, text, translated

__all__ = ["error_words", "joined", "problem_words"]

_WIDE_STOPS = ("。", "？", "！", "：")
_STOPS = (".", "!", "?", ":", *_WIDE_STOPS)


def problem_words(problem: Problem, language: Language, *, place: bool = False) -> str:
    """What is wrong and what to do; with `place`, where as well."""
    return _joined(problem.where if place else "", problem.what, problem.fix, language)


def error_words(error: LoraWizardError | OSError, language: Language) -> str:
    """An error with all its problems, one a line, as `str` gives it in English."""
    if language == "en" or not isinstance(error, LoraWizardError):
        return str(error)
    head = _joined(error.where, error.message, error.fix, language)
    problems = (problem_words(one, language, place=True) for one in error.problems)
    return "\n".join([head, *(f"  - {words}" for words in problems)])


def _joined(where: str, what: str, fix: str, language: Language) -> str:
    said = translated(what, language)
    said = f"{where}: {said}" if where else said[:1].upper() + said[1:]
    if not fix:
        return said
    stop = "" if said.endswith(_STOPS) else text("common.stop", language)
    return joined(said + stop, translated(fix, language))


def joined(first: str, second: str) -> str:
    """Two sentences after each other; no space follows a Japanese full stop."""
    return f"{first}{'' if first.endswith(_WIDE_STOPS) else ' '}{second}"
