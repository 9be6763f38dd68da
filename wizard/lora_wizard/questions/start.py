"""Where to begin and where to go: questions whose answers are no part of a recipe."""

from __future__ import annotations

from pathlib import Path

from lora_wizard.errors import Problem
from lora_wizard.questions.context import Context
from lora_wizard.questions.question import Kind, Question, Suggestion, Value
from lora_wizard.questions.texts import text

BEGINNINGS = ("defaults", "preset", "file", "run")


def _defaults(context: Context) -> Suggestion:
    return Suggestion("defaults", text("start.from.reason", context.language))


def _output(context: Context) -> Suggestion:
    return Suggestion("", text("start.output.reason", context.language))


def _output_free(value: Value, context: Context) -> tuple[Problem, ...]:
    if value and context.look(Path(str(value)).expanduser()) == "file":
        what = text("problem.output_is_file", context.language, path=value)
        return (Problem("start.output", what, text("fix.another_folder", context.language)),)
    return ()


def _no_more(context: Context) -> Suggestion:
    return Suggestion(False, text("start.more.reason", context.language))


BEGIN = Question("start.from", Kind.CHOICE, _defaults, recipe_keys=(), choices=BEGINNINGS)
"""Asked before all others; its answer decides which recipe a flow starts from."""

OUTPUT = Question(
    "start.output",
    Kind.FOLDER,
    _output,
    also_check=_output_free,
    recipe_keys=(),
    optional=True,
)
"""The run's folder; empty takes the next free one in `runs/`."""

MORE = Question("start.more", Kind.YES_NO, _no_more, recipe_keys=())
"""Whether to see the expert questions."""
