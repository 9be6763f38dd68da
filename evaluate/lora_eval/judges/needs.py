"""Which thresholds each rule reads, so that a file of thresholds can be checked against them."""

from __future__ import annotations

from collections.abc import Callable

from lora_eval.judges.registry import Rule

_NEEDS: dict[Rule, frozenset[str]] = {}


def needs(*names: str) -> Callable[[Rule], Rule]:
    """Says which numbers a rule reads. Stands below `@judge`."""

    def note(rule: Rule) -> Rule:
        _NEEDS[rule] = frozenset(names)
        return rule

    return note


def needed_by(rule: Rule) -> frozenset[str]:
    """The names that a rule reads."""
    return _NEEDS.get(rule, frozenset())
