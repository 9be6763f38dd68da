"""`lora-wizard resize`: a LoRA at another rank, and how much of it is kept."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lora_wizard.commands.made_file import made_file_options, ready_path, say_notes, say_written

if TYPE_CHECKING:
    from lora_wizard.lora.surgery import Kept
    from lora_wizard.lora.surgery.writing import Precision

__all__ = ["command", "kept_words"]

PARTS = {
    "unet": "the U-Net",
    "text_encoder": "the text encoder",
    "text_encoder_2": "the second text encoder",
    "other": "other layers",
}


@click.command(name="resize")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rank", type=click.IntRange(1, 1024), help="The new rank of every layer.")
@click.option(
    "--energy",
    type=click.FloatRange(0, 1, min_open=True),
    help="Keep this share of each layer's energy, such as 0.95, at whatever rank that takes.",
)
@made_file_options
def command(
    file: Path,
    rank: int | None,
    energy: float | None,
    out: Path,
    precision: Precision | None,
    overwrite: bool,
) -> None:
    """Write the LoRA FILE at another rank, as near to it as that rank allows.

    The energy of a change is the square of its norm. A LoRA of rank 128 often keeps nearly all of
    it at 16 or 32: the file becomes small, the pictures stay. All layers of a text encoder get one
    rank, since diffusers applies mixed ones wrongly.
    """
    if (rank is None) == (energy is None):
        raise click.UsageError("Give either --rank or --energy.")
    if energy is not None and math.isnan(energy):
        raise click.UsageError("--energy must be a share of 1, such as 0.95.")
    from lora_wizard.lora import load_lora, save_lora
    from lora_wizard.lora.surgery import by_energy, by_rank, of_family, renewed, type_of
    from lora_wizard.lora.surgery.changes import tensors_of

    out = ready_path(out, [file], overwrite=overwrite)
    lora = load_lora(file)
    say_notes([lora])
    kept = by_rank(lora.modules, rank) if rank else by_energy(lora.modules, energy or 1.0)
    note = f"resized to rank {rank}" if rank else f"resized to {energy:g} of the energy"
    header = renewed([lora.metadata], kept.modules, name=out.stem, note=note)
    chosen = precision or type_of(lora.tensors.values())
    family = lora.family
    tensors = tensors_of(kept.modules, family)
    save_lora(out, tensors, of_family(header, family), precision=chosen)
    say_written(out, kept_words(kept))


def kept_words(kept: Kept) -> dict[str, str]:
    """What is left of a resized LoRA, and at which ranks."""
    ranks = Counter(kept.ranks.values())
    worst = min(kept.energy, key=lambda name: kept.energy[name])
    shown = ", ".join(f"{rank} in {count} layers" for rank, count in sorted(ranks.items()))
    if len(ranks) > 6:
        shown = f"{min(ranks)} to {max(ranks)}, mostly {ranks.most_common(1)[0][0]}"
    parts = ", ".join(f"{_percent(share)} in {PARTS[part]}" for part, share in kept.parts.items())
    return {
        "Rank": shown,
        "Energy kept": f"{_percent(kept.whole)} in all; {parts}",
        "Least kept": f"{_percent(kept.energy[worst])} in {worst}",
    }


def _percent(share: float) -> str:
    """Rounded down: what is not all of it is never shown as 100 %."""
    return f"{int(share * 10_000) / 100:g} %"
