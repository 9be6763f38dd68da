"""`lora-wizard new`: the wizard's questions without a screen, answered by their suggestions."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import click

from lora_wizard.atomic import atomic_write
from lora_wizard.commands.exchange import is_ours
from lora_wizard.commands.imported_table import imported_table
from lora_wizard.commands.talk import Talk
from lora_wizard.composing import parse_settings
from lora_wizard.dataset import scan
from lora_wizard.errors import DatasetError, LoraWizardError, Problem, RecipeError
from lora_wizard.flow import (
    Begin,
    Flow,
    answers_from_options,
    answers_from_settings,
    begin_with_defaults,
    begin_with_file,
    begin_with_preset,
    earlier_speeds,
    estimate,
    look_at_base,
)
from lora_wizard.interchange import read_foreign
from lora_wizard.language import LANGUAGES, choose_language
from lora_wizard.output import echo, printable
from lora_wizard.recipe import Recipe, recipe_to_toml, with_settings
from lora_wizard.recipe.reading import parse_toml, read_text

__all__ = ["command"]

_PATH = click.Path(path_type=Path)


@click.command()
@click.option("--preset", help="A preset's name (see `lora-wizard presets list`) or file.")
@click.option("--from", "source", type=_PATH, help="A recipe, or another trainer's file.")
@click.option("--images", type=_PATH, help="Folder with N_name sub-folders.")
@click.option("--reg", type=_PATH, help="Folder of regularisation pictures.")
@click.option("--base", help="Checkpoint, diffusers folder, or `paperdoll` (comes along).")
@click.option("--name", help="What the LoRA file is called; from the folder unless given.")
@click.option("--trigger", help="The word that calls the character; suggested unless given.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="May be repeated.")
@click.option("--to", "out", help="The recipe file, or - for stdout; NAME.toml unless given.")
@click.option("--yes", is_flag=True, help="Take all suggestions without asking.")
@click.option("--overwrite", is_flag=True, help="Replace a recipe file that is there.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language; from LANG unless given.")
def command(
    preset: str | None,
    source: Path | None,
    images: Path | None,
    reg: Path | None,
    base: str | None,
    name: str | None,
    trigger: str | None,
    settings: tuple[str, ...],
    out: str | None,
    yes: bool,
    overwrite: bool,
    lang: str | None,
) -> None:
    """Write a recipe: the wizard's questions, answered by what it suggests for your pictures.

    Nothing is trained. Train it with `lora-wizard train NAME.toml`.
    """
    talk = Talk(choose_language(lang, os.environ), to_stderr=out == "-")
    wishes = parse_settings(settings)
    begin = _begin(preset, source, talk)
    begin = replace(begin, recipe=with_settings(begin.recipe, wishes))
    flow = Flow(begin, language=talk.language).with_given(
        {
            **answers_from_settings(begin.recipe, wishes),
            **answers_from_options(images, reg, base, name, trigger),
        }
    )
    flow, problems = _looked_at(flow)
    target = Path(out or f"{flow.recipe.saving.name}.toml")
    if target.exists() and out != "-" and not overwrite:
        fix = "Use --to with another name, or --overwrite"
        problems.append(Problem(str(target), "is there already", fix))
    if not yes and not sys.stdin.isatty():
        what = "this is no terminal, so it cannot be asked whether all is well"
        problems.append(Problem("--yes", what, "Add --yes to take all suggestions"))
    if problems:
        once = tuple(dict.fromkeys(problems))  # two answers may have the same thing wrong
        raise RecipeError("the recipe cannot be written yet:", problems=once)
    recipe = with_settings(flow.result(), wishes)
    talk.answers(flow)
    family = flow.resolved.context.family
    found = estimate(
        recipe, flow.counted, family=family, speeds=earlier_speeds(), language=talk.language
    )
    talk.estimate(found)
    if not yes and not click.confirm(printable(talk.words("ask", path=target)), err=True):
        raise SystemExit(1)
    _write(recipe, out, target)
    if out != "-":
        talk.say("")
        talk.line("written", path=target)
        talk.line("next", command=shlex.join(["lora-wizard", "train", str(target)]))


def _begin(preset: str | None, source: Path | None, talk: Talk) -> Begin:
    """What the flow starts from; says what became of another trainer's file.

    Raises:
        LoraWizardError: both are given, or the one given will not do.
    """
    if preset is not None and source is not None:
        raise RecipeError(
            "a file and a preset are both given",
            where=f"--from {source}, --preset {preset}",
            fix="Keep one of them",
        )
    if preset is not None:
        return begin_with_preset(preset)
    if source is None:
        return begin_with_defaults()
    if is_ours(source):
        is_preset = "preset" in parse_toml(read_text(source), str(source))
        return begin_with_preset(str(source)) if is_preset else begin_with_file(source)
    imported = read_foreign(source, talk.language)
    talk.show(imported_table(imported, talk.language))
    return Begin("import", str(source), imported.recipe)


def _looked_at(flow: Flow) -> tuple[Flow, list[Problem]]:
    """The flow with the base and the pictures looked at, and all that is wrong."""
    flow = flow.with_base_family(look_at_base(flow.recipe.model.base))
    problems: list[Problem] = []
    if flow.recipe.data.images and "data.images" not in flow.problems:
        try:
            flow = flow.with_dataset(scan(flow.recipe.data, flow.recipe.validation), flow.scan_key)
        except DatasetError as error:
            problems += _problems_of(error)
    return flow, [*problems, *(one for found in flow.problems.values() for one in found)]


def _problems_of(error: LoraWizardError) -> tuple[Problem, ...]:
    return error.problems or (Problem(error.where, error.message, error.fix),)


def _write(recipe: Recipe, out: str | None, target: Path) -> None:
    """The recipe to its file, or to stdout.

    Raises:
        RecipeError: it cannot be written.
    """
    text = recipe_to_toml(recipe)
    if out == "-":
        echo(text, nl=False)
        return
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(target, text)
    except OSError as error:
        raise RecipeError(
            f"cannot be written: {error.strerror or error}", where=str(target), fix="Check the path"
        ) from error
