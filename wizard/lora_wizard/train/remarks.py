"""What is odd about a recipe's settings taken together, though each is allowed. Pure."""

from __future__ import annotations

from lora_wizard.recipe import Recipe
from lora_wizard.recipe.optimizing import FINDS_RATE, SCHEDULE_FREE
from lora_wizard.runs import Note

LEAST_FACTOR = 0.05
"""A factor of a rate that an optimizer finds below which somebody took it for the rate."""


def remarks(recipe: Recipe) -> list[Note]:
    """Sentences for the user, told before the model is loaded."""
    training = recipe.training
    found = []
    if training.optimizer in SCHEDULE_FREE and not training.scheduler.startswith("constant"):
        found.append(
            Note(
                "info",
                f"{training.optimizer} keeps its rate after the warm-up: "
                f'training.scheduler = "{training.scheduler}" is not used',
            )
        )
    if training.optimizer in FINDS_RATE and training.learning_rate < LEAST_FACTOR:
        found.append(
            Note(
                "warning",
                f"{training.optimizer} finds the rate itself and multiplies it by "
                f"training.learning_rate, {training.learning_rate:g}: that should "
                "be 1",
            )
        )
    if recipe.loss.debiased and training.min_snr_gamma > 0:
        found.append(
            Note(
                "warning",
                "loss.debiased and training.min_snr_gamma both weigh the timesteps; "
                "one of them is usual",
            )
        )
    if recipe.noise.pyramid_iterations and training.noise_offset:
        found.append(
            Note(
                "warning",
                "noise.pyramid_iterations and training.noise_offset both shift the "
                "brightness; one of them is usual",
            )
        )
    return found
