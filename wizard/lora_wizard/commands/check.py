"""`lora-wizard check`: what a folder of pictures says, before anything is trained."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.padding import Padding
from rich.text import Text

from lora_wizard.composing import compose, parse_settings
from lora_wizard.consoles import PlainTextConsole
from lora_wizard.dataset import found_triggers
from lora_wizard.dataset.advice import Advice, Facts, Level, advise, crop_previews, gather_facts
from lora_wizard.language import LANGUAGES, Language, choose_language, text
from lora_wizard.output import echo, json_text
from lora_wizard.questions import suggested_trigger
from lora_wizard.recipe import Recipe

__all__ = ["command"]

_COLOURS = {Level.ERROR: "bold red", Level.WARNING: "bold yellow", Level.HINT: "bold cyan"}


@click.command(name="check")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--reg", type=click.Path(path_type=Path), help="Folder of regularisation pictures.")
@click.option("--preset", help="A preset's name or file: judge the pictures for it.")
@click.option("--recipe", metavar="FILE", help="A recipe file: judge the pictures for it.")
@click.option("--base", help="Checkpoint, diffusers folder, or `paperdoll`, as for `train`.")
@click.option("--name", help="What the LoRA will be called, as for `train`.")
@click.option("--trigger", help="The word that calls the character, as for `train`.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="May be repeated.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language; from LANG unless given.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")
def command(
    directory: Path,
    reg: Path | None,
    preset: str | None,
    recipe: str | None,
    base: str | None,
    name: str | None,
    trigger: str | None,
    settings: tuple[str, ...],
    lang: str | None,
    as_json: bool,
) -> None:
    """Say what the pictures in DIR tell: mistakes, and what experiments saw of such material.

    Takes the options of `train`, trains nothing and changes nothing. Ends with exit code 1 where
    there is an error that keeps the pictures from being trained on.
    """
    wishes = parse_settings(settings)
    made = compose(
        source=recipe,
        preset=preset,
        images=directory,
        regularisation=reg,
        base=base,
        name=name,
        settings=wishes,
        trigger=trigger,
    )
    language = choose_language(lang, os.environ)
    facts = gather_facts(made.data)
    is_open = trigger is None and "data.trigger" not in wishes and not made.data.trigger
    if recipe is None and is_open:
        made, facts = _with_trigger(made, facts)
    found = advise(facts, made, language)
    if as_json:
        echo(json_text(_record(facts, made, found), indent=2))
    else:
        _show(facts, made, found, language)
    if any(advice.level is Level.ERROR for advice in found):
        raise SystemExit(1)


def _with_trigger(recipe: Recipe, facts: Facts) -> tuple[Recipe, Facts]:
    """Both with the trigger that `train` would take for these pictures."""
    trigger = suggested_trigger(found_triggers(facts.captioned), recipe.saving.name)
    data = recipe.data.model_copy(update={"trigger": trigger})
    return recipe.model_copy(update={"data": data}), replace(facts, data=data)


def _record(facts: Facts, recipe: Recipe, found: Sequence[Advice]) -> dict[str, Any]:
    """All of it for other programs. Boxes are left, top, right, bottom in pixels of the original;
    `head_cut` is null where it cannot be told."""
    return {
        "images": recipe.data.images,
        "regularisation": recipe.data.regularisation or None,
        "pictures": len(facts.training),
        "regularisation_pictures": len(facts.regularisation),
        "trigger": recipe.data.trigger or None,
        "triggers": list(dict.fromkeys(facts.triggers.values())),
        "advice": [
            {
                "key": advice.key,
                "level": str(advice.level),
                "title": advice.title,
                "what": advice.what,
                "why": advice.why,
                "fix": advice.fix,
                "changes": dict(advice.changes),
                "questions": list(advice.questions),
            }
            for advice in found
        ],
        "crops": [
            {
                "path": str(crop.path),
                "size": crop.size,
                "bucket": crop.bucket,
                "kept": crop.kept,
                "figure": crop.figure,
                "head_cut": crop.head_cut,
            }
            for crop in crop_previews(facts, recipe.data)
        ],
    }


def _show(facts: Facts, recipe: Recipe, found: Sequence[Advice], language: Language) -> None:
    console = PlainTextConsole(highlight=False)

    def line(words: str, indent: int = 0, style: str = "") -> None:
        console.print(Padding(Text(words, style=style), (0, 0, 0, indent), expand=False))

    line(
        text(
            "check.looked_at",
            language,
            pictures=len(facts.training),
            others=len(facts.regularisation),
            resolution="x".join(map(str, recipe.data.resolution)),
            base=Path(recipe.model.base).name,
        )
    )
    if recipe.data.trigger:
        line(text("check.trigger", language, trigger=recipe.data.trigger))
    for advice in found:
        console.print()
        level = text(f"check.level.{advice.level}", language)
        line(f"{level}  {advice.title}", style=_COLOURS[advice.level])
        line(advice.what, indent=2)
        line(text("check.why", language, text=advice.why), indent=2)
        line(text("check.fix", language, text=advice.fix), indent=2)
        if advice.changes:
            line(text("check.changes", language, text=_options(advice)), indent=2)
    console.print()
    if not found:
        line(text("check.all_well", language))
        return
    levels = [advice.level for advice in found]
    counts = {f"{level}s": levels.count(level) for level in Level}
    line(text("check.count", language, **counts))


def _options(advice: Advice) -> str:
    """The suggested changes as options of `train` and `check`."""
    return " ".join(f"--set {key}={_written(value)}" for key, value in advice.changes.items())


def _written(value: object) -> str:
    """A value as `--set` reads it, quoted for a shell where needed."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return "'" + json.dumps(value, ensure_ascii=False).replace("'", "'\\''") + "'"
    plain = str(value)
    return plain if plain.replace(".", "").isalnum() else f"'{plain}'"
