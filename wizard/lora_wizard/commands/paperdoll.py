"""`lora-wizard paperdoll`: drawn characters, material to train on, and the small base model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lora_wizard.errors import LoraWizardError
from lora_wizard.output import echo
from lora_wizard.paperdoll.characters import (
    CHOICES,
    DEMO_CHARACTER,
    DEMO_NAME,
    choose_character,
    choose_outfits,
)
from lora_wizard.paperdoll.traits import OUTFITS, Character

if TYPE_CHECKING:
    from lora_wizard.paperdoll.base.plan import Amounts

__all__ = ["command"]

Command = TypeVar("Command", bound=Callable[..., None])

_FOLDER = click.Path(path_type=Path, file_okay=False)
_OVERWRITE = click.option(
    "--overwrite", is_flag=True, help="Move what is there aside, in place of refusing."
)
_SIZE = click.option(
    "--size",
    type=click.IntRange(32, 1024),
    default=64,
    show_default=True,
    help="Side of the pictures in pixels; 64 is what the small base model draws.",
)
_SEED = click.option("--seed", type=click.IntRange(0), default=1, show_default=True)


def _character_options(function: Command) -> Command:
    """Options that choose a character, one a trait. Unless given, it is the demo's."""
    for trait, words in reversed(CHOICES.items()):
        option = f"--{trait.replace('_', '-')}"
        shown = ", ".join(words)
        function = click.option(option, trait, metavar="WORD", help=f"One of: {shown}.")(function)
    random_option = click.option(
        "--random", "is_random", is_flag=True, help="Draw the character's traits from --seed."
    )
    return random_option(function)


@click.group()
def command() -> None:
    """Drawn characters: material to train on, and the small base model that comes along.

    Everything is drawn by this package itself: no download, and no picture that is another's.
    """


@command.command("material")
@click.argument("scheme")
@click.option("--out", type=_FOLDER, required=True, help="The folder to train on later.")
@click.option(
    "--name", default=DEMO_NAME, show_default=True, help="Of the character; part of folder names."
)
@click.option("--trigger", default="", help="The word that calls her up. [default: her name]")
@click.option(
    "--outfit",
    "outfits",
    metavar="KIND[:COLOUR]",
    multiple=True,
    help=f"Up to three, for the schemes that show outfits. Kinds: {', '.join(OUTFITS)}.",
)
@_character_options
@_SEED
@_SIZE
@_OVERWRITE
def material_command(
    scheme: str,
    out: Path,
    name: str,
    trigger: str,
    outfits: tuple[str, ...],
    seed: int,
    size: int,
    overwrite: bool,
    **traits: Any,
) -> None:
    """Draw a character's pictures with captions, gathered by SCHEME.

    \b
    head-only               13 heads, cut out
    head-and-mannequin      13 heads, and two outfits on a mannequin: 32 cut-outs
    full-body-one-outfit    21 figures in one outfit on black
    full-body-many-outfits  57 figures on black: random outfits, and three with own triggers
    """
    from lora_wizard.paperdoll.material import write_material

    write_material(
        scheme,
        _character(traits, seed),
        out,
        name=name,
        trigger=trigger,
        outfits=choose_outfits(outfits),
        seed=seed,
        size=size,
        overwrite=overwrite,
    )
    echo(f"{out}: ready. Train on it with: lora-wizard train --images {out}")


@command.command("regularisation")
@click.option("--out", type=_FOLDER, required=True)
@click.option(
    "--kind",
    type=click.Choice(["transparent", "scene"]),
    default="scene",
    show_default=True,
    help="Cut-outs on nothing, or whole pictures (which keep heads from floating).",
)
@click.option(
    "--source",
    type=click.Choice(["drawn", "base"]),
    default="drawn",
    show_default=True,
    help="Drawn at once, or sampled from the base model as the article did (minutes).",
)
@click.option("--count", type=click.IntRange(1), default=400, show_default=True)
@_character_options
@_SEED
@_SIZE
@_OVERWRITE
def regularisation_command(
    out: Path,
    kind: str,
    source: str,
    count: int,
    seed: int,
    size: int,
    overwrite: bool,
    **traits: Any,
) -> None:
    """Draw other people, tagged in full, to keep what the base model knows.

    Give the traits of your character: nobody with her hair and eye colour is drawn.
    """
    from lora_wizard.paperdoll.regularisation import write_regularisation

    write_regularisation(
        kind,
        out,
        without=_character(traits, seed),
        count=count,
        source=source,
        seed=seed,
        size=size,
        overwrite=overwrite,
    )
    echo(f"{out}: {count} pictures. Use them with: lora-wizard train --reg {out}")


