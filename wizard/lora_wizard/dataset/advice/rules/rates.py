"""Rules about dim, alpha and learning rate together, whatever the pictures."""

from __future__ import annotations

from lora_wizard.dataset.advice.facts import Facts
from lora_wizard.dataset.advice.registry import Finding, Level, rule
from lora_wizard.dataset.advice.strength import (
    GOOD_RATE,
    HIGH_RATE,
    LOW_RATE,
    is_alpha_near_rank,
    is_alpha_small,
    rate,
    rate_key,
)
from lora_wizard.recipe import Recipe

_NOISY_RATE = 1e-3


@rule(Level.WARNING, "training.learning_rate", "training.unet_lr", "network.alpha")
def rate_diverges(facts: Facts, recipe: Recipe) -> Finding | None:
    """A high rate at full strength."""
    if rate(recipe) <= HIGH_RATE or not is_alpha_near_rank(recipe):
        return None
    return _finding(recipe)


@rule(Level.WARNING, "training.learning_rate", "training.unet_lr", "network.alpha")
def rate_noisy(facts: Facts, recipe: Recipe) -> Finding | None:
    """A very high rate, even with a small alpha."""
    if rate(recipe) < _NOISY_RATE or not is_alpha_small(recipe):
        return None
    return _finding(recipe)


@rule(Level.WARNING, "training.learning_rate", "training.unet_lr", "network.alpha")
def rate_too_low(facts: Facts, recipe: Recipe) -> Finding | None:
    """A low rate with a small alpha learns too little."""
    if rate(recipe) > LOW_RATE or not is_alpha_small(recipe):
        return None
    return _finding(recipe)


@rule(Level.WARNING, "network.rank")
def rank_one(facts: Facts, recipe: Recipe) -> Finding | None:
    """Dim 1 is unstable."""
    if recipe.network.rank > 1:
        return None
    changes = {"network.rank": 128, "network.alpha": 1.0}
    return Finding({"rank": recipe.network.rank}, changes)


def _finding(recipe: Recipe) -> Finding:
    key = rate_key(recipe)
    values: dict[str, object] = {"rate": f"{rate(recipe):g}", "key": key}
    values |= {"alpha": f"{recipe.network.alpha:g}", "rank": recipe.network.rank}
    return Finding(values, {key: GOOD_RATE})
