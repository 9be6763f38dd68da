"""Rules about caption files: there, read, readable and short enough."""

from __future__ import annotations

from collections import Counter

from lora_wizard.dataset.advice.facts import Facts, FolderFacts
from lora_wizard.dataset.advice.material import names
from lora_wizard.dataset.advice.registry import Finding, Level, rule
from lora_wizard.recipe import Recipe


@rule(Level.ERROR)
def captions_unreadable(facts: Facts, recipe: Recipe) -> Finding | None:
    """A caption is no text, no file, too big, or a link out of the training folder."""
    places = tuple(f"{problem.where}: {problem.what}" for problem in facts.caption_problems)
    return Finding({"count": len(places), "names": places}) if places else None


@rule(Level.WARNING, "data.caption_extension")
def captions_unused(facts: Facts, recipe: Recipe) -> Finding | None:
    """Captions lie there under another ending than the one that is read."""
    endings: Counter[str] = Counter()
    for folder in facts.folders:
        endings.update(dict(folder.other_captions))
    if not endings:
        return None
    ending, count = endings.most_common(1)[0]
    values = {"count": count, "ending": ending, "read": recipe.data.caption_extension}
    # With captions of both endings a change would only turn the tables.
    only = all(len(f.missing_captions) == f.picture_count for f in facts.folders)
    return Finding(values, {"data.caption_extension": ending} if only else {})


@rule(Level.WARNING, "data.caption_extension")
def captions_misnamed(facts: Facts, recipe: Recipe) -> Finding | None:
    """Captions lie there under a name that is not read: `a.png.txt`, `a.json`."""
    names = tuple(name for folder in facts.folders for name in folder.misnamed_captions)
    if not names:
        return None
    picture = next(f.missing_captions[0] for f in facts.folders if f.misnamed_captions)
    read = picture.rpartition(".")[0] + recipe.data.caption_extension
    return Finding({"count": len(names), "names": names, "picture": picture, "read": read})


@rule(Level.WARNING, "data.caption_extension")
def captions_orphaned(facts: Facts, recipe: Recipe) -> Finding | None:
    """Captions belong to no picture, while pictures go without one."""
    names = tuple(name for folder in facts.folders for name in folder.orphaned_captions)
    return Finding({"count": len(names), "names": names}) if names else None


@rule(Level.WARNING, "data.caption_extension")
def captions_missing(facts: Facts, recipe: Recipe) -> Finding | None:
    """Pictures have no caption under any ending."""
    folders = [f for f in facts.folders if not f.is_regularisation and not f.other_captions]
    missing = tuple(name for folder in folders for name in folder.missing_captions)
    if not missing:
        return None
    total = sum(folder.picture_count for folder in folders)
    ending = recipe.data.caption_extension
    return Finding({"count": len(missing), "total": total, "names": missing, "ending": ending})


@rule(Level.WARNING)
def captions_empty(facts: Facts, recipe: Recipe) -> Finding | None:
    """A caption file holds no word."""
    empty = tuple(name for folder in _training(facts) for name in folder.empty_captions)
    return Finding({"count": len(empty), "names": empty}) if empty else None


@rule(Level.WARNING)
def captions_of_several_lines(facts: Facts, recipe: Recipe) -> Finding | None:
    """Only the first line of a caption file is read."""
    if recipe.data.wildcards:  # then one line is taken each time, and none is lost
        return None
    longer = tuple(name for folder in _training(facts) for name in folder.longer_captions)
    return Finding({"count": len(longer), "names": longer}) if longer else None


@rule(Level.WARNING)
def captions_too_long(facts: Facts, recipe: Recipe) -> Finding | None:
    """CLIP reads 75 tokens of a caption, or as many as the recipe says; the rest is lost."""
    limit = recipe.data.caption_tokens
    long = [picture for picture in facts.pictures if picture.tokens > limit]
    if not long:
        return None
    most = max(picture.tokens for picture in long)
    values = {"count": len(long), "most": most, "limit": limit}
    return Finding(values | {"names": names(long)})


def _training(facts: Facts) -> list[FolderFacts]:
    return [folder for folder in facts.folders if not folder.is_regularisation]
