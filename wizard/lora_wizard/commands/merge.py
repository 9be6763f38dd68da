"""`lora-wizard merge`: several LoRAs with their weights as one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lora_wizard.commands.made_file import made_file_options, ready_path, say_notes, say_written

if TYPE_CHECKING:
    from lora_wizard.lora.surgery.writing import Precision

__all__ = ["command"]


@click.command(name="merge")
@click.argument("files", metavar="FILE[:WEIGHT]...", nargs=-1, required=True)
@click.option(
    "--rank",
    type=click.IntRange(1, 1024),
    help="Bring the result to this rank, and say what is kept. Without it the ranks add up and "
    "nothing is lost.",
)
@made_file_options
def command(
    files: tuple[str, ...],
    rank: int | None,
    out: Path,
    precision: Precision | None,
    overwrite: bool,
) -> None:
    """Make one LoRA of several: FILE:0.7 takes part with 0.7 of its strength, FILE with all of it.

    The result at strength 1 does what the files do together at these weights. The files may have
    the names of different programs; the result has kohya's.
    """
    from lora_wizard.commands.chosen_loras import parse_lora
    from lora_wizard.commands.resize import kept_words
    from lora_wizard.lora import load_lora, save_lora
    from lora_wizard.lora.surgery import by_rank, common_family, merge, of_family, renewed, type_of
    from lora_wizard.lora.surgery.changes import tensors_of

    chosen = [parse_lora(text) for text in files]
    out = ready_path(out, [each.path for each in chosen], overwrite=overwrite)
    loras = [(load_lora(each.path), each.strength) for each in chosen]
    files_read = [lora for lora, _ in loras]
    say_notes(files_read)
    modules = merge(loras)
    facts = {"Rank": str(max(module.rank for module in modules.values())), "Energy kept": "all"}
    if rank:
        kept = by_rank(modules, rank)
        modules, facts = dict(kept.modules), kept_words(kept)
    inputs = " + ".join(f"{lora.path.stem} x {weight:g}" for lora, weight in loras)
    family = common_family(files_read)
    headers = [lora.metadata for lora in files_read]
    header = renewed(headers, modules, name=out.stem, note=f"merged of {inputs}")
    read = [tensor for lora in files_read for tensor in lora.tensors.values()]
    tensors = tensors_of(modules, family)
    save_lora(out, tensors, of_family(header, family), precision=precision or type_of(read))
    say_written(out, {"Merged": inputs, **facts})
