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
    is_rate_found,
    rate,
    rate_key,
)
from lora_wizard.recipe import Recipe

_NOISY_RATE = 1e-3
_LEAST_FACTOR = 0.05


@rule(Level.WARNING, "training.learning_rate", "training.unet_lr", "network.alpha")
def rate_diverges(facts: Facts, recipe: Recipe) -> Finding | None:
    """A high rate at full strength."""
    if is_rate_found(recipe) or rate(recipe) <= HIGH_RATE or not is_alpha_near_rank(recipe):
        return None
    return _finding(recipe)


@rule(Level.WARNING, "training.learning_rate", "training.unet_lr", "network.alpha")
def rate_noisy(facts: Facts, recipe: Recipe) -> Finding | None:
    """A very high rate, even with a small alpha."""
    if is_rate_found(recipe) or rate(recipe) < _NOISY_RATE or not is_alpha_small(recipe):
        return None
    return _finding(recipe)


@rule(Level.WARNING, "training.learning_rate", "training.unet_lr", "network.alpha")
def rate_too_low(facts: Facts, recipe: Recipe) -> Finding | None:
    """A low rate with a small alpha learns too little."""
    if is_rate_found(recipe) or rate(recipe) > LOW_RATE or not is_alpha_small(recipe):
        return None
    return _finding(recipe)


@rule(Level.WARNING, "training.learning_rate", "training.optimizer")
def rate_is_a_factor(facts: Facts, recipe: Recipe) -> Finding | None:
    """A plain rate beside an optimizer that finds its own: nearly nothing would be learned."""
    if not is_rate_found(recipe) or rate(recipe) >= _LEAST_FACTOR:
        return None
    values = {"rate": f"{rate(recipe):g}", "key": rate_key(recipe)}
    values["optimizer"] = recipe.training.optimizer
    rates = {"training.learning_rate": 1.0}
    own = ("training.unet_lr", "training.text_encoder_lr")
    rates |= {key: 1.0 for key in own if getattr(recipe.training, key.partition(".")[2])}
    return Finding(values, rates)


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
