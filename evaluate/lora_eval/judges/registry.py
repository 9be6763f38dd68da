"""The judges by name. A new judge is a file of its own with one decorated function.

Besides the file it needs its name in `lora_eval.judges.JUDGES`, the numbers that it reads in
`@needs(...)`, and a section for them in `thresholds.toml`. A rule is pure: no file, no clock, no
pixels; the same evidence and thresholds always give the same judgement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from lora_eval.evidence import Evidence
from lora_eval.judgement import Judgement

Thresholds = Mapping[str, float]
"""One judge's numbers by name, for the detector in use."""
Rule = Callable[[Evidence, Thresholds], Judgement]


@dataclass(frozen=True, slots=True)
class Judge:
    """One failure, its definition and the rule that finds it. `yes` means: the failure is there."""

    name: str
    """As in files and gates, such as `floating_head`."""
    title: str
    """As people read it, such as `floating head`."""
    definition: str
    """What a person who labels pictures is told."""
    rule: Rule
    importance: Literal["main", "further", "experimental"]
    """`main` ones stand in the report's first table."""


_JUDGES: dict[str, Judge] = {}


def judge(
    name: str,
    *,
    title: str,
    definition: str,
    importance: Literal["main", "further", "experimental"] = "further",
) -> Callable[[Rule], Rule]:
    """Registers a rule. Raises ValueError where the name is taken."""

    def register(rule: Rule) -> Rule:
        if name in _JUDGES:
            raise ValueError(f"two judges are called {name}")
        _JUDGES[name] = Judge(name, title, definition, rule, importance)
        return rule

    return register


def registered() -> Mapping[str, Judge]:
    """Every judge by its name, in the order of `lora_eval.judges`' imports."""
    return dict(_JUDGES)
