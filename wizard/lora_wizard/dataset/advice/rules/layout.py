"""Rules about where pictures lie."""

from __future__ import annotations

from lora_wizard.dataset.advice.facts import Facts
from lora_wizard.dataset.advice.registry import Finding, Level, rule
from lora_wizard.dataset.folder_names import is_utf8
from lora_wizard.recipe import Recipe


@rule(Level.ERROR, "data.images", "data.regularisation")
def wrong_folder(facts: Facts, recipe: Recipe) -> Finding | None:
    """No pictures lie where they are looked for."""
    problems = facts.layout_problems
    return Finding({"problems": problems}) if problems else None


@rule(Level.ERROR, "data.images", "data.regularisation")
def folder_names(facts: Facts, recipe: Recipe) -> Finding | None:
    """A folder is named so that it cannot be used: by a date, a huge number, or not in UTF-8."""
    problems = facts.name_problems
    return Finding({"problems": "\n".join(map(str, problems))}) if problems else None


@rule(Level.WARNING, "data.images", "data.regularisation")
def repeats_perhaps_year(facts: Facts, recipe: Recipe) -> Finding | None:
    """The number in front of a folder's name may be a year."""
    named = [folder for folder in facts.folders if folder.is_perhaps_year]
    if not named or facts.name_problems:
        return None
    return Finding({"folder": named[0].path.name, "repeats": named[0].repeats})


@rule(Level.ERROR, "data.bucket_min", "data.bucket_max", "data.bucket_step")
def impossible_buckets(facts: Facts, recipe: Recipe) -> Finding | None:
    """No bucket fits the resolution."""
    problems = facts.bucket_problems
    return Finding({"problems": problems}) if problems else None


@rule(Level.WARNING, "data.images")
def passed_over(facts: Facts, recipe: Recipe) -> Finding | None:
    """Pictures lie beside the numbered folders and are not used."""
    left_out = (*(f"{name}/" for name in facts.passed_over), *facts.loose)
    return Finding({"count": len(left_out), "names": left_out}) if left_out else None


@rule(Level.HINT, "data.images")
def taken_as_one(facts: Facts, recipe: Recipe) -> Finding | None:
    """The folder holds the pictures itself."""
    if not facts.taken_as_one:
        return None
    folder = facts.folders[0]
    repeats = recipe.data.repeats if folder.is_bare else folder.repeats
    values = {"folder": facts.taken_as_one[0], "repeats": repeats}
    return Finding(values | {"pictures": folder.picture_count})


@rule(Level.WARNING, "data.images")
def formats_unread(facts: Facts, recipe: Recipe) -> Finding | None:
    """Pictures of kinds that are not read."""
    unread = tuple(name for folder in facts.folders for name in folder.unread_pictures)
    return Finding({"count": len(unread), "names": unread}) if unread else None


@rule(Level.HINT, "data.images")
def folders_unused(facts: Facts, recipe: Recipe) -> Finding | None:
    """Folders inside folders of pictures, and numbered ones without a picture."""
    inner = [f"{one.path.name}/{name}/" for one in facts.folders for name in one.inner_folders]
    unused = (*(f"{name}/" for name in facts.empty_folders), *inner)
    return Finding({"count": len(unused), "names": unused}) if unused else None


@rule(Level.HINT)
def names_not_utf8(facts: Facts, recipe: Recipe) -> Finding | None:
    """Names of pictures that are not UTF-8."""
    odd = tuple(one.path.name for one in facts.pictures if not is_utf8(one.path.name))
    return Finding({"count": len(odd), "names": odd}) if odd else None
