"""Rules about what captions say."""

from __future__ import annotations

from collections import Counter

from lora_wizard.dataset.advice.facts import Facts, PictureFacts
from lora_wizard.dataset.advice.material import names
from lora_wizard.dataset.advice.registry import Finding, Level, rule
from lora_wizard.dataset.advice.words import (
    CLOSED_EYES_TAGS,
    SEVERAL_VIEWS_TAGS,
    SUBJECT_TAGS,
    is_trait,
)
from lora_wizard.recipe import Recipe

_NEARLY_EVERY = 0.9
_FEW = 3
"""Pictures from which "in every caption" means something."""


@rule(Level.WARNING, "data.keep_tokens")
def trigger_not_first(facts: Facts, recipe: Recipe) -> Finding | None:
    """Some captions do not begin with their folder's trigger."""
    if recipe.data.trigger:  # then it is put in front of them
        return None
    late = [
        picture
        for index, trigger in facts.triggers.items()
        for picture in facts.in_folder(index)
        if picture.tags and picture.tags[0] != trigger
    ]
    if not late:
        return None
    triggers = tuple(dict.fromkeys(facts.triggers[picture.folder] for picture in late))
    total = len(facts.training)
    return Finding({"count": len(late), "total": total, "names": names(late), "triggers": triggers})


@rule(Level.WARNING, "data.images")
def no_trigger(facts: Facts, recipe: Recipe) -> Finding | None:
    """The captions of a folder begin differently: nothing is there to call the character by."""
    without = tuple(
        folder.path.name
        for index, folder in enumerate(facts.folders)
        if not folder.is_regularisation
        and index not in facts.triggers
        and len(facts.in_folder(index)) >= _FEW
    )
    return Finding({"folders": without}) if without else None


@rule(Level.WARNING, "data.keep_tokens", "data.shuffle_captions")
def trigger_shuffled(facts: Facts, recipe: Recipe) -> Finding | None:
    """Shuffling moves the trigger away from the front."""
    if not recipe.data.shuffle_captions or recipe.data.keep_tokens or not facts.triggers:
        return None
    if recipe.data.trigger:  # then it stays in front
        return None
    triggers = tuple(dict.fromkeys(facts.triggers.values()))
    return Finding({"triggers": triggers}, {"data.keep_tokens": 1})


@rule(Level.WARNING)
def subject_tags_left_in(facts: Facts, recipe: Recipe) -> Finding | None:
    """`1girl` or `solo` stand in captions of the character."""
    found = [picture for picture in facts.training if set(SUBJECT_TAGS) & set(picture.tags)]
    if not found:
        return None
    tags = tuple(tag for tag in SUBJECT_TAGS if any(tag in picture.tags for picture in found))
    total = len(facts.training)
    return Finding({"count": len(found), "total": total, "tags": tags, "names": names(found)})


@rule(Level.WARNING)
def traits_spelled(facts: Facts, recipe: Recipe) -> Finding | None:
    """A character's own traits stand in nearly every caption of her folder."""
    spelled: dict[str, int] = {}
    for index in facts.triggers:
        pictures = facts.in_folder(index)
        counts = Counter(tag for picture in pictures for tag in {*picture.tags} if is_trait(tag))
        for tag, count in sorted(counts.items()):
            if count >= _NEARLY_EVERY * len(pictures) and len(pictures) >= _FEW:
                spelled[tag] = spelled.get(tag, 0) + count
    if not spelled:
        return None
    return Finding({"tags": tuple(spelled), "most": max(spelled.values())})


@rule(Level.HINT, "sampling.negative")
def closed_eyes(facts: Facts, recipe: Recipe) -> Finding | None:
    """Some pictures show closed eyes."""
    found = _tagged(facts, CLOSED_EYES_TAGS)
    if not found:
        return None
    values = {"count": len(found), "total": len(facts.training), "names": names(found)}
    negative = recipe.sampling.negative
    if "closed eyes" in negative:
        return Finding(values)
    wanted = f"{negative}, closed eyes" if negative else "closed eyes"
    return Finding(values, {"sampling.negative": wanted})


@rule(Level.WARNING)
def several_views(facts: Facts, recipe: Recipe) -> Finding | None:
    """A picture shows the character more than once."""
    found = _tagged(facts, SEVERAL_VIEWS_TAGS)
    if not found:
        return None
    return Finding({"count": len(found), "total": len(facts.training), "names": names(found)})


def _tagged(facts: Facts, tags: frozenset[str]) -> list[PictureFacts]:
    return [picture for picture in facts.training if not tags.isdisjoint(picture.tags)]