@command.command("draw")
@click.option("--count", type=click.IntRange(1, 2000), default=48, show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@_SEED
@_SIZE
@click.option("--overwrite", is_flag=True, help="Replace a file that is there already.")
def draw_command(count: int, out: Path, seed: int, size: int, overwrite: bool) -> None:
    """Draw random scenes on one sheet, to see what the paperdoll world is like."""
    from lora_wizard.paperdoll.contact import write_sheet

    write_sheet(out, count=count, seed=seed, size=size, overwrite=overwrite)
    echo(f"{out}: {count} pictures")


@command.command("train-base")
@click.option("--out", type=_FOLDER, required=True, help="Where the finished model goes.")
@click.option(
    "--state",
    type=_FOLDER,
    help="Where the training is kept to go on from. [default: OUT.training]",
)
@click.option(
    "--size",
    type=click.Choice(["64", "96", "128"]),
    default="64",
    show_default=True,
    help="Side of its pictures in pixels. 96 and 128 want a GPU.",
)
@click.option("--samples", type=click.IntRange(0), help="Pictures that the UNet sees.")
@click.option("--vae-samples", type=click.IntRange(1), help="Pictures for the autoencoder.")
@click.option("--text-steps", type=click.IntRange(1), help="Steps of the text encoder.")
@click.option("--pictures", type=click.IntRange(1), help="Different drawings the UNet sees.")
@click.option("--decoder-samples", type=click.IntRange(0), help="Pictures for the last polish.")
@click.option("--batch", type=click.IntRange(1), help="Of the UNet, a worker and step.")
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=2,
    show_default=True,
    help="Processes on a CPU, one a core.",
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")
@click.option(
    "--from-weights",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Begin from this finished model: its encoders stay, UNet and decoder learn on.",
)
@click.option("--export-only", is_flag=True, help="Train nothing: write the model as it is now.")
def train_base_command(
    out: Path,
    state: Path | None,
    size: str,
    workers: int,
    device: str,
    from_weights: Path | None,
    export_only: bool,
    **amounts: int | None,
) -> None:
    """Train the small base model from nothing but drawings, and write it as a diffusers folder.

    The same command goes on where it was stopped; with more --samples it trains longer. With two
    CPU cores it takes about four hours, with a GPU minutes.
    """
    # Not at the top: torch takes seconds, and only this command needs it.
    from lora_wizard.paperdoll.base.export import export_state
    from lora_wizard.paperdoll.base.modules import SIZES
    from lora_wizard.paperdoll.base.plan import ON_CPU, ON_GPU, Plan, as_begun
    from lora_wizard.paperdoll.base.start import start_training

    chosen = _device(device)
    usual = ON_CPU if chosen.type == "cpu" else ON_GPU
    plan = Plan(
        sizes=SIZES[int(size)],
        amounts=replace(usual, **{key: n for key, n in amounts.items() if n is not None}),
        state=state or out.with_name(f"{out.name}.training"),
        out=out,
        command=_recorded(size, usual, amounts, workers, from_weights),
    )
    if export_only:
        export_state(as_begun(plan))
    else:
        start_training(plan, device=chosen, workers=workers, from_weights=from_weights)
    echo(f"{out}: ready. Draw with it: lora-wizard sample --base {out} --prompt 1girl")


def _character(traits: dict[str, Any], seed: int) -> Character:
    """The demo's character or a random one, with the chosen traits."""
    import random

    from lora_wizard.paperdoll.traits import random_character

    is_random = traits.pop("is_random")
    start = random_character(random.Random(seed)) if is_random else DEMO_CHARACTER
    return choose_character(start, {key: word for key, word in traits.items() if word is not None})


def _device(word: str) -> Any:
    """A `torch.device`."""
    import torch

    from lora_wizard.models.placement import choose_device

    if word == "auto":
        return choose_device()
    if word == "cuda" and not torch.cuda.is_available():
        raise LoraWizardError("there is no GPU that PyTorch can use", where="--device cuda")
    if word not in ("cpu", "cuda"):
        raise LoraWizardError(f'there is no "{word}"', where="--device", fix="auto, cpu or cuda.")
    return torch.device(word)


def _recorded(
    size: str, usual: Amounts, amounts: dict[str, int | None], workers: int, weights: Path | None
) -> str:
    """The command line to keep beside the weights, without this machine's paths."""
    words = ["lora-wizard paperdoll train-base --out MODEL", f"--size {size}"]
    for key in ("samples", "vae_samples", "text_steps", "pictures", "decoder_samples", "batch"):
        number = amounts[key] if amounts[key] is not None else getattr(usual, key)
        words.append(f"--{key.replace('_', '-')} {number}")
    words.append(f"--workers {workers}")
    return " ".join([*words, *([f"--from-weights {weights.name}"] if weights else [])])
