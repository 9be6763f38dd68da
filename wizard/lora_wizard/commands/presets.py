"""`lora-wizard presets`: see what there is, read one, check a file, save, import and pass on."""

from pathlib import Path

import click

from lora_wizard.commands.exchange import (
    diff_command,
    export_command,
    import_command,
    save_command,
)
from lora_wizard.errors import PresetError
from lora_wizard.presets import Preset, find_preset, list_presets, own_folder, read_preset
from lora_wizard.recipe import recipe_to_toml


@click.group()
def command() -> None:
    """Presets: named beginnings of a recipe. List, save, import and pass them on.

    Your own lie in lora-wizard/presets below your configuration folder ($XDG_CONFIG_HOME, or
    ~/.config), and come before shipped ones of the same name.
    """


@command.command("list")
def list_command() -> None:
    """List all presets, with what each is for."""
    found = list_presets()
    for preset in found.presets:
        mark = " (your own)" if preset.origin == "own" else ""
        click.echo(f"{click.style(preset.name, bold=True)}{mark}: {preset.title}")
        click.echo(click.wrap_text(preset.summary, 80, "    ", "    "))
    for error in found.broken:
        click.echo(f"\n{error}", err=True)
    click.echo("\nRead one with `lora-wizard presets show NAME`.")
    click.echo(f"Your own go to {own_folder()}")


@command.command("show")
@click.argument("name")
@click.option("--full", is_flag=True, help="Print the whole recipe, defaults included.")
def show_command(name: str, full: bool) -> None:
    """Print the preset NAME (or a file ending in .toml), ready to be saved as your own."""
    preset = find_preset(name)
    if full:
        header = f"{preset.title}\nThe preset {preset.name} with all defaults, as a recipe."
        click.echo(recipe_to_toml(preset.recipe, header=header), nl=False)
    else:
        click.echo(preset.path.read_text(encoding="utf-8-sig"), nl=False)


@command.command("check")
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
def check_command(files: tuple[Path, ...]) -> None:
    """Check preset files: every problem with its line, and what each changes."""
    errors = []
    for path in files:
        try:
            click.echo("\n".join(_report(read_preset(path))))
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
