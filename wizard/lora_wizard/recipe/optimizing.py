"""The optimizers by name, and the form of their options. Which exist is said here once."""

from __future__ import annotations

import ast
from typing import Any, Literal

Optimizer = Literal[
    "adamw", "adamw8bit", "lion", "lion8bit", "adafactor", "prodigy", "adamw_schedule_free"
]

OWN_KEYS = {
    "lr": "training.learning_rate",
    "weight_decay": "training.weight_decay",
    "warmup_steps": "training.warmup_ratio",
}
"""Arguments of optimizers that are settings of their own here."""

FINDS_RATE: frozenset[Optimizer] = frozenset({"prodigy"})
"""Optimizers for which the learning rate is a factor, best left at 1, and one for all parts."""

SCHEDULE_FREE: frozenset[Optimizer] = frozenset({"adamw_schedule_free"})
"""Optimizers that average their own weights in place of a falling rate: they know no schedule."""


def option_parts(option: str) -> tuple[str, Any]:
    """The name and the value of `name=value`: a value is Python's, or else a text.

    Raises:
        ValueError: it has not this form.
    """
    name, sign, text = option.partition("=")
    if not sign or not name.strip().isidentifier():
        raise ValueError(f"{option!r} is not name=value")
    for read in (ast.literal_eval, float):  # the second for `inf`
        try:
            return name.strip(), read(text.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
    return name.strip(), text.strip()


def wrong_options(options: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """What is wrong with the form of `optimizer_options`: key, what, fix."""
    findings = []
    seen: set[str] = set()
    for option in options:
        try:
            name, _ = option_parts(option)
        except ValueError as error:
            findings.append((str(error), 'Write it as "betas=(0.9, 0.99)".'))
            continue
        if name in OWN_KEYS:
            findings.append((f"{name} has a key of its own", f"Set {OWN_KEYS[name]}."))
        if name in seen:
            findings.append((f"{name} stands twice", "Keep one of them."))
        seen.add(name)
    return [("optimizer_options", what, fix) for what, fix in findings]
