"""What is asked of the model at each step: the loss, and the noise."""

from __future__ import annotations

from typing import get_args

from lora_wizard.questions.context import Context
from lora_wizard.questions.question import Applies, Kind, Question, kept
from lora_wizard.recipe.objective import HuberSchedule, LossKind


def _expert(
    key: str,
    kind: Kind = Kind.NUMBER,
    choices: tuple[str, ...] = (),
    applies: Applies = lambda context: True,
) -> Question:
    return Question(key, kind, kept(key), applies=applies, choices=choices, expert=True)


def _is_bent(context: Context) -> bool:
    return context.recipe.loss.kind in ("huber", "smooth_l1")


def _may_predict_velocity(context: Context) -> bool:
    return context.recipe.model.v_prediction is not False


def _weighs_zero_terminal(context: Context) -> bool:
    loss, training = context.recipe.loss, context.recipe.training
    weighs = training.min_snr_gamma > 0 or loss.debiased or loss.scale_v_like_noise
    return weighs and context.recipe.model.zero_terminal_snr is not False


def _has_pyramid(context: Context) -> bool:
    return context.recipe.noise.pyramid_iterations > 0


KIND = _expert("loss.kind", Kind.CHOICE, get_args(LossKind))
HUBER_SCHEDULE = _expert(
    "loss.huber_schedule", Kind.CHOICE, get_args(HuberSchedule), applies=_is_bent
)
HUBER_C = _expert("loss.huber_c", applies=_is_bent)
DEBIASED = _expert("loss.debiased", Kind.YES_NO)
SCALE_V = _expert("loss.scale_v_like_noise", Kind.YES_NO, applies=_may_predict_velocity)
SNR_BEFORE = _expert("loss.snr_before_rescaling", Kind.YES_NO, applies=_weighs_zero_terminal)
PYRAMID = _expert("noise.pyramid_iterations")
PYRAMID_DISCOUNT = _expert("noise.pyramid_discount", applies=_has_pyramid)
INPUT_GAMMA = _expert("noise.input_gamma")
