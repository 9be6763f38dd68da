"""The pictures: where they lie, at which size, and what is done to them and their captions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lora_wizard.dataset import bucket_problems
from lora_wizard.errors import Problem
from lora_wizard.questions.context import Context
from lora_wizard.questions.files import holds_pictures
from lora_wizard.questions.pacing import repeats
from lora_wizard.questions.question import (
    Kind,
    Question,
    Suggestion,
    Value,
    kept,
    recipe_data,
    start_reason,
)
from lora_wizard.questions.texts import text
from lora_wizard.recipe import DataSettings, Recipe
from lora_wizard.recipe.problems import find_problems

NATIVE_SIZES: Mapping[str, int] = {"paperdoll": 64, "sd1": 512, "sd2": 768, "sdxl": 1024}
"""What each family's bases were trained at, in pixels a side."""

_BUCKET_KEYS = ("data.bucket_min", "data.bucket_max", "data.bucket_step")
_COARSE_FROM = 256
"""Sides from which buckets go in steps of 64 pixels, below in steps of 16."""


def bucket_limits(size: tuple[int, int]) -> dict[str, int]:
    """Limits of the buckets that suit a resolution: half of its shorter side, twice its longer."""
    shorter, longer = min(size), max(size)
    step = 64 if shorter >= _COARSE_FROM else 16
    least = max(8, shorter // 2 // 8 * 8)
    return dict(zip(_BUCKET_KEYS, (least, min(8192, longer * 2), step), strict=True))


def _size_settings(value: Value, context: Context) -> Mapping[str, Any]:
    """The resolution, and limits of buckets that go with it, unless the start has its own."""
    settings: dict[str, Any] = {"data.resolution": value}
    plain = DataSettings()
    names = [key.partition(".")[2] for key in _BUCKET_KEYS]
    is_plain = all(getattr(context.start.data, name) == getattr(plain, name) for name in names)
    usable = isinstance(value, tuple) and all(isinstance(side, int) for side in value)
    if is_plain and usable and len(value) == 2 and value != context.start.data.resolution:  # type: ignore[arg-type]
        settings |= bucket_limits(value)  # type: ignore[arg-type]
    return settings


def _suggest_size(context: Context) -> Suggestion:
    own = context.start.data.resolution
    if own != DataSettings().resolution:
        return Suggestion(own, start_reason(context, True))
    if context.family is None:
        return Suggestion(own, text("data.resolution.reason_unknown", context.language))
    side = NATIVE_SIZES[context.family]
    reason = text("data.resolution.reason", context.language, side=side)
    return Suggestion((side, side), reason)


def _size_fits(value: Value, context: Context) -> tuple[Problem, ...]:
    data = recipe_data(context.recipe, _size_settings(value, context))
    if find_problems(data):
        return ()  # the recipe's own check says it
    return bucket_problems(Recipe.model_validate(data).data)


def folder_there(key: str, *, needed: bool) -> Any:
    """A check that an answer is a folder."""

    def check(value: Value, context: Context) -> tuple[Problem, ...]:
        if not value:
            if not needed:
                return ()
            what = text("problem.no_images", context.language)
            return (Problem(key, what, text("fix.images", context.language)),)
        kind = context.look(Path(str(value)).expanduser())
        if kind == "folder":
            if holds_pictures(Path(str(value)).expanduser()):
                return ()
            what = text("problem.no_pictures_in", context.language, path=value)
            return (Problem(key, what, text("fix.pictures", context.language)),)
        word = "problem.missing" if kind == "missing" else "problem.not_a_folder"
        what = text(word, context.language, path=value)
        return (Problem(key, what, text("fix.images", context.language)),)

    return check


def _suggest_images(context: Context) -> Suggestion:
    own = context.start.data.images
    reason = start_reason(context, True) if own else text("data.images.reason", context.language)
    return Suggestion(own, reason)


def _shuffles(context: Context) -> bool:
    return context.recipe.data.shuffle_captions


def _has_bare_folder(context: Context) -> bool:
    """Whether no folder's name says how often its pictures are seen."""
    if context.dataset is None:
        return False
    return any(one.is_bare and not one.is_regularisation for one in context.dataset.folders)


def _has_transparency(context: Context) -> bool:
    return context.dataset is None or any(one.has_alpha for one in context.dataset.pictures)


IMAGES = Question(
    "data.images",
    Kind.FOLDER,
    _suggest_images,
    also_check=folder_there("data.images", needed=True),
)
REGULARISATION = Question(
    "data.regularisation",
    Kind.FOLDER,
    kept("data.regularisation"),
    also_check=folder_there("data.regularisation", needed=False),
    optional=True,
)
RESOLUTION = Question(
    "data.resolution",
    Kind.SIZE,
    _suggest_size,
    also_check=_size_fits,
    recipe_keys=("data.resolution", *_BUCKET_KEYS),
    put=_size_settings,
)
REPEATS = Question("data.repeats", Kind.NUMBER, repeats, applies=_has_bare_folder)
SHUFFLE = Question("data.shuffle_captions", Kind.YES_NO, kept("data.shuffle_captions"))
KEEP_TOKENS = Question("data.keep_tokens", Kind.NUMBER, kept("data.keep_tokens"), applies=_shuffles)
CAPTION_EXTENSION = Question(
    "data.caption_extension", Kind.TEXT, kept("data.caption_extension"), expert=True
)
FLIP = Question("data.flip", Kind.YES_NO, kept("data.flip"), expert=True)
BUCKETS = Question("data.buckets", Kind.YES_NO, kept("data.buckets"), expert=True)
NO_UPSCALE = Question(
    "data.bucket_no_upscale",
    Kind.YES_NO,
    kept("data.bucket_no_upscale"),
    applies=lambda context: context.recipe.data.buckets,
    expert=True,
)
BACKGROUND = Question(
    "data.background",
    Kind.TEXT,
    kept("data.background"),
    applies=_has_transparency,
    expert=True,
)
ALPHA_MASK = Question(
    "data.alpha_mask",
    Kind.YES_NO,
    kept("data.alpha_mask"),
    applies=_has_transparency,
    expert=True,
)
CAPTION_DROPOUT = Question(
    "data.caption_dropout", Kind.NUMBER, kept("data.caption_dropout"), expert=True
)
TAG_DROPOUT = Question("data.tag_dropout", Kind.NUMBER, kept("data.tag_dropout"), expert=True)
CAPTION_TOKENS = Question(
    "data.caption_tokens", Kind.NUMBER, kept("data.caption_tokens"), expert=True
)
WILDCARDS = Question("data.wildcards", Kind.YES_NO, kept("data.wildcards"), expert=True)
CAPTION_PREFIX = Question(
    "data.caption_prefix", Kind.TEXT, kept("data.caption_prefix"), optional=True, expert=True
)
CAPTION_SUFFIX = Question(
    "data.caption_suffix", Kind.TEXT, kept("data.caption_suffix"), optional=True, expert=True
)
DROPOUT_EPOCHS = Question(
    "data.caption_dropout_every_epochs",
    Kind.NUMBER,
    kept("data.caption_dropout_every_epochs"),
    expert=True,
)
