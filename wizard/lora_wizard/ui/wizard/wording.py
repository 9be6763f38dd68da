"""Lines of the question page, as coloured text. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from lora_wizard.dataset.advice import Advice, Level
from lora_wizard.errors import Problem
from lora_wizard.explaining import joined, problem_words
from lora_wizard.flow import Flow, is_from_file
from lora_wizard.language import Language, text
from lora_wizard.questions import BY_KEY, Question, Value

__all__ = ["advice_text", "check_text", "place_words", "shown_value", "suggestion_text"]

LEVEL_STYLES = {Level.ERROR: "bold red", Level.WARNING: "bold yellow", Level.HINT: "bold cyan"}


def place_words(flow: Flow, question: Question, language: Language) -> str:
    """Where one stands: `4 of 24, pictures`."""
    place, total = flow.position
    theme = text(f"wizard.theme.{question.group}", language)
    return text("wizard.place", language, place=place, total=total, theme=theme)


def check_text(problems: Sequence[Problem], *, changed: bool, language: Language) -> Text:
    """Whether the answer in the field will do, and what to do where it will not."""
    if problems:
        found = Text()
        for number, one in enumerate(problems):
            found.append("\n" if number else "")
            found.append(f"{text('wizard.check.bad', language)} ", "bold red")
            found.append(problem_words(one, language))
        return found
    key = "changed" if changed else "good"
    return Text(text(f"wizard.check.{key}", language), "green")


def suggestion_text(question: Question, flow: Flow, value: Value, language: Language) -> Text:
    """The suggestion and why; marked where the field holds something else."""
    suggestion = flow.suggestion(question.key)
    same = value == suggestion.value
    if not same and suggestion.value in ("", None, ()):
        return Text()
    shown = shown_value(question, suggestion.value, language)
    head = "wizard.suggested" if same else "wizard.suggested_else"
    if same and is_from_file(flow, question):
        head = "wizard.from_file"
    found = Text(text(head, language, value=shown), "bold")
    if suggestion.reason:
        found.append(f" {suggestion.reason}", "not bold")
    return found


def advice_text(advice: Sequence[Advice], language: Language) -> Text:
    """What the pictures say, the gravest first; F4 follows the first that changes settings."""
    found = Text()
    is_first = True
    for number, one in enumerate(advice):
        found.append("\n\n" if number else "")
        found.append(
            f"{text(f'wizard.level.{one.level.value}', language)} ", LEVEL_STYLES[one.level]
        )
        found.append(one.title, "bold")
        found.append(f"\n{joined(one.what, one.fix)}")
        if one.changes:
            key = "wizard.offer" if is_first else "wizard.offer_later"
            found.append(f"\n{_offer(key, one.changes, language)}", "bold cyan")
            is_first = False
    return found


def shown_value(question: Question, value: Value, language: Language) -> str:
    """A value in a word or line: a choice, yes or no, "nothing"."""
    if isinstance(value, bool):
        return text(f"wizard.{'yes' if value else 'no'}", language)
    shown = " | ".join(question.show(value).splitlines())
    return shown or text("wizard.nothing", language)


def _offer(key: str, changes: Mapping[str, Any], language: Language) -> str:
    shown = {
        key: shown_value(BY_KEY[key], value, language) if key in BY_KEY else str(value)
        for key, value in changes.items()
    }
    settings = ", ".join(f"{key} = {value}" for key, value in shown.items())
    return text(key, language, settings=settings)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
