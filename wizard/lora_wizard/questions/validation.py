"""Pictures that are not trained on, to see what was learned by heart."""

from __future__ import annotations

from lora_wizard.questions.context import Context
from lora_wizard.questions.pictures import folder_there
from lora_wizard.questions.question import Kind, Question, kept


def _is_on(context: Context) -> bool:
    return context.recipe.validation.is_on


SHARE = Question("validation.share", Kind.NUMBER, kept("validation.share"), expert=True)
IMAGES = Question(
    "validation.images",
    Kind.FOLDER,
    kept("validation.images"),
    applies=lambda context: context.recipe.validation.share == 0,
    also_check=folder_there("validation.images", needed=False),
    optional=True,
    expert=True,
)
EVERY_EPOCHS = Question(
    "validation.every_epochs",
    Kind.NUMBER,
    kept("validation.every_epochs"),
    applies=_is_on,
    expert=True,
)
