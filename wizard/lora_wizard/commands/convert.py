"""`lora-wizard convert`: a LoRA under the names of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lora_wizard.commands.made_file import (
    made_file_options,
    ready_path,
    say_notes,
    say_written,
)
from lora_wizard.errors import LoraFileError

if TYPE_CHECKING:
    from torch import Tensor

    from lora_wizard.lora import LoraFile
    from lora_wizard.lora.surgery.writing import Precision

__all__ = ["command"]

_OF_KOHYAS_FORM = ("ss_network_module", "ss_network_alpha")
"""What is not true of a file in diffusers' form: there alpha is in the weights."""


@click.command(name="convert")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "form",
    type=click.Choice(["kohya", "diffusers"]),
    required=True,
    help="kohya: for A1111, Forge and ComfyUI. diffusers: for its pipelines and peft.",
)
@made_file_options
def command(file: Path, form: str, out: Path, precision: Precision | None, overwrite: bool) -> None:
    """Write the LoRA FILE under kohya's names or under diffusers'; it acts the same.

    FILE may have the names of kohya, diffusers (new and old), PEFT, ComfyUI or OneTrainer. Alpha
    is taken from the tensors, from the header, or from PEFT's adapter_config.json beside FILE.
    diffusers' form has no alpha: it goes into the weights.
    """
    from lora_wizard.lora import load_lora

    out = ready_path(out, [file], overwrite=overwrite)
    lora = load_lora(file)
    say_notes([lora])
    write = _to_kohya if form == "kohya" else _to_diffusers
    write(lora, out, precision)


def _to_kohya(lora: LoraFile, out: Path, precision: Precision | None) -> None:
    from lora_wizard.lora import save_lora
    from lora_wizard.lora.surgery import of_family, renewed, to_kohya, type_of

    tensors = to_kohya(lora)
    chosen = precision or type_of(lora.tensors.values())
    _refuse_the_same(lora, tensors, "kohya", chosen)
    contents = lora.contents
    note = f"converted from {contents.names.naming}"
    header = renewed([lora.metadata], contents.modules, name=out.stem, note=note)
    save_lora(out, tensors, of_family(header, lora.family), precision=chosen)
    say_written(out, {"Layers": str(len(tensors) // 3), "Family": str(lora.family)})


def _to_diffusers(lora: LoraFile, out: Path, precision: Precision | None) -> None:
    from lora_wizard.lora.file import save_tensors
    from lora_wizard.lora.surgery import renewed, to_diffusers, type_of

    tensors = to_diffusers(lora)
    chosen = precision or type_of(lora.tensors.values())
    _refuse_the_same(lora, tensors, "diffusers", chosen)
    # diffusers reads `format` alone, and other tools find the training's facts here again.
    note = "converted to diffusers"
    header = renewed([lora.metadata], lora.modules, name=out.stem, note=note)
    header = {key: value for key, value in header.items() if key not in _OF_KOHYAS_FORM}
    save_tensors(out, tensors, {"format": "pt", **header}, precision=chosen)
    say_written(out, {"Layers": str(len(tensors) // 2)})


def _refuse_the_same(
    lora: LoraFile, tensors: dict[str, Tensor], form: str, precision: Precision
) -> None:
    from lora_wizard.lora.surgery import is_written_so, type_of

    if is_written_so(lora, tensors) and precision == type_of(lora.tensors.values()):
        raise LoraFileError(
            f"is in the format of {form} already; nothing was written",
            where=str(lora.path),
            fix="Use it as it is",
        )
