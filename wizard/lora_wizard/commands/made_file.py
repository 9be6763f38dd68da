"""Where a command puts a LoRA file that it makes of others, and what it says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from lora_wizard.errors import LoraFileError
from lora_wizard.output import echo

__all__ = ["made_file_options", "ready_path", "say_written"]

SUFFIX = ".safetensors"


def made_file_options(function: Any) -> Any:
    """The options of every command that makes a LoRA file."""
    for option in (
        click.option("--overwrite", is_flag=True, help="Replace OUT where it is there."),
        click.option(
            "--precision",
            type=click.Choice(["fp16", "bf16", "fp32"]),
            help="Numbers in OUT; unless given, those of the input.",
        ),
        click.option(
            "--out", "out", required=True, metavar="OUT", type=click.Path(path_type=Path),
            help="The new .safetensors file.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def ready_path(out: Path, sources: Sequence[Path], *, overwrite: bool) -> Path:
    """The path to write to.

    Raises:
        LoraFileError: It has another ending, its folder is missing, it is there already, or it is
            one of the inputs.
    """
    out = out.expanduser()
    if out.suffix != SUFFIX:
        raise LoraFileError(
            f"the new file must end in {SUFFIX}", where=str(out), fix=f"Write {out.name}{SUFFIX}"
        )
    if not out.parent.is_dir():
        raise LoraFileError(
            "there is no such folder", where=str(out.parent), fix="Make it first, or check the path"
        )
    if any(out.exists() and source.exists() and out.samefile(source) for source in sources):
        raise LoraFileError(
            "the new file would take the place of one that it is made from",
            where=str(out),
            fix="Give another name by --out",
        )
    if out.exists() and not overwrite:
        raise LoraFileError(
            "is there already", where=str(out), fix="Give another name, or --overwrite"
        )
    return out


def say_written(out: Path, facts: Mapping[str, str]) -> None:
    """What became of it, in a few lines."""
    for name, value in facts.items():
        echo(f"{name}: {value}")
    echo(f"Written: {out} ({out.stat().st_size / 2**20:.1f} MiB)")
