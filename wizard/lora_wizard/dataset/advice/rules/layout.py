"""Rules about where pictures lie."""

from __future__ import annotations

from lora_wizard.dataset.advice.facts import Facts
from lora_wizard.dataset.advice.registry import Finding, Level, rule
from lora_wizard.recipe import Recipe


@rule(Level.ERROR, "data.images", "data.regularisation")
def wrong_folder(facts: Facts, recipe: Recipe) -> Finding | None:
    """No pictures lie where they are looked for."""
    problems = facts.layout_problems
    return Finding({"problems": "\n".join(map(str, problems))}) if problems else None


@rule(Level.ERROR, "data.bucket_min", "data.bucket_max", "data.bucket_step")
def impossible_buckets(facts: Facts, recipe: Recipe) -> Finding | None:
    """No bucket fits the resolution."""
    problems = facts.bucket_problems
    return Finding({"problems": "\n".join(map(str, problems))}) if problems else None


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
