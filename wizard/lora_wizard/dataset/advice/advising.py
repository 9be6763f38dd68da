"""All rules asked, and what they found put into words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lora_wizard.dataset.advice import rules
from lora_wizard.dataset.advice.facts import Facts
from lora_wizard.dataset.advice.registry import RULES, Finding, Level, Rule
from lora_wizard.errors import Problem
from lora_wizard.explaining import problem_words
from lora_wizard.language import Language, listed, text
from lora_wizard.recipe import Recipe

__all__ = ["Advice", "Level", "advise", "rules"]

_ORDER = tuple(Level)


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to tell the user, with its evidence and what to do about it."""

    key: str
    """The rule's name."""
    level: Level
    title: str
    what: str
    """What was found, with numbers and file names."""
    why: str
    """What follows from it, and what was seen in experiments."""
    fix: str
    changes: Mapping[str, Any]
    """Recipe keys and values that would follow the advice; empty where no setting helps."""
    questions: tuple[str, ...]
    """Recipe keys that it is about."""


def advise(facts: Facts, recipe: Recipe, language: Language = "en") -> tuple[Advice, ...]:
    """What every rule has to say, errors first, then warnings, then hints.

    Args:
        facts: Gathered with the recipe's `data`.
        recipe: What is going to be trained.
        language: Of the texts.
    """
    found = [
        _worded(rule, finding, language)
        for rule in RULES.values()
        if (finding := rule.check(facts, recipe)) is not None
    ]
    return tuple(sorted(found, key=lambda advice: _ORDER.index(advice.level)))


def _worded(rule: Rule, finding: Finding, language: Language) -> Advice:
    values = {name: _shown(value, language) for name, value in finding.values.items()}
    title, what, why, fix = (
        text(f"advice.{rule.key}.{part}", language, **values)
        for part in ("title", "what", "why", "fix")
    )
    changes = dict(finding.changes)
    return Advice(rule.key, rule.level, title, what, why, fix, changes, rule.questions)


def _shown(value: Any, language: Language) -> Any:
    """Names as a list in words, problems one a line, anything else as it is."""
    if not isinstance(value, tuple):
        return value
    if value and all(isinstance(one, Problem) for one in value):
        return "\n".join(problem_words(one, language, place=True) for one in value)
    return listed(value, language)
