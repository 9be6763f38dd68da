"""Rules about material of heads only: floating heads, and what helped against them."""

from __future__ import annotations

from lora_wizard.dataset.advice.facts import Facts
from lora_wizard.dataset.advice.material import heads, is_head_material, mannequins
from lora_wizard.dataset.advice.registry import Finding, Level, rule
from lora_wizard.dataset.advice.strength import LOW_RATE, is_alpha_near_rank, is_rate_found, rate
from lora_wizard.dataset.advice.words import PLACES
from lora_wizard.recipe import Recipe

_HALF = 0.5
_MANY = 0.3


@rule(Level.WARNING, "network.alpha", "network.rank")
def heads_alpha(facts: Facts, recipe: Recipe) -> Finding | None:
    """Heads only, learned at full strength."""
    if not is_head_material(facts) or not is_alpha_near_rank(recipe):
        return None
    return Finding(_count(facts) | _strength(recipe), {"network.alpha": 1.0})


@rule(Level.WARNING, "data.regularisation")
def heads_regularisation(facts: Facts, recipe: Recipe) -> Finding | None:
    """Heads only, with no scenes beside them."""
    if not is_head_material(facts):
        return None
    others = facts.regularisation
    clear = sum(picture.look.has_alpha for picture in others)
    if others and clear < _HALF * len(others):
        return None
    return Finding(_count(facts) | {"transparent": clear, "others": len(others)})


@rule(Level.WARNING, "training.learning_rate", "network.alpha")
def heads_low_rate(facts: Facts, recipe: Recipe) -> Finding | None:
    """Heads only at full strength: a lower rate is no cure."""
    slow = is_alpha_near_rank(recipe) and rate(recipe) <= LOW_RATE and not is_rate_found(recipe)
    if not is_head_material(facts) or not slow:
        return None
    values = _strength(recipe) | {"rate": f"{rate(recipe):g}"}
    changes = {"network.alpha": 1.0, "training.learning_rate": 1e-4}
    return Finding(values, changes)


@rule(Level.HINT)
def heads_many(facts: Facts, recipe: Recipe) -> Finding | None:
    """Many heads beside whole figures."""
    few = len(heads(facts)) < _MANY * len(facts.training)
    if not facts.training or few or is_head_material(facts) or mannequins(facts):
        return None
    return Finding(_count(facts))


@rule(Level.HINT)
def heads_strength(facts: Facts, recipe: Recipe) -> Finding | None:
    """Heads only at full strength: the finished LoRA may be used weaker."""
    if not is_head_material(facts) or not is_alpha_near_rank(recipe):
        return None
    return Finding(_count(facts))


@rule(Level.HINT, "sampling.prompts")
def heads_masks(facts: Facts, recipe: Recipe) -> Finding | None:
    """Heads only: they easily become masks, and many close-ups."""
    return Finding(_count(facts)) if is_head_material(facts) else None


@rule(Level.HINT, "sampling.prompts")
def bare_place(facts: Facts, recipe: Recipe) -> Finding | None:
    """A sample prompt names a place by one word, which heads make the model ignore."""
    prompts = recipe.sampling.prompts
    mended = tuple(_with_place(prompt) for prompt in prompts)
    changed = [prompt for prompt, new in zip(prompts, mended, strict=True) if prompt != new]
    if not changed or not is_head_material(facts):
        return None
    return Finding({"prompt": changed[0], "count": len(changed)}, {"sampling.prompts": mended})


def _with_place(prompt: str) -> str:
    parts = [part.strip() for part in prompt.split(",")]
    return ", ".join(
        f"{part} in the background" if part.lower() in PLACES else part for part in parts
    )


def _count(facts: Facts) -> dict[str, object]:
    total, found = len(facts.training), len(heads(facts))
    return {"heads": found, "total": total, "share": f"{100 * found / total:.0f}"}


def _strength(recipe: Recipe) -> dict[str, object]:
    return {"alpha": f"{recipe.network.alpha:g}", "rank": recipe.network.rank}
