"""What a user may say of the character, alike in `run` and `judge`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from lora_eval.pictures.manifest import CharacterFacts

_OPTIONS = (
    click.option("--trigger", default="", help="The word that calls the character up."),
    click.option(
        "--training-outfit",
        "training_outfits",
        multiple=True,
        metavar="TAG",
        help='What she wears in the training pictures, such as "school uniform". May be repeated.',
    ),
    click.option(
        "--outfit-trigger",
        "outfit_triggers",
        multiple=True,
        metavar="WORD",
        help="The word of a trained outfit. May be repeated.",
    ),
    click.option(
        "--trait",
        "traits",
        multiple=True,
        metavar="TAG",
        help='What is always hers, such as "aqua hair". May be repeated.',
    ),
    click.option(
        "--training-images",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        help="The folder that the LoRAs were trained on: for the likeness.",
    ),
)


def character_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options; `character_of` takes them out again."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def character_of(options: dict[str, Any]) -> CharacterFacts:
    """Takes the character's options out of a command's."""
    images = options.pop("training_images")
    return CharacterFacts(
        trigger=options.pop("trigger").strip(),
        outfit_triggers=options.pop("outfit_triggers"),
        training_outfits=tuple(_plain(tag) for tag in options.pop("training_outfits")),
        traits=tuple(_plain(tag) for tag in options.pop("traits")),
        # In full: the folder of pictures may be judged again from elsewhere.
        training_images="" if images is None else str(images.resolve()),
    )


def _plain(tag: str) -> str:
    return tag.strip().lower().replace("_", " ")
