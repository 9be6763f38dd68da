"""Rules about the pictures of what the character is not."""

from __future__ import annotations

from collections import Counter

from lora_wizard.dataset.advice.facts import Facts
from lora_wizard.dataset.advice.material import garments, names
from lora_wizard.dataset.advice.registry import Finding, Level, rule
from lora_wizard.dataset.regularisation import even_out
from lora_wizard.recipe import Recipe

_MANY = 0.4
_HALF = 0.5
_FEW = 4


@rule(Level.WARNING, "data.regularisation")
def regularisation_named(facts: Facts, recipe: Recipe) -> Finding | None:
    """A trigger stands in a caption of a regularisation picture."""
    own = recipe.data.trigger.lower()
    triggers = {own} if own else {*facts.triggers.values()}
    found = [picture for picture in facts.regularisation if triggers & {*picture.tags}]
    if not found:
        return None
    shown = tuple(sorted(triggers & {tag for picture in found for tag in picture.tags}))
    return Finding({"count": len(found), "triggers": shown, "names": names(found)})


@rule(Level.WARNING, "data.regularisation")
def regularisation_unused(facts: Facts, recipe: Recipe) -> Finding | None:
    """More regularisation pictures than an epoch has training pictures: some are never used."""
    others = facts.regularisation
    shown = sum(facts.folders[picture.folder].repeats for picture in facts.training)
    used = even_out([facts.folders[picture.folder].repeats for picture in others], shown)
    unused = [picture for picture, times in zip(others, used, strict=True) if times == 0]
    if not unused or not shown:
        return None
    values = {"count": len(unused), "total": len(others), "shown": shown}
    return Finding(values | {"names": names(unused)})


@rule(Level.WARNING, "data.regularisation")
def regularisation_untagged(facts: Facts, recipe: Recipe) -> Finding | None:
    """Regularisation pictures have no captions of their own."""
    others = facts.regularisation
    bare = sum(not picture.has_caption_file for picture in others)
    if not others or bare < _HALF * len(others):
        return None
    return Finding({"count": bare, "total": len(others)})


@rule(Level.HINT, "data.regularisation")
def regularisation_outfit(facts: Facts, recipe: Recipe) -> Finding | None:
    """Many regularisation pictures wear the same."""
    others = facts.regularisation
    worn = Counter(tag for picture in others for tag in garments(picture))
    if len(others) < _FEW or not worn:
        return None
    tag, count = worn.most_common(1)[0]
    if count < _MANY * len(others):
        return None
    return Finding({"tag": tag, "count": count, "total": len(others)})
