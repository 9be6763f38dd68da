"""`lora-wizard presets save|import|export|diff`: presets from recipes, runs and other trainers."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import click

from lora_wizard.commands.imported_table import imported_record, imported_table
from lora_wizard.commands.new_files import write_files
from lora_wizard.composing import parse_settings
from lora_wizard.consoles import PlainTextConsole
from lora_wizard.dataset import scan
from lora_wizard.errors import LoraWizardError, PresetError
from lora_wizard.flow import differences
from lora_wizard.interchange import Imported, Subset, export_sd_scripts, read_foreign
from lora_wizard.language import LANGUAGES, choose_language, text
from lora_wizard.output import echo, json_text, printable
from lora_wizard.presets import (
    Preset,
    find_preset,
    own_preset_path,
    read_preset,
    save_preset,
    shareable,
    write_preset,
)
from lora_wizard.recipe import Recipe, read_recipe, with_settings
from lora_wizard.recipe.reading import parse_toml, read_text
from lora_wizard.recipe.recipe import known_keys
from lora_wizard.runs import RunFolder

__all__ = ["diff_command", "export_command", "import_command", "load", "save_command"]

_PATH = click.Path(path_type=Path)
_LONGEST_NAME = 60
"""Letters of a preset's name that comes from a file's."""
_HEAD = re.compile(r"^\s*(?:\[preset\]|format\s*=\s*\d)", re.MULTILINE)
"""How a file of this program begins."""


@click.command("save")
@click.argument("name")
@click.option("--from", "source", type=_PATH, help="A recipe file, or a run's folder.")
@click.option("--preset", help="A preset's name or file, to change with --set.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="May be repeated.")
@click.option("--title", default="", help="One line that says what it is.")
@click.option("--summary", default="", help="For whom it is, in a sentence or two.")
@click.option("--overwrite", is_flag=True, help="Replace a preset of that name.")
def save_command(
    name: str,
    source: Path | None,
    preset: str | None,
    settings: tuple[str, ...],
    title: str,
    summary: str,
    overwrite: bool,
) -> None:
    """Save a recipe as your own preset NAME, without paths and the LoRA's name."""
    if (source is None) is (preset is None):
        raise PresetError(
            "it is not said what to save",
            where=name,
            fix="Give either --from RECIPE.toml (or a run's folder), or --preset NAME",
        )
    start = load(str(source)) if source is not None else find_preset(preset or "").recipe
    recipe = with_settings(start, parse_settings(settings))
    path = save_preset(name, recipe, title=title, summary=summary, overwrite=overwrite)
    _say_saved(path, recipe)


@click.command("import")
@click.argument("file", type=_PATH)
@click.option("--dataset", type=_PATH, help="The dataset TOML that goes with a config TOML.")
@click.option("--as", "name", help="The preset's name; from the file unless given.")
@click.option("--overwrite", is_flag=True, help="Replace a preset of that name.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")
@click.option("--dry-run", is_flag=True, help="Show what would become of it, and save nothing.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language; from LANG unless given.")
def import_command(
    file: Path,
    dataset: Path | None,
    name: str | None,
    overwrite: bool,
    as_json: bool,
    dry_run: bool,
    lang: str | None,
) -> None:
    """Make your own preset of FILE, from somebody else or from another trainer.

    Reads preset files, JSON and TOML of LoRA_Easy_Training_Scripts, JSON of the kohya_ss GUI, and
    config and dataset TOML of sd-scripts, and says what became of each setting. Secrets are never
    read, and nothing in a file is run.
    """
    language = choose_language(lang, os.environ)
    wanted = name or _preset_name(file)
    path = own_preset_path(wanted)
    if os.path.lexists(path) and not overwrite and not dry_run:
        fix = "Use --as with another name, or --overwrite"
        raise PresetError("there is one of that name", where=str(path), fix=fix)
    preset: Preset | None = None
    if is_ours(file):
        if dataset is not None:
            fix = "Leave --dataset out: it goes with a config TOML of sd-scripts"
            raise PresetError("is a file of LoRA Wizard itself", where=str(file), fix=fix)
        preset = _as_preset(file)
        imported = Imported(preset.recipe, "LoRA Wizard", ())
        title, summary = preset.title, preset.summary
    else:
        imported = read_foreign(file, language, dataset=dataset)
        title = text(
            "interchange.preset.from", language, name=printable(file.name), format=imported.format
        )
        summary = ""
    if as_json:
        saved = None if dry_run else str(path)
        echo(json_text(imported_record(imported, saved), indent=2))
    elif preset is None:
        PlainTextConsole(highlight=False).print(imported_table(imported, language))
    if dry_run:
        return
    save_preset(wanted, imported.recipe, title=title, summary=summary, overwrite=overwrite)
    if not as_json:
        _say_saved(path, imported.recipe)


