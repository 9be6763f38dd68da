"""The judges by name. A new judge is a file of its own with one decorated function.

Besides the file it needs its name in `lora_eval.judges.JUDGES`, its title and definition in
`lora_eval/language/judges.*.toml`, the numbers that it reads in `@needs(...)`, and a section for
them in `thresholds.toml`. A rule is pure: no file, no clock, no
pixels; the same evidence and thresholds always give the same judgement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from lora_eval.evidence import Evidence
from lora_eval.judgement import Judgement
from lora_eval.language import Language, has_text, text

Importance = Literal["main", "further", "experimental"]
Thresholds = Mapping[str, float]
"""One judge's numbers by name, for the detector in use."""
Rule = Callable[[Evidence, Thresholds], Judgement]


@dataclass(frozen=True, slots=True)
class Judge:
    """One failure, its definition and the rule that finds it. `yes` means: the failure is there."""

    name: str
    """As in files and gates, such as `floating_head`."""
    rule: Rule
    importance: Importance
    """`main` ones stand in the report's first table."""

    @property
    def title(self) -> str:
        """As people read it, such as `floating head`."""
        return self.titled("en")

    @property
    def definition(self) -> str:
        """The definition for a person who labels pictures."""
        return self.defined("en")

    def titled(self, language: Language) -> str:
        """Its title in a language; the name where no catalogue has the judge."""
        key = f"judges.{self.name}.title"
        return text(key, language) if has_text(key) else self.name.replace("_", " ")

    def shown_as(self, language: Language) -> str:
        """What a picture shows that has the failure, such as `floating heads`."""
        key = f"judges.{self.name}.shows"
        return text(key, language) if has_text(key) else self.name.replace("_", " ")

    def defined(self, language: Language) -> str:
        """Its definition in a language; empty where no catalogue has the judge."""
        key = f"judges.{self.name}.definition"
        return text(key, language) if has_text(key) else ""


_JUDGES: dict[str, Judge] = {}


def judge(name: str, *, importance: Importance = "further") -> Callable[[Rule], Rule]:
    """Registers a rule. Raises ValueError where the name is taken."""

    def register(rule: Rule) -> Rule:
        if name in _JUDGES:
            raise ValueError(f"two judges are called {name}")
        _JUDGES[name] = Judge(name, rule, importance)
        return rule

    return register


def registered() -> Mapping[str, Judge]:
    """Every judge by its name, in the order of `lora_eval.judges`' imports."""
    return dict(_JUDGES)
