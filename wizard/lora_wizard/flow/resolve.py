"""From the answers given to everything that follows: suggestions, recipe, and what is wrong. Pure.

The questions are gone through twice: a suggestion may depend on a question that comes later, such
as the number of epochs on the resolution, and the second time that one is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from pydantic import ValidationError

from lora_wizard.dataset import Dataset, bucket_problems, choose_bucket, with_repeats
from lora_wizard.errors import Problem
from lora_wizard.questions import (
    ALL,
    Context,
    Family,
    Language,
    Look,
    Question,
    Suggestion,
    Value,
    recipe_data,
)
from lora_wizard.recipe import DataSettings, Recipe


@dataclass(frozen=True, slots=True)
class Resolved:
    """All that follows from the answers."""

    context: Context
    """The world with all answers in; its recipe leaves out what has problems."""
    suggestions: Mapping[str, Suggestion]
    """Of every question, also of those that do not apply."""
    applying: frozenset[str]
    """Keys of the questions that make sense with these answers."""
    problems: Mapping[str, tuple[Problem, ...]]


def resolve(
    start: Recipe,
    start_name: str,
    given: Mapping[str, Value],
    *,
    dataset: Dataset | None,
    base_family: Family | None,
    look: Look,
    language: Language,
) -> Resolved:
    """Goes through all questions in order and puts answers and suggestions into the start.

    Args:
        start: the recipe that the flow began with; it stays as it is.
        start_name: of its preset or file; empty for the defaults.
        given: the user's own answers by question key.
        dataset: the scan of the pictures, in whatever buckets.
        base_family: what the base's file was found to be.
    """
    fitting = None if dataset is None else fitted(dataset, start.data)
    context = Context(start, start, start_name, fitting, look=look, language=language)
    suggestions: dict[str, Suggestion] = {}
    applying: frozenset[str] = frozenset()
    for _ in range(2):
        context, suggestions, applying = _walk(context, given, base_family)
    problems = {
        one.key: found
        for one in ALL
        if one.key in applying and (found := one.check(_value(one, given, suggestions), context))
    }
    return Resolved(context, suggestions, applying, problems)


def _walk(
    context: Context,
    given: Mapping[str, Value],
    base_family: Family | None,
) -> tuple[Context, dict[str, Suggestion], frozenset[str]]:
    suggestions: dict[str, Suggestion] = {}
    applying = set()
    for question in ALL:
        context = _seen(context, base_family)
        suggestions[question.key] = question.suggest(context)
        if not question.applies(context):
            context = _put(context, question, _unasked(question, context))
            continue
        applying.add(question.key)
        context = _put(context, question, _value(question, given, suggestions))
    return _seen(context, base_family), suggestions, frozenset(applying)


def _value(
    question: Question, given: Mapping[str, Value], suggestions: Mapping[str, Suggestion]
) -> Value:
    return given[question.key] if question.key in given else suggestions[question.key].value


def _put(context: Context, question: Question, settings: Value | Mapping[str, object]) -> Context:
    """The context with an answer in its recipe, unless the recipe would be none with it."""
    if not question.settles:
        return context
    if not isinstance(settings, Mapping):
        settings = question.settings(settings, context)
    try:
        recipe = Recipe.model_validate(recipe_data(context.recipe, settings))
    except ValidationError:
        return context
    if context.dataset is None or recipe.data == context.recipe.data:
        return replace(context, recipe=recipe)
    return replace(context, recipe=recipe, dataset=fitted(context.dataset, recipe.data))


def _unasked(question: Question, context: Context) -> Mapping[str, object]:
    """What a question that does not apply leaves behind: the start's values."""
    found = {}
    for key in question.settles:
        table, _, name = key.partition(".")
        found[key] = getattr(getattr(context.start, table), name)
    return found


def _seen(context: Context, base_family: Family | None) -> Context:
    """The context with the base's family: asked for, embedded, or as its file says."""
    model = context.recipe.model
    family = base_family if model.family == "auto" else cast(Family, model.family)
    return replace(context, family="paperdoll" if context.is_embedded else family)


def fitted(dataset: Dataset, data: DataSettings) -> Dataset:
    """The same pictures in the buckets, and as often, as other settings have it."""
    return with_repeats(rebucketed(dataset, data), data)


def rebucketed(dataset: Dataset, data: DataSettings) -> Dataset:
    """The same pictures in the buckets that other settings give them; nothing is read again."""
    if bucket_problems(data):
        return dataset
    sizes = {(one.width, one.height) for one in dataset.pictures}
    buckets = {size: choose_bucket(*size, data) for size in sizes}
    if all(one.bucket == buckets[one.width, one.height] for one in dataset.pictures):
        return dataset
    pictures = (replace(one, bucket=buckets[one.width, one.height]) for one in dataset.pictures)
    return replace(dataset, pictures=tuple(pictures))
