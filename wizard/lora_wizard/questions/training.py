"""How long, how fast, and by which rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from lora_wizard.dataset import nearest_epochs
from lora_wizard.errors import Problem
from lora_wizard.questions.context import Context
from lora_wizard.questions.pacing import epoch_steps
from lora_wizard.questions.question import Kind, Question, Suggestion, Value, kept, start_reason
from lora_wizard.questions.reading import length_parts
from lora_wizard.questions.texts import text
from lora_wizard.recipe import DEFAULT_STEPS
from lora_wizard.recipe.optimizing import FINDS_RATE, SCHEDULE_FREE, Optimizer
from lora_wizard.recipe.training import Compile, Quantise, Scheduler

_LENGTH_KEYS = ("training.epochs", "training.steps")


def _suggest_length(context: Context) -> Suggestion:
    """Whole epochs nearest to the steps wished for; those steps while nothing is counted."""
    start = context.start.training
    if start.epochs is not None:
        return Suggestion(f"{start.epochs} epochs", start_reason(context, True))
    wished = start.steps or DEFAULT_STEPS
    per_epoch = epoch_steps(context)
    if not per_epoch:
        reason = text("training.length.reason_uncounted", context.language, steps=wished)
        return Suggestion(f"{wished} steps", reason)
    epochs = nearest_epochs(wished, per_epoch)
    reason = text(
        "training.length.reason",
        context.language,
        epochs=epochs,
        per_epoch=per_epoch,
        steps=epochs * per_epoch,
        wished=wished,
    )
    return Suggestion(f"{epochs} epochs", reason)


def _length_settings(value: Value, context: Context) -> Mapping[str, Any]:
    parts = length_parts(value)
    if parts is None:
        return {"training.epochs": value, "training.steps": None}
    count, unit = parts
    other = "training.steps" if unit == "epochs" else "training.epochs"
    return {f"training.{unit}": count, other: None}


def _is_length(value: Value, context: Context) -> tuple[Problem, ...]:
    if length_parts(value) is None:
        what = text("problem.length", context.language, value=value)
        return (Problem("training.length", what, text("fix.length", context.language)),)
    return ()


def _trains(part: str) -> Any:
    def applies(context: Context) -> bool:
        return context.recipe.network.parts in ("both", part)

    return applies


def _has_two_encoders(context: Context) -> bool:
    return context.family == "sdxl" and context.recipe.network.parts != "unet"


def _scheduled(*names: str) -> Any:
    def applies(context: Context) -> bool:
        return context.recipe.training.scheduler in names

    return applies


def _warms_up(context: Context) -> bool:
    return context.recipe.training.scheduler != "constant"


def _has_regularisation(context: Context) -> bool:
    return bool(context.recipe.data.regularisation)


def _expert(key: str, kind: Kind = Kind.NUMBER, choices: tuple[str, ...] = ()) -> Question:
    return Question(key, kind, kept(key), choices=choices, expert=True)


BATCH_SIZE = Question("training.batch_size", Kind.NUMBER, kept("training.batch_size"))
LENGTH = Question(
    "training.length",
    Kind.LENGTH,
    _suggest_length,
    also_check=_is_length,
    recipe_keys=_LENGTH_KEYS,
    put=_length_settings,
)
LEARNING_RATE = Question("training.learning_rate", Kind.NUMBER, kept("training.learning_rate"))
TEXT_ENCODER_LR = Question(
    "training.text_encoder_lr",
    Kind.NUMBER,
    kept("training.text_encoder_lr"),
    applies=_trains("text_encoder"),
    optional=True,
)
TEXT_ENCODER_2_LR = Question(
    "training.text_encoder_2_lr",
    Kind.NUMBER,
    kept("training.text_encoder_2_lr"),
    applies=_has_two_encoders,
    optional=True,
    expert=True,
)
UNET_LR = Question(
    "training.unet_lr",
    Kind.NUMBER,
    kept("training.unet_lr"),
    applies=_trains("unet"),
    optional=True,
)
SCHEDULER = Question(
    "training.scheduler", Kind.CHOICE, kept("training.scheduler"), choices=get_args(Scheduler)
)
CYCLES = Question(
    "training.scheduler_cycles",
    Kind.NUMBER,
    kept("training.scheduler_cycles"),
    applies=_scheduled("cosine_with_restarts"),
)
POWER = Question(
    "training.scheduler_power",
    Kind.NUMBER,
    kept("training.scheduler_power"),
    applies=_scheduled("polynomial"),
)
WARMUP = Question(
    "training.warmup_ratio", Kind.NUMBER, kept("training.warmup_ratio"), applies=_warms_up
)
OPTIMIZER = _expert("training.optimizer", Kind.CHOICE, get_args(Optimizer))
OPTIMIZER_OPTIONS = Question(
    "training.optimizer_options",
    Kind.PROMPTS,
    kept("training.optimizer_options"),
    optional=True,
    expert=True,
)
WEIGHT_DECAY = _expert("training.weight_decay")
LORA_PLUS = Question(
    "training.lora_plus_ratio",
    Kind.NUMBER,
    kept("training.lora_plus_ratio"),
    applies=lambda context: context.recipe.training.optimizer not in FINDS_RATE,
    expert=True,
)
MAX_WEIGHT_NORM = Question(
    "training.max_weight_norm",
    Kind.NUMBER,
    kept("training.max_weight_norm"),
    applies=lambda context: context.recipe.training.optimizer not in SCHEDULE_FREE,
    expert=True,
)
EMA_DECAY = Question(
    "training.ema_decay",
    Kind.NUMBER,
    kept("training.ema_decay"),
    applies=lambda context: context.recipe.training.optimizer not in SCHEDULE_FREE,
    expert=True,
)
PRECISION = _expert("training.precision", Kind.CHOICE, ("auto", "fp32", "bf16", "fp16"))
MIN_SNR = _expert("training.min_snr_gamma")
NOISE_OFFSET = _expert("training.noise_offset")
PRIOR_LOSS_WEIGHT = Question(
    "training.prior_loss_weight",
    Kind.NUMBER,
    kept("training.prior_loss_weight"),
    applies=_has_regularisation,
    expert=True,
)
CHECKPOINTING = _expert("training.gradient_checkpointing", Kind.YES_NO)
QUANTISE = _expert("training.quantise", Kind.CHOICE, get_args(Quantise))
COMPILE = _expert("training.compile", Kind.CHOICE, get_args(Compile))
ACCUMULATION = _expert("training.gradient_accumulation")
SEED = _expert("training.seed")
