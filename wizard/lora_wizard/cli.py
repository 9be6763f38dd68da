"""The command `lora-wizard`. It knows its commands by name, and imports none until called."""

from pathlib import Path
from typing import Any

import click

from lora_wizard import __version__
from lora_wizard.command_line import LazyCommand, LazyGroup
from lora_wizard.commands.screen_options import screen_options

_HOME = "lora_wizard.commands"

COMMANDS = {
    "demo": LazyCommand(
        f"{_HOME}.demo:command", "See it all: draw a character, train two LoRAs, compare them."
    ),
    "check": LazyCommand(
        f"{_HOME}.check:command", "Say what a folder of pictures tells, before it is trained on."
    ),
    "new": LazyCommand(
        f"{_HOME}.new:command", "Write a recipe from your pictures, without a screen."
    ),
    "train": LazyCommand(
        f"{_HOME}.train:command", "Train a LoRA on a folder of pictures, by a preset or a recipe."
    ),
    "resume": LazyCommand(f"{_HOME}.resume:command", "Go on with a run that was interrupted."),
    "runs": LazyCommand(f"{_HOME}.runs:command", "List runs and how they stand."),
    "attach": LazyCommand(f"{_HOME}.attach:command", "Look at a run, as often as you like."),
    "stop": LazyCommand(f"{_HOME}.stop:command", "Stop a training, with everything saved."),
    "queue": LazyCommand(f"{_HOME}.queue:command", "Train several recipes one after another."),
    "doctor": LazyCommand(f"{_HOME}.doctor:command", "Look at what this machine can train with."),
    "sample": LazyCommand(f"{_HOME}.sample:command", "Draw pictures with or without LoRAs."),
    "inspect": LazyCommand(
        f"{_HOME}.inspect:command", "Look at a LoRA file: family, rank, triggers, problems."
    ),
    "convert": LazyCommand(
        f"{_HOME}.convert:command", "Write a LoRA under kohya's names, or under diffusers'."
    ),
    "merge": LazyCommand(f"{_HOME}.merge:command", "Make one LoRA of several, with weights."),
    "resize": LazyCommand(f"{_HOME}.resize:command", "Write a LoRA at another rank."),
    "presets": LazyCommand(f"{_HOME}.presets:command", "List, save, import, export presets."),
    "paperdoll": LazyCommand(
        f"{_HOME}.paperdoll:command", "Drawn characters: material, and the small base model."
    ),
}

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=LazyGroup, lazy=COMMANDS, context_settings=CONTEXT, invoke_without_command=True)
@click.version_option(__version__, prog_name="lora-wizard")
@screen_options
@click.option("--images", type=click.Path(path_type=Path), help="Your folder of pictures.")
@click.option("--base", help="Checkpoint, diffusers folder, or `paperdoll` (comes along).")
@click.option("--web", is_flag=True, help="Show the app in a browser on this machine instead.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, help="For --web.")
@click.pass_context
def main(context: click.Context, /, **options: Any) -> None:
    """Train character LoRAs for Stable Diffusion.

    Without a command the app opens: it asks one question after another, starts the training and
    shows its loss. Training goes on when you leave or the connection breaks; come back with
    `lora-wizard attach`.

    `lora-wizard demo` shows it all: it needs no pictures, no GPU and no download. `lora-wizard
    COMMAND --help` explains each command.
    """
    if context.invoked_subcommand is not None:
        return
    # What the app needs is imported here: every other command starts without it.
    from lora_wizard.commands.app import open_or_serve

    open_or_serve(**options)
