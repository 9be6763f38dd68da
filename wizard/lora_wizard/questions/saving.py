"""The file that is written, and when."""

from __future__ import annotations

from lora_wizard.questions.context import Context
from lora_wizard.questions.naming import name_from_folder
from lora_wizard.questions.pacing import interval
from lora_wizard.questions.question import Kind, Question, Suggestion, kept, start_reason
from lora_wizard.questions.texts import text
from lora_wizard.recipe import Recipe, SavingSettings


def _suggest_every(context: Context) -> Suggestion:
    own = context.start.saving.every_epochs
    if own or context.start_name or context.start.saving.every_steps:
        usual = Suggestion(own, start_reason(context, own != 0))
        return interval(context, "saving.every_epochs", own, usual)
    usual = Suggestion(1, text("saving.every_epochs.reason", context.language))
    return interval(context, "saving.every_epochs", 1, usual)


def _suggest_name(context: Context) -> Suggestion:
    own = context.start.saving.name
    if own != SavingSettings().name or not context.recipe.data.images:
        return Suggestion(own, start_reason(context, own != Recipe().saving.name))
    name = name_from_folder(context.recipe.data.images)
    return Suggestion(name, text("saving.name.reason", context.language))


EVERY_EPOCHS = Question("saving.every_epochs", Kind.NUMBER, _suggest_every)
NAME = Question("saving.name", Kind.TEXT, _suggest_name)
COMMENT = Question("saving.comment", Kind.TEXT, kept("saving.comment"), optional=True)
PRECISION = Question(
    "saving.precision",
    Kind.CHOICE,
    kept("saving.precision"),
    choices=("fp16", "bf16", "fp32"),
    expert=True,
)
METADATA = Question(
    "saving.metadata",
    Kind.CHOICE,
    kept("saving.metadata"),
    choices=("full", "minimal"),
    expert=True,
)
TENSORBOARD = Question("saving.tensorboard", Kind.YES_NO, kept("saving.tensorboard"), expert=True)
