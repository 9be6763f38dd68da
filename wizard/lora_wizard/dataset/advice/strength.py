"""How strongly a recipe learns, in the terms of the published experiments. Pure."""

from __future__ import annotations

from lora_wizard.recipe import Recipe
from lora_wizard.recipe.optimizing import FINDS_RATE

HIGH_RATE = 5e-4
"""Learning rate above which alpha near dim diverged (seen at 1e-3)."""
LOW_RATE = 5e-5
"""Learning rate at which characters were not fully learned."""
GOOD_RATE = 1e-4
_NEAR = 0.5
_SMALL = 1 / 32


def is_alpha_near_rank(recipe: Recipe) -> bool:
    """Whether changes count at half their size or more, as the experiments' alpha = dim."""
    return recipe.network.alpha / recipe.network.rank >= _NEAR


def is_alpha_small(recipe: Recipe) -> bool:
    """Whether changes are scaled down strongly, as the experiments' alpha 1 at dim 128."""
    return recipe.network.alpha / recipe.network.rank <= _SMALL


def rate(recipe: Recipe) -> float:
    """The learning rate of the part that draws, or of the only part that learns."""
    value = getattr(recipe.training, rate_key(recipe).partition(".")[2])
    return float(value)


def is_rate_found(recipe: Recipe) -> bool:
    """Whether the optimizer finds the rate, so that the recipe's is only a factor of it."""
    return recipe.training.optimizer in FINDS_RATE


def rate_key(recipe: Recipe) -> str:
    """The recipe's key that decides this rate."""
    own = "text_encoder_lr" if recipe.network.parts == "text_encoder" else "unet_lr"
    is_set = getattr(recipe.training, own) is not None
    return f"training.{own}" if is_set else "training.learning_rate"
