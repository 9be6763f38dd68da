"""How many epochs a run has, and how often it saves and draws: about ten times. Pure."""

from __future__ import annotations

from lora_wizard.dataset import epochs_needed, steps_per_epoch
from lora_wizard.questions.context import Context
from lora_wizard.questions.question import Suggestion, start_reason
from lora_wizard.questions.texts import text

ROUNDS = 10
"""Files, and rounds of samples, that are enough to choose from."""
TOO_MANY = 20
"""From more than this on, a longer interval is suggested."""


def epoch_steps(context: Context) -> int | None:
    """Steps of one epoch as the trainer counts them; None until the pictures are counted."""
    if context.dataset is None:
        return None
    training = context.recipe.training
    return steps_per_epoch(
        context.dataset,
        batch_size=training.batch_size,
        gradient_accumulation=training.gradient_accumulation,
    )


def epochs(context: Context) -> int | None:
    """Epochs that the run begins; None until the pictures are counted."""
    training = context.recipe.training
    if training.epochs is not None:
        return training.epochs
    per_epoch = epoch_steps(context)
    return epochs_needed(training.steps or 0, per_epoch) if per_epoch else None


def interval(context: Context, key: str, own: int, usual: Suggestion) -> Suggestion:
    """Every how many epochs something is done: as the start has it, unless that is far too often.

    Args:
        key: of the question, for its reason.
        own: the interval in epochs that `usual` offers; 0 for never.
    """
    total = epochs(context)
    # A recipe with pictures of its own was made for just these: it knows its epochs.
    if not own or total is None or context.start.data.images or total <= TOO_MANY * own:
        return usual
    every = -(-total // ROUNDS)
    reason = text(f"{key}.reason_many", context.language, epochs=total, rounds=-(-total // every))
    return Suggestion(every, reason)


def repeats(context: Context) -> Suggestion:
    """As many repeats as make about ten epochs of the steps wished for."""
    own, training = context.start.data, context.start.training
    is_plain = own.repeats == 1 and not own.images and training.epochs is None
    if not is_plain or context.dataset is None:
        return Suggestion(own.repeats, start_reason(context, own.repeats != 1))
    pictures = sum(not one.is_regularisation for one in context.dataset.pictures)
    shown = pictures * (2 if context.recipe.data.regularisation else 1)
    batch = context.recipe.training.batch_size * context.recipe.training.gradient_accumulation
    steps = training.steps or 0
    found = min(max(round(steps * batch / (ROUNDS * max(shown, 1))), 1), 10_000)
    reason = text("data.repeats.reason", context.language, pictures=pictures, steps=steps)
    return Suggestion(found, reason)
