"""`lora-wizard convert`: a LoRA under the names of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lora_wizard.commands.made_file import made_file_options, ready_path, say_written

if TYPE_CHECKING:
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

    diffusers' form has no alpha: it goes into the weights. All older forms of diffusers and peft
    are read.
    """
    out = ready_path(out, [file], overwrite=overwrite)
    if form == "kohya":
        _to_kohya(file, out, precision)
    else:
        _to_diffusers(file, out, precision)


def _to_kohya(file: Path, out: Path, precision: Precision | None) -> None:
    from lora_wizard.lora import save_lora
    from lora_wizard.lora.container import read_container
    from lora_wizard.lora.inspecting.naming import family_of
    from lora_wizard.lora.metadata import VERSIONS
    from lora_wizard.lora.surgery import renewed, to_kohya, type_of
    from lora_wizard.lora.surgery.changes import tensors_of

    tensors, metadata = read_container(file)
    modules = to_kohya(tensors, metadata, str(file))
    header = renewed([metadata], modules, name=out.stem, note="converted from diffusers")
    family = family_of({name: tuple(tensor.shape) for name, tensor in tensors.items()})
    for known, version in VERSIONS.items():
        if known == family:
            # Web UIs show a LoRA beside the bases of the family that these say.
            header.setdefault("ss_base_model_version", version)
            header.setdefault("ss_v2", str(known == "sd2"))
    save_lora(out, tensors_of(modules), header, precision=precision or type_of(tensors.values()))
    say_written(out, {"Layers": str(len(modules)), "Family": str(family)})


def _to_diffusers(file: Path, out: Path, precision: Precision | None) -> None:
    from lora_wizard.lora import load_lora
    from lora_wizard.lora.file import save_tensors
    from lora_wizard.lora.surgery import renewed, to_diffusers, type_of

    lora = load_lora(file)
    tensors = to_diffusers(lora)
    chosen = precision or type_of(lora.tensors.values())
    # diffusers reads `format` alone, and other tools find the training's facts here again.
    note = "converted to diffusers"
    header = renewed([lora.metadata], lora.modules, name=out.stem, note=note)
    header = {key: value for key, value in header.items() if key not in _OF_KOHYAS_FORM}
    save_tensors(out, tensors, {"format": "pt", **header}, precision=chosen)
    say_written(out, {"Layers": str(len(tensors) // 2)})
