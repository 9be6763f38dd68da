"""`lora-wizard sample`: pictures from prompts, with LoRAs or without."""

from pathlib import Path
from typing import Any

import click

from lora_wizard.commands.chosen_loras import parse_lora
from lora_wizard.commands.drawing import Wish, draw
from lora_wizard.output import echo

__all__ = ["command"]

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.option(
    "--base",
    default="paperdoll",
    show_default=True,
    help="A checkpoint, a diffusers folder, or `paperdoll`, the small model of this package.",
)
@click.option("--vae", default="", help="Another VAE than the base's own: a file or a folder.")
@click.option("--family", type=click.Choice(["auto", "sd1", "sd2", "sdxl"]), default="auto")
@click.option(
    "--v-prediction/--epsilon",
    default=None,
    help="What the base predicts, where its file does not say so or is mistaken.",
)
@click.option(
    "--zero-terminal-snr/--no-zero-terminal-snr",
    default=None,
    help="Whether its noise schedule ends in pure noise, likewise.",
)
@click.option(
    "--lora",
    "loras",
    metavar="FILE[:STRENGTH]",
    multiple=True,
    help="A LoRA for every prompt. May be repeated.",
)
@click.option(
    "--lora-dir",
    "lora_folders",
    type=_FOLDER,
    multiple=True,
    help="Where <lora:name:strength> in a prompt finds its file, besides --lora.",
)
@click.option("--prompt", "prompts", required=True, multiple=True, help="May be repeated.")
@click.option("--negative", default="", help="What is not wanted, for all prompts.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32),
    default=1,
    show_default=True,
    help="Of each prompt's first picture.",
)
@click.option(
    "--count",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Pictures a prompt; the seed goes up by one from picture to picture.",
)
@click.option("--steps", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option(
    "--guidance",
    type=click.FloatRange(1),
    default=7.0,
    show_default=True,
    help="How strongly the prompt is followed. At 1 the negative prompt has no say.",
)
@click.option("--width", type=click.IntRange(1), default=None, help="Pixels; the model's own.")
@click.option("--height", type=click.IntRange(1), default=None, help="Pixels; the model's own.")
@click.option(
    "--sampler",
    type=click.Choice(["ddim", "euler_a", "dpmpp_2m"]),
    default="ddim",
    show_default=True,
)
@click.option(
    "--clip-skip",
    type=click.IntRange(1, 12),
    default=1,
    show_default=True,
    help="Which layer of the text encoder is read, from its end. 2 for anime SD1 checkpoints.",
)
@click.option("--precision", type=click.Choice(["auto", "fp32", "bf16", "fp16"]), default="auto")
@click.option("--batch", type=click.IntRange(1), default=None, help="Pictures drawn at once.")
@click.option("--grid", is_flag=True, help="Also save a contact sheet: prompts down, seeds across.")
@click.option("--out", type=_FOLDER, default=Path("samples"), show_default=True)
def command(
    loras: tuple[str, ...],
    width: int | None,
    height: int | None,
    batch: int | None,
    **options: Any,
) -> None:
    """Draw pictures with a base model, with LoRAs or without.

    Prompts are in the syntax of A1111's web UI: (word:1.2), [word], BREAK and
    <lora:name:strength>. A LoRA that a prompt names acts there with the strength written there.
    Pictures are numbered on from those in the folder; none is ever overwritten.
    """
    wish = Wish(
        loras=tuple(parse_lora(text) for text in loras),
        width=width or 0,
        height=height or 0,
        batch=batch or 0,
        **options,
    )
    saved = draw(wish)
    names = saved[0].name if len(saved) == 1 else f"{saved[0].name} to {saved[-1].name}"
    echo(f"Saved in {wish.out}: {names}")
