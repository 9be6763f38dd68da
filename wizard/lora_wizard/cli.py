"""The command `lora-wizard`. It knows its commands by name, and imports none until called."""

import click

from lora_wizard import __version__
from lora_wizard.commands.lazy import LazyCommand, LazyGroup

_HOME = "lora_wizard.commands"

COMMANDS = {
    "demo": LazyCommand(
        f"{_HOME}.demo:command", "See it all: draw a character, train two LoRAs, compare them."
    ),
    "check": LazyCommand(
        f"{_HOME}.check:command", "Say what a folder of pictures tells, before it is trained on."
    ),
    "train": LazyCommand(
        f"{_HOME}.train:command", "Train a LoRA on a folder of pictures, by a preset or a recipe."
    ),
    "resume": LazyCommand(f"{_HOME}.resume:command", "Go on with a run that was interrupted."),
    "runs": LazyCommand(f"{_HOME}.runs:command", "List runs and how they stand."),
    "sample": LazyCommand(f"{_HOME}.sample:command", "Draw pictures with or without LoRAs."),
    "presets": LazyCommand(f"{_HOME}.presets:command", "List, show and check presets."),
    "paperdoll": LazyCommand(
        f"{_HOME}.paperdoll:command", "Drawn characters: material, and the small base model."
    ),
}

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.command(cls=LazyGroup, lazy=COMMANDS, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="lora-wizard")
def main() -> None:
    """Train character LoRAs for Stable Diffusion from one command.

    Start with `lora-wizard demo`: it needs no pictures, no GPU and no download. `lora-wizard
    COMMAND --help` explains each command.
    """
