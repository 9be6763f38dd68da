"""The list of rules, each registered by a decorator where it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lora_wizard.dataset.advice.facts import Facts
from lora_wizard.recipe import Recipe


class Level(StrEnum):
    """How much it matters."""

    ERROR = "error"
    """Nothing can be trained like this."""
    WARNING = "warning"
    """It will most likely spoil the result."""
    HINT = "hint"
    """Worth knowing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """That a rule applies, with the numbers and names for its texts."""

    values: Mapping[str, object] = field(default_factory=dict)
    """Placeholders of the texts; a tuple of names is listed in words."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Recipe keys and the values suggested for them."""


Check = Callable[[Facts, Recipe], Finding | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One lesson. Its texts stand under `advice.KEY` in the catalogues."""

    key: str
    level: Level
    questions: tuple[str, ...]
    """Recipe keys that it is about: it is shown beside their questions."""
    check: Check


RULES: dict[str, Rule] = {}
"""Every rule by its key, in the order in which they are shown within a level."""


def rule(level: Level, *questions: str) -> Callable[[Check], Check]:
    """Register a function as a rule; its name is the rule's key."""

    def register(check: Check) -> Check:
        key = getattr(check, "__name__", "")
        assert key not in RULES, f"two rules are called {key}"
        RULES[key] = Rule(key, level, questions, check)
        return check

    return register
