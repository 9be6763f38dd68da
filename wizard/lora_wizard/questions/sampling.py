"""The pictures drawn while training goes on."""

from __future__ import annotations

import re

from lora_wizard.dataset import captioned, found_triggers
from lora_wizard.questions.context import Context
from lora_wizard.questions.pacing import interval
from lora_wizard.questions.question import Kind, Question, Suggestion, kept, start_reason
from lora_wizard.questions.texts import text

_SUBJECT = "1girl"
_MOST_PROMPTS = 4
"""Pictures drawn each time: a folder for each of many outfits would take long."""


def _suggest_prompts(context: Context) -> Suggestion:
    """The trigger as the article drew it: `1girl, TRIGGER`; one line for each outfit's trigger."""
    own = context.start.sampling.prompts
    if own:
        return Suggestion(own, start_reason(context, True))
    triggers = _triggers(context)
    if not triggers:
        return Suggestion((), text("sampling.prompts.reason_none", context.language))
    prompts = tuple(_with_subject(escaped(trigger)) for trigger in triggers[:_MOST_PROMPTS])
    key = "reason_several" if len(prompts) > 1 else "reason"
    words = ", ".join(triggers)
    return Suggestion(prompts, text(f"sampling.prompts.{key}", context.language, trigger=words))


def escaped(trigger: str) -> str:
    """A trigger as a prompt has to write it: its brackets are no emphasis."""
    # A backslash that is there already was written for a prompt.
    return trigger if "\\" in trigger else re.sub(r"([()\[\]])", r"\\\1", trigger)


def _with_subject(trigger: str) -> str:
    return trigger if trigger == _SUBJECT else f"{_SUBJECT}, {trigger}"


def _triggers(context: Context) -> tuple[str, ...]:
    """The trigger that training writes, or those that the captions have."""
    if context.recipe.data.trigger:
        return (context.recipe.data.trigger,)
    return found_triggers(captioned(context.dataset)) if context.dataset is not None else ()


def _suggest_every(context: Context) -> Suggestion:
    own = context.start.sampling
    if own.every_epochs or own.every_steps:
        usual = Suggestion(own.every_epochs, start_reason(context, True))
        return interval(context, "sampling.every_epochs", own.every_epochs, usual)
    usual = Suggestion(1, text("sampling.every_epochs.reason", context.language))
    return interval(context, "sampling.every_epochs", 1, usual)


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
