"""The wizard's flow: where one stands, what was answered, and every step from there. Pure.

A `Flow` is frozen; each step gives the next one. It keeps only what the user gave. Everything
else (suggestions, the recipe, what is wrong) is computed from that, so going back loses nothing
and a suggestion is never out of date. It refuses to change an answer that the user gave.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from lora_wizard.dataset import Dataset
from lora_wizard.errors import Problem, RecipeError
from lora_wizard.flow.resolve import Resolved, resolve
from lora_wizard.questions import (
    ALL,
    BY_KEY,
    MAIN,
    MORE,
    Family,
    Language,
    Look,
    Question,
    Suggestion,
    Value,
    located,
    look_at,
)
from lora_wizard.recipe import Recipe

__all__ = ["REVIEW", "Begin", "Flow", "ScanKey"]

REVIEW = "review"
"""The place after the last question."""

ScanKey = tuple[str, ...]
"""What a scan depends on: folders, the ending of captions, and what is held out."""


def _nothing() -> Mapping[str, Value]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Begin:
    """What a flow starts from."""

    kind: Literal["defaults", "preset", "file", "import"] = "defaults"
    """`file` is a recipe; `import` is what another program's file was translated to."""
    name: str = ""
    """The preset's name or the file's path; empty for the defaults."""
    recipe: Recipe = field(default_factory=Recipe)