@click.command("export")
@click.argument("source", metavar="NAME|RECIPE.toml")
@click.option("--to", "out", type=_PATH, help="Where to write; here, under its name, unless given.")
@click.option("--format", "kind", type=click.Choice(["sd-scripts", "preset"]), default="sd-scripts")
@click.option("--overwrite", is_flag=True, help="Replace files that are there.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language; from LANG unless given.")
def export_command(
    source: str, out: Path | None, kind: str, overwrite: bool, lang: str | None
) -> None:
    """Write a preset or recipe as files for sd-scripts, or as a preset file to pass on.

    For sd-scripts it writes OUT-config.toml and OUT-dataset.toml (and OUT-prompts.txt).
    """
    recipe, stem = load(source), Path(source).stem
    if kind == "preset":
        path = out or Path(f"{stem}.toml")
        title, summary = _words_of(source, stem)
        write_preset(path, recipe, title=title, summary=summary, overwrite=overwrite)
        _say_saved(path, recipe)
        return
    start = str(out.with_suffix("") if out and out.suffix == ".toml" else out or stem)
    names = {kind: Path(f"{start}-{kind}") for kind in ("config.toml", "dataset.toml")}
    names["prompts.txt"] = Path(f"{start}-prompts.txt")
    exported = export_sd_scripts(
        recipe,
        subsets=_subsets(recipe),
        prompts_name=names["prompts.txt"].name,
        language=choose_language(lang, os.environ),
    )
    texts = dict(
        zip(names, (exported.config_toml, exported.dataset_toml, exported.prompts), strict=True)
    )
    chosen = {names[kind]: content for kind, content in texts.items() if content}
    write_files(chosen, overwrite=overwrite)
    for path in chosen:
        echo(f"Wrote {path}")
    for note in exported.notes:
        echo(f"  - {note}")


@click.command("diff")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
def diff_command(first: str, second: str) -> None:
    """Show the settings that differ between A and B: presets, recipes, runs, or foreign files."""
    found = differences(load(first), load(second))
    if not found:
        echo("They are the same in every setting.")
        return
    width = max(len(one.key) for one in found)
    for one in found:
        echo(f"{one.key:<{width}}  {_shown(one.before)} -> {_shown(one.after)}")


def load(source: str) -> Recipe:
    """A recipe from a preset's name, or from a file: a recipe, a preset, or a foreign one.

    Raises:
        LoraWizardError: there is nothing of the kind, or it will not do.
    """
    path = Path(source)
    # Not the methods of Path: those end with an error where a name is too long.
    if os.path.isdir(path):
        return read_recipe(RunFolder(path).recipe_path)
    if not os.path.isfile(path) and path.suffix.lower() not in (".toml", ".json"):
        return find_preset(source).recipe
    if not is_ours(path):
        return read_foreign(path).recipe
    return read_preset(path).recipe if _has_head(path) else read_recipe(path)


def is_ours(path: Path) -> bool:
    """Whether a file is a preset or recipe of this program, sound or not.

    Raises:
        RecipeError: it cannot be read.
    """
    if path.suffix.lower() == ".json":
        return False
    words = read_text(path)
    try:
        data = parse_toml(words, str(path))
    except LoraWizardError:
        if _HEAD.search(words) is None:
            return False  # what reads files of other programs says what is wrong with it
        raise
    keys = [f"{table}.{key}" for table, inner in data.items() if isinstance(inner, dict)
            for key in inner]  # fmt: skip
    known = set(known_keys())
    plain = bool(keys) and all(key in known for key in keys) and len(data) == len(_tables(data))
    return "preset" in data or isinstance(data.get("format"), int) or plain


def _tables(data: dict[str, Any]) -> list[str]:
    return [key for key, value in data.items() if isinstance(value, dict)]


def _has_head(path: Path) -> bool:
    return "preset" in parse_toml(read_text(path), str(path))


def _as_preset(path: Path) -> Preset:
    """A preset file, or a recipe taken as one.

    Raises:
        LoraWizardError: with everything that is wrong with it.
    """
    if _has_head(path):
        return read_preset(path)
    return Preset(path.stem, path.stem, path.stem, "", read_recipe(path), path, "own")


def _words_of(source: str, stem: str) -> tuple[str, str]:
    """Title and summary of a preset; the file's name for anything else."""
    try:
        preset = find_preset(source)
    except LoraWizardError:
        return stem, ""
    return preset.title, preset.summary


def _preset_name(file: Path) -> str:
    plain = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in file.stem)
    return plain.strip("-")[:_LONGEST_NAME] or "imported"


def _subsets(recipe: Recipe) -> tuple[Subset, ...]:
    """The folders of pictures where they are here; none where they are not.

    Raises:
        DatasetError: They are here, and cannot be trained on.
    """
    if not recipe.data.images or not Path(recipe.data.images).expanduser().is_dir():
        return ()
    found = scan(recipe.data).folders
    return tuple(
        Subset(str(one.path), one.repeats, one.class_tokens, one.is_regularisation) for one in found
    )


def _say_saved(path: Path, recipe: Recipe) -> None:
    echo(f"Saved {path}")
    if removed := shareable(recipe)[1]:
        echo(f"Left out, as it belongs to this machine or this LoRA: {', '.join(removed)}")


def _shown(value: object) -> str:
    if value is None:
        return "unset"
    return str(value).lower() if isinstance(value, bool) else str(value)
