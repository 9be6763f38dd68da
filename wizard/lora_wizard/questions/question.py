"""One question of the wizard, as data. The screen that shows it knows nothing of LoRAs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lora_wizard.errors import Problem
from lora_wizard.questions.context import EMBEDDED, Context, located
from lora_wizard.questions.reading import Value, read_value, show_value
from lora_wizard.questions.texts import Language, text
from lora_wizard.recipe import Recipe
from lora_wizard.recipe.problems import find_problems

__all__ = ["PATH_KINDS", "Kind", "Question", "Suggestion", "Value", "kept", "recipe_data"]


class Kind(StrEnum):
    """What is typed or chosen."""

    FILE = "file"
    FOLDER = "folder"
    MODEL = "model"
    """A checkpoint file, a diffusers folder, or the word `paperdoll`."""
    CHOICE = "choice"
    NUMBER = "number"
    YES_NO = "yes_no"
    TEXT = "text"
    PROMPTS = "prompts"
    """Lines of text, such as one prompt each."""
    SIZE = "size"
    """`512` or `512x768`."""
    LENGTH = "length"
    """`12 epochs` or `3200 steps`; a bare number means epochs."""


PATH_KINDS = frozenset({Kind.FILE, Kind.FOLDER, Kind.MODEL})
"""Kinds whose answers go into the recipe as absolute paths."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The answer offered, and the sentence that says why."""

    value: Value
    reason: str


Suggest = Callable[[Context], Suggestion]
Applies = Callable[[Context], bool]
Check = Callable[[Value, Context], tuple[Problem, ...]]
Put = Callable[[Value, Context], Mapping[str, Any]]


def _always(context: Context) -> bool:
    return True


def _nothing_more(value: Value, context: Context) -> tuple[Problem, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Question:
    """One question. Its texts lie in `texts/` under its key."""

    key: str
    """Names the answer; where the answer lands in the recipe, such as `network.rank`."""
    kind: Kind
    suggest: Suggest
    applies: Applies = _always
    """Whether it makes sense after the answers before it."""
    also_check: Check = _nothing_more
    """What the recipe itself cannot see: whether a file is there, whether pictures fit."""
    recipe_keys: tuple[str, ...] | None = None
    """The recipe's keys that it settles where that is not just `key`; () where there are none."""
    put: Put | None = None
    """Recipe keys and values of an answer (None: unset), where that is not just `key: value`."""
    choices: tuple[str, ...] = ()
    optional: bool = False
    """Whether nothing may be answered: an empty text, or no number."""
    expert: bool = False
    """Asked only behind "more questions?"."""

    @property
    def group(self) -> str:
        """The theme: the part of the key before the dot, such as `network`."""
        return self.key.partition(".")[0]

    @property
    def settles(self) -> tuple[str, ...]:
        """The recipe's keys that an answer decides."""
        return (self.key,) if self.recipe_keys is None else self.recipe_keys

    def title(self, language: Language = "en") -> str:
        """The question itself, short."""
        return text(f"{self.key}.title", language)

    def why(self, language: Language = "en") -> str:
        """What it changes and when to change it, with what was seen in experiments."""
        return text(f"{self.key}.why", language)

    def help(self, language: Language = "en") -> str:
        """The page behind F1."""
        return text(f"{self.key}.help", language)

    def choice(self, value: str, language: Language = "en") -> str:
        """What a choice means, in a few words."""
        return text(f"{self.key}.choices.{value}", language)

    def read(self, typed: str) -> Value:
        """The value of a typed text. What makes no sense stays a text, for `check` to refuse."""
        return read_value(self.kind.value, typed, optional=self.optional)

    def show(self, value: Value) -> str:
        """The value as it stands in the field: `read` of it gives the value back."""
        return show_value(self.kind.value, value)

    def settings(self, value: Value, context: Context) -> Mapping[str, Any]:
        """The recipe's keys and values that this answer means."""
        if self.put is not None:
            return self.put(value, context)
        if self.kind in PATH_KINDS and isinstance(value, str) and value != EMBEDDED:
            return {key: located(value) for key in self.settles}
        return {key: value for key in self.settles}

    def check(self, value: Value, context: Context) -> tuple[Problem, ...]:
        """What is wrong with an answer; empty where it will do. The recipe's own rules first."""
        if self.choices and value not in self.choices and not self.settles:
            what = f"{value!r} is none of the choices"
            return (Problem(self.key, what, f"Choose one of {', '.join(self.choices)}."),)
        if self.kind is Kind.YES_NO and not isinstance(value, bool):
            what = f"{value!r} is neither yes nor no"
            return (Problem(self.key, what, "Answer yes or no."),)
        own = self.also_check(value, context)
        if own or not self.settles:
            return own
        # The recipe in the context is sound, so whatever is found comes of this answer.
        data = recipe_data(context.recipe, self.settings(value, context))
        return tuple(Problem(key, what, fix) for key, what, fix in find_problems(data))


def kept(key: str) -> Suggest:
    """The suggestion to leave a setting as the start has it."""

    def suggest(context: Context) -> Suggestion:
        table, _, name = key.partition(".")
        value = getattr(getattr(context.start, table), name)
        plain = getattr(getattr(Recipe(), table), name)
        if value in ("", None, ()):
            return Suggestion(value, text("reason.empty", context.language))
        return Suggestion(value, start_reason(context, value != plain))

    return suggest


def start_reason(context: Context, changed: bool) -> str:
    """Why a value is offered that was not computed."""
    if changed and context.start_name:
        return text("reason.start", context.language, name=context.start_name)
    return text("reason.default", context.language)


def recipe_data(recipe: Recipe, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe as tables with these settings put in. None unsets; nothing is checked.

    The scheduler `constant` takes the warm-up with it, as it does in a recipe file.
    """
    data = recipe.model_dump(exclude_none=True)
    if settings.get("training.scheduler") == "constant":
        data["training"].pop("warmup_ratio", None)
    for key, value in settings.items():
        table, _, name = key.partition(".")
        if value is None:
            data[table].pop(name, None)
        else:
            data[table][name] = value
    return data
