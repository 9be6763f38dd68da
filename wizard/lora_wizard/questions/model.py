"""The base model, and an earlier LoRA to go on from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from lora_wizard.errors import Problem
from lora_wizard.questions.context import EMBEDDED, Context
from lora_wizard.questions.files import wrong_base, wrong_lora, wrong_vae
from lora_wizard.questions.question import (
    Kind,
    Put,
    Question,
    Suggest,
    Suggestion,
    Value,
    kept,
    start_reason,
)
from lora_wizard.questions.texts import text
from lora_wizard.recipe.source import Family


def _suggest_base(context: Context) -> Suggestion:
    own = context.start.model.base
    if own == EMBEDDED:
        return Suggestion(own, text("model.base.reason", context.language))
    return Suggestion(own, start_reason(context, True))


def _base_there(value: Value, context: Context) -> tuple[Problem, ...]:
    if not value:
        what = text("problem.no_base", context.language)
        return (Problem("model.base", what, text("fix.base", context.language)),)
    if value != EMBEDDED and context.look(Path(str(value)).expanduser()) == "missing":
        what = text("problem.missing", context.language, path=value)
        return (Problem("model.base", what, text("fix.base", context.language)),)
    if value != EMBEDDED and (kind := wrong_base(Path(str(value)).expanduser())):
        what = text("problem.wrong_kind", context.language, path=value, kind=kind)
        return (Problem("model.base", what, text("fix.base", context.language)),)
    return ()


def _lora_there(value: Value, context: Context) -> tuple[Problem, ...]:
    if value and context.look(Path(str(value)).expanduser()) != "file":
        what = text("problem.missing_file", context.language, path=value)
        fix = text("fix.lora", context.language)
        return (Problem("network.continue_from", what, fix),)
    if value and (kind := wrong_lora(Path(str(value)).expanduser())):
        what = text("problem.wrong_kind", context.language, path=value, kind=kind)
        fix = text("fix.lora", context.language)
        return (Problem("network.continue_from", what, fix),)
    return ()


def _vae_there(value: Value, context: Context) -> tuple[Problem, ...]:
    if value and context.look(Path(str(value)).expanduser()) == "missing":
        what = text("problem.missing", context.language, path=value)
        return (Problem("model.vae", what, text("fix.vae", context.language)),)
    if value and (kind := wrong_vae(Path(str(value)).expanduser())):
        what = text("problem.wrong_kind", context.language, path=value, kind=kind)
        return (Problem("model.vae", what, text("fix.vae", context.language)),)
    return ()


def _knows_clip_skip(context: Context) -> bool:
    return context.family != "sdxl"


def _suggest_flag(key: str) -> Suggest:
    def suggest(context: Context) -> Suggestion:
        found = kept(key)(context)
        words = {None: "auto", True: "yes", False: "no"}
        return Suggestion(words[_flag(found.value)], found.reason)

    return suggest


def _flag(value: Value) -> bool | None:
    return value if isinstance(value, bool) else None


def _put_flag(key: str) -> Put:
    def put(value: Value, context: Context) -> Mapping[str, Any]:
        meaning = {"auto": None, "yes": True, "no": False}
        return {key: meaning.get(str(value), value)}

    return put


def _flag_of_the_base(key: str) -> Question:
    """Yes, no, or what the base's file says."""
    return Question(
        key,
        Kind.CHOICE,
        _suggest_flag(key),
        put=_put_flag(key),
        choices=("auto", "yes", "no"),
        expert=True,
    )


BASE = Question("model.base", Kind.MODEL, _suggest_base, also_check=_base_there)
CONTINUE_FROM = Question(
    "network.continue_from",
    Kind.FILE,
    kept("network.continue_from"),
    also_check=_lora_there,
    optional=True,
)
VAE = Question(
    "model.vae",
    Kind.FILE,
    kept("model.vae"),
    also_check=_vae_there,
    expert=True,
    optional=True,
)
FAMILY = Question(
    "model.family",
    Kind.CHOICE,
    kept("model.family"),
    choices=get_args(Family),
    expert=True,
)
CLIP_SKIP = Question(
    "model.clip_skip",
    Kind.NUMBER,
    kept("model.clip_skip"),
    applies=_knows_clip_skip,
    expert=True,
)
V_PREDICTION = _flag_of_the_base("model.v_prediction")
ZERO_TERMINAL_SNR = _flag_of_the_base("model.zero_terminal_snr")