@dataclass(frozen=True)
class Flow:
    """One state of the wizard. Make the first one with `Flow(Begin(...), given={...})`."""

    begin: Begin = field(default_factory=Begin)
    given: Mapping[str, Value] = field(default_factory=_nothing)
    """The user's own answers by question key; everything else is suggested."""
    place: str = MAIN[0].key
    """The key of the question shown, or `REVIEW`."""
    returning: bool = False
    """Whether the next step leads back to the review, where the user came from."""
    dataset: Dataset | None = None
    """The scan of some folders; counts only while the answers name the same ones."""
    scanned: ScanKey = ()
    """What was scanned for `dataset`, as `scan_key` was then."""
    base_family: Family | None = None
    """Of the base's file, as `look_at_base` read it."""
    look: Look = look_at
    language: Language = "en"

    @cached_property
    def resolved(self) -> Resolved:
        """All that follows from the answers."""
        found = self._resolve(self.dataset)
        stale = self.dataset is not None and _scan_key(found.context.recipe) != self.scanned
        return self._resolve(None) if stale else found

    @property
    def scan_key(self) -> ScanKey:
        """What has to be scanned for the answers as they are; compare it with `scanned`."""
        return _scan_key(self.recipe)

    @property
    def counted(self) -> Dataset | None:
        """The pictures of these very answers, in their buckets; None until they are scanned."""
        return self.resolved.context.dataset

    # What is shown

    @property
    def question(self) -> Question | None:
        """The question shown; None at the review."""
        return None if self.place == REVIEW else BY_KEY[self.place]

    @property
    def questions(self) -> tuple[Question, ...]:
        """Those that apply and are asked, in order; the expert ones only when wished for."""
        more = self.value(MORE.key) is True
        applying = self.resolved.applying
        return tuple(one for one in ALL if one.key in applying and (more or not one.expert))

    @property
    def reviewed(self) -> tuple[Question, ...]:
        """The rows of the review: all that apply, asked or not."""
        return tuple(one for one in ALL if one.key in self.resolved.applying and one != MORE)

    @property
    def position(self) -> tuple[int, int]:
        """Number of the question shown, from 1, and of all that are asked."""
        keys = [question.key for question in self.questions]
        place = keys.index(self.place) + 1 if self.place in keys else len(keys)
        return place, len(keys)

    def suggestion(self, key: str) -> Suggestion:
        """The answer offered for a question as things are now."""
        return self.resolved.suggestions[key]

    def value(self, key: str) -> Value:
        """The answer that counts: the user's own, or the suggestion."""
        return self.given[key] if key in self.given else self.suggestion(key).value

    def is_given(self, key: str) -> bool:
        """Whether the user answered it, rather than took the suggestion."""
        return key in self.given

    def check(self, key: str, value: Value) -> tuple[Problem, ...]:
        """What is wrong with an answer before it is given: the live check."""
        return BY_KEY[key].check(value, self.resolved.context)

    @property
    def problems(self) -> Mapping[str, tuple[Problem, ...]]:
        """What is wrong with the answers that count, by question; empty where one may start."""
        return self.resolved.problems

    # Steps

    def answer(self, value: Value) -> Flow:
        """Gives the user's own answer to the question shown, and goes on.

        Raises:
            RecipeError: the answer will not do, with all that is wrong with it.
        """
        if self.question is None:
            return self
        problems = self.check(self.place, value)
        if problems:
            raise RecipeError("this answer will not do:", where=self.place, problems=problems)
        return replace(self, given=self._with(self.place, value))._onwards()

    def accept(self) -> Flow:
        """Leaves the question shown as it stands, the suggestion or the user's answer; goes on.

        Raises:
            RecipeError: what stands there will not do.
        """
        if self.question is None:
            return self
        problems = self.problems.get(self.place, ())
        if problems:
            raise RecipeError("this answer will not do:", where=self.place, problems=problems)
        return self._onwards()

    def take_suggestion(self) -> Flow:
        """Takes the user's own answer to the question shown back; stays there."""
        given = {key: value for key, value in self.given.items() if key != self.place}
        return replace(self, given=MappingProxyType(given))

    def back(self) -> Flow:
        """To the question before; to the review where the user came from there."""
        if self.returning:
            return replace(self, place=REVIEW, returning=False)
        keys = [question.key for question in self.questions]
        if self.place == REVIEW:
            return replace(self, place=keys[-1])
        order = [question.key for question in ALL]
        before = [key for key in keys if order.index(key) < order.index(self.place)]
        return replace(self, place=before[-1] if before else self.place)

    def jump(self, key: str) -> Flow:
        """To any question that applies; from the review, the next step leads back there.

        Raises:
            KeyError: there is no such question, or it does not apply.
        """
        if key == REVIEW:
            return self.to_review()
        if key not in self.resolved.applying:
            raise KeyError(key)
        from_review = self.place == REVIEW or self.returning
        return replace(self, place=key, returning=from_review)

    def to_review(self) -> Flow:
        """Straight to the review, whatever is still unanswered."""
        return replace(self, place=REVIEW, returning=False)

    def restart(self, begin: Begin) -> Flow:
        """Another start under the same answers, from the first question on."""
        return replace(self, begin=begin, place=MAIN[0].key, returning=False)

    def with_given(self, answers: Mapping[str, Value]) -> Flow:
        """Answers that came with the command line, such as `data.images`; the place stays.

        Raises:
            KeyError: there is no such question.
        """
        unknown = [key for key in answers if key not in BY_KEY]
        if unknown:
            raise KeyError(unknown[0])
        return replace(self, given=MappingProxyType({**self.given, **answers}))

    def with_dataset(self, dataset: Dataset | None, scanned: ScanKey) -> Flow:
        """With the pictures of a scan; None where it failed. `scanned` is its `scan_key`."""
        return replace(self, dataset=dataset, scanned=scanned)

    def with_base_family(self, family: Family | None) -> Flow:
        """With what the base's file was found to be."""
        return replace(self, base_family=family)

    def with_language(self, language: Language) -> Flow:
        """With reasons in another language."""
        return replace(self, language=language)

    # Results

    @property
    def recipe(self) -> Recipe:
        """The recipe as it stands; answers with problems are left out of it."""
        return self.resolved.context.recipe

    def result(self) -> Recipe:
        """The recipe to train.

        Raises:
            RecipeError: some answers will not do, with all that is wrong with them.
        """
        problems = [problem for found in self.problems.values() for problem in found]
        if problems:
            raise RecipeError("some answers will not do yet:", problems=problems)
        return self.recipe

    @property
    def output(self) -> str:
        """The run's folder; empty for the next free one."""
        return located(str(self.value("start.output") or ""))

    def _resolve(self, dataset: Dataset | None) -> Resolved:
        return resolve(
            self.begin.recipe,
            self.begin.name,
            self.given,
            dataset=dataset,
            base_family=self.base_family,
            look=self.look,
            language=self.language,
        )

    def _with(self, key: str, value: Value) -> Mapping[str, Value]:
        return MappingProxyType({**self.given, key: value})

    def _onwards(self) -> Flow:
        if self.returning:
            return replace(self, place=REVIEW, returning=False)
        order = [question.key for question in ALL]
        here = order.index(self.place)
        after = [one.key for one in self.questions if order.index(one.key) > here]
        return replace(self, place=after[0] if after else REVIEW)


def _scan_key(recipe: Recipe) -> ScanKey:
    data, held = recipe.data, recipe.validation
    apart = (held.images, str(held.share), str(held.seed)) if held.is_on else ()
    return (data.images, data.regularisation, data.caption_extension, *apart)
