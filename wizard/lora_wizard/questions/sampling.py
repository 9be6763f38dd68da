"""The pictures drawn while training goes on."""

from __future__ import annotations

from lora_wizard.questions.context import Context
from lora_wizard.questions.question import Kind, Question, Suggestion, kept, start_reason
from lora_wizard.questions.texts import text


def _suggest_prompts(context: Context) -> Suggestion:
    """The trigger as most captions begin, as the article drew: `1girl, TRIGGER`."""
    own = context.start.sampling.prompts
    if own:
        return Suggestion(own, start_reason(context, True))
    trigger = _trigger(context)
    if not trigger:
        return Suggestion((), text("sampling.prompts.reason_none", context.language))
    reason = text("sampling.prompts.reason", context.language, trigger=trigger)
    return Suggestion((f"1girl, {trigger}",), reason)


def _trigger(context: Context) -> str:
    """The first tag of most training pictures; empty where there is none."""
    if context.dataset is None:
        return ""
    firsts: dict[str, int] = {}
    for picture in context.dataset.pictures:
        first = picture.caption.partition(",")[0].strip()
        if not picture.is_regularisation and first:
            firsts[first] = firsts.get(first, 0) + picture.repeats
    return max(firsts, key=lambda tag: (firsts[tag], tag)) if firsts else ""


def _suggest_every(context: Context) -> Suggestion:
    own = context.start.sampling
    if own.every_epochs or own.every_steps:
        return Suggestion(own.every_epochs, start_reason(context, True))
    return Suggestion(1, text("sampling.every_epochs.reason", context.language))


def _draws(context: Context) -> bool:
    return bool(context.recipe.sampling.prompts)


PROMPTS = Question("sampling.prompts", Kind.PROMPTS, _suggest_prompts, optional=True)
EVERY_EPOCHS = Question("sampling.every_epochs", Kind.NUMBER, _suggest_every, applies=_draws)
NEGATIVE = Question(
    "sampling.negative",
    Kind.TEXT,
    kept("sampling.negative"),
    applies=_draws,
    optional=True,
    expert=True,
)
