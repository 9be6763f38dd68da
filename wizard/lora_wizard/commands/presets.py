"""`lora-wizard presets`: see what there is, read one, check a file, save, import and pass on."""

import os
from pathlib import Path

import click
from rich.padding import Padding
from rich.text import Text

from lora_wizard.commands.exchange import (
    diff_command,
    export_command,
    import_command,
    save_command,
)
from lora_wizard.consoles import PlainTextConsole
from lora_wizard.errors import PresetError
from lora_wizard.language import LANGUAGES, choose_language, text
from lora_wizard.output import echo
from lora_wizard.presets import Preset, find_preset, list_presets, own_folder, read_preset
from lora_wizard.recipe import recipe_to_toml
from lora_wizard.recipe.reading import read_text


@click.group()
def command() -> None:
    """Presets: named beginnings of a recipe. List, save, import and pass them on.

    Your own lie in lora-wizard/presets below your configuration folder ($XDG_CONFIG_HOME, or
    ~/.config), and come before shipped ones of the same name.
    """


@command.command("list")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language; from LANG unless given.")
def list_command(lang: str | None) -> None:
    """List all presets, with what each is for."""
    language = choose_language(lang, os.environ)
    found = list_presets()
    console = PlainTextConsole()
    for preset in found.presets:
        mark = f" {text('presets.own', language)}" if preset.origin == "own" else ""
        title = Text(f"{mark}: {preset.words('title', language)}")
        console.print(Text(preset.name, style="bold") + title)
        console.print(Padding(preset.words("summary", language), (0, 0, 0, 4)))
    for error in found.broken:
        echo(f"\n{error}", err=True)
    echo()
    echo(text("presets.read", language))
    echo(text("presets.folder", language, path=own_folder()))


@command.command("show")
@click.argument("name")
@click.option("--full", is_flag=True, help="Print the whole recipe, defaults included.")
def show_command(name: str, full: bool) -> None:
    """Print the preset NAME (or a file ending in .toml), ready to be saved as your own."""
    preset = find_preset(name)
    if full:
        header = f"{preset.title}\nThe preset {preset.name} with all defaults, as a recipe."
        echo(recipe_to_toml(preset.recipe, header=header), nl=False)
    else:
        echo(read_text(preset.path), nl=False)


@command.command("check")
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
def check_command(files: tuple[Path, ...]) -> None:
    """Check preset files: every problem with its line, and what each changes."""
    errors = []
    for path in files:
        try:
            echo("\n".join(_report(read_preset(path))))
        except PresetError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise PresetError("\n".join(str(error) for error in errors))


for _command in (save_command, import_command, export_command, diff_command):
    command.add_command(_command)


def _report(preset: Preset) -> list[str]:
    lines = [f"{preset.path}: a good preset. {preset.title}"]
    table = ""
    for line in recipe_to_toml(preset.recipe, only_changed=True).splitlines():
        if line.startswith("["):
            table = line.strip("[]")
        elif table and line:
            lines.append(f"    {table}.{line}")
    if len(lines) == 1:
        return [*lines, "    It changes nothing: every setting has its default."]
    return [lines[0], "  It differs from the defaults in:", *lines[1:]]
