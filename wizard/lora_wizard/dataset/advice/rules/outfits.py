"""Rules about clothes: how many there are, how they are shown, and what is learned of them."""

from __future__ import annotations

from collections import Counter

from lora_wizard.dataset.advice.facts import Facts
from lora_wizard.dataset.advice.material import (
    by_trigger,
    figures,
    garments,
    heads,
    is_figure_material,
    is_head,
    mannequins,
    outfits,
)
from lora_wizard.dataset.advice.registry import Finding, Level, rule
from lora_wizard.dataset.advice.strength import is_alpha_small
from lora_wizard.dataset.advice.words import FRAMING_TAGS, is_patterned
from lora_wizard.recipe import Recipe

_FEW = 4
_NEARLY_ALL = 0.9


@rule(Level.WARNING)
def one_outfit(facts: Facts, recipe: Recipe) -> Finding | None:
    """Whole figures in one outfit: it becomes part of the character."""
    triggers = by_trigger(facts)
    if not is_figure_material(facts) or len(triggers) != 1 or len(outfits(figures(facts))) > 1:
        return None
    shown = figures(facts)
    if len(shown) < _FEW:
        return None
    named = tuple(sorted({tag for picture in shown for tag in garments(picture)}))
    return Finding({"trigger": next(iter(triggers)), "count": len(shown), "tags": named or ("-",)})


@rule(Level.WARNING)
def one_outfit_a_trigger(facts: Facts, recipe: Recipe) -> Finding | None:
    """Several triggers, and each of them wears only one thing."""
    triggers = by_trigger(facts)
    if not is_figure_material(facts) or len(triggers) < 2:
        return None
    if any(len(outfits(pictures)) > 1 for pictures in triggers.values()):
        return None
    counts = tuple(f"{trigger} ({len(pictures)})" for trigger, pictures in triggers.items())
    return Finding({"triggers": counts, "count": len(triggers)})


@rule(Level.WARNING)
def outfits_alike(facts: Facts, recipe: Recipe) -> Finding | None:
    """Two triggers' outfits share a garment."""
    worn = {
        trigger: frozenset().union(*map(garments, pictures))
        for trigger, pictures in by_trigger(facts).items()
        if len(outfits(pictures)) == 1
    }
    pairs = [
        (first, second, tuple(sorted(worn[first] & worn[second])))
        for number, first in enumerate(worn)
        for second in list(worn)[number + 1 :]
        if worn[first] & worn[second]
    ]
    if not pairs:
        return None
    first, second, shared = pairs[0]
    return Finding({"first": first, "second": second, "tags": shared, "count": len(pairs)})


@rule(Level.WARNING)
def mannequin_one_outfit(facts: Facts, recipe: Recipe) -> Finding | None:
    """Heads and mannequins, but the mannequins wear one outfit."""
    shown = mannequins(facts)
    folders = {picture.folder for picture in shown}
    if not shown or not heads(facts) or len(folders) > 1 or len(outfits(shown)) > 1:
        return None
    return Finding({"heads": len(heads(facts)), "mannequins": len(shown)})


@rule(Level.HINT)
def mannequin_split_views(facts: Facts, recipe: Recipe) -> Finding | None:
    """Heads and mannequins: the split views that the published experiments saw."""
    if not mannequins(facts) or not heads(facts):
        return None
    return Finding({"heads": len(heads(facts)), "mannequins": len(mannequins(facts))})


@rule(Level.WARNING)
def outfit_framing(facts: Facts, recipe: Recipe) -> Finding | None:
    """All pictures of a folder are framed alike, and cut off."""
    found = []
    for index, folder in enumerate(facts.folders):
        shown = [picture for picture in facts.in_folder(index) if not is_head(picture)]
        if folder.is_regularisation or len(shown) < _FEW:
            continue
        counts = Counter(tag for picture in shown for tag in FRAMING_TAGS & {*picture.tags})
        found += [
            (folder.path.name, tag, count, len(shown))
            for tag, count in counts.items()
            if count >= _NEARLY_ALL * len(shown)
        ]
    if not found:
        return None
    name, tag, count, total = found[0]
    values = {"folder": name, "tag": tag, "count": count, "total": total}
    return Finding(values)


@rule(Level.HINT)
def cloth_patterns(facts: Facts, recipe: Recipe) -> Finding | None:
    """Captions name patterned cloth, which was not reproduced."""
    tags = Counter(tag for p in figures(facts) for tag in {*p.tags} if is_patterned(tag))
    if not tags or not is_figure_material(facts):
        return None
    found = tuple(tag for tag, _ in tags.most_common())
    return Finding({"tags": found, "count": max(tags.values())})


@rule(Level.HINT, "network.alpha", "network.rank")
def outfits_learned_less(facts: Facts, recipe: Recipe) -> Finding | None:
    """A small alpha learns outfits less, and here are outfits to learn."""
    if not is_alpha_small(recipe) or len(by_trigger(facts)) < 2:
        return None
    values = {"alpha": f"{recipe.network.alpha:g}", "rank": recipe.network.rank}
    return Finding(values | {"triggers": tuple(by_trigger(facts))})
