"""`training.optimizer_options` against what the optimizer's constructor takes."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from typing import Any

from lora_wizard.errors import Problem, TrainingError
from lora_wizard.recipe.optimizing import option_parts
from lora_wizard.train.optimizers.registry import OptimizerKind

WHERE = "training.optimizer_options"


def options_of(kind: OptimizerKind, given: tuple[str, ...]) -> dict[str, Any]:
    """The arguments that a recipe adds, by name, as Python values.

    Args:
        given: `name=value` each; the recipe has seen to it that they have this form.

    Raises:
        TrainingError: with every name that the constructor does not have, and every value of
            another kind than its default.
    """
    known = _parameters(kind)
    found: dict[str, Any] = {}
    problems = []
    for option in given:
        name, value = option_parts(option)
        problem = _unknown(name, known) or _unfit(name, value, known[name])
        if problem is None:
            found[name] = value
        else:
            problems.append(problem)
    if problems:
        raise TrainingError(
            f"{kind.name} cannot be made with these options:", where=WHERE, problems=problems
        )
    return found


def _parameters(kind: OptimizerKind) -> Mapping[str, Any]:
    """The arguments that may be given, with their defaults."""
    parameters = inspect.signature(kind.load()).parameters.values()
    return {
        one.name: kind.options.get(one.name, one.default)
        for one in parameters
        if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY) and one.name not in kind.fixed
    }


def _unknown(name: str, known: Mapping[str, Any]) -> Problem | None:
    if name in known:
        return None
    near = difflib.get_close_matches(name, known, n=1)
    fix = f"Did you mean {near[0]}?" if near else f"It has: {', '.join(sorted(known))}"
    return Problem(f"{WHERE}: {name}", "there is no such option", fix)


def _unfit(name: str, value: Any, default: Any) -> Problem | None:
    """Values are compared with the default's kind where that tells it."""
    wanted = None
    if isinstance(default, bool):
        wanted = None if isinstance(value, bool) else "True or False"
    elif isinstance(default, int | float):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        wanted = None if is_number else "a number"
    elif isinstance(default, tuple):
        is_alike = isinstance(value, tuple) and len(value) == len(default)
        wanted = None if is_alike else f"{len(default)} numbers, such as {name}={default}"
    if wanted is None:
        return None
    return Problem(f"{WHERE}: {name}", f"{value!r} does not do", f"Give {wanted}")
