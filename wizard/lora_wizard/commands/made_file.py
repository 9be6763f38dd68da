"""Where a command puts a LoRA file that it makes of others, and what it says of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lora_wizard.errors import LoraFileError
from lora_wizard.output import echo

if TYPE_CHECKING:
    from lora_wizard.lora import LoraFile

__all__ = ["made_file_options", "ready_path", "say_notes", "say_written"]

SUFFIX = ".safetensors"
LONGEST_NAME = 200
"""Bytes of a file's name; file systems take 255, the name of the unfinished file included."""


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
        LoraFileError: It has another ending, its folder is missing, it is there already, its name
            is too long or not UTF-8, or it is one of the inputs.
    """
    out = out.expanduser()
    try:
        str(out).encode()
    except UnicodeEncodeError as error:
        raise LoraFileError(
            "the new file's path is not UTF-8", where=str(out), fix="Give another name by --out"
        ) from error
    if len(str(out.name).encode()) > LONGEST_NAME:
        raise LoraFileError(
            f"the new file's name is longer than {LONGEST_NAME} bytes",
            where=str(out),
            fix="Give a shorter one by --out",
        )
    if out.suffix != SUFFIX:
        raise LoraFileError(
            f"the new file must end in {SUFFIX}", where=str(out), fix=f"Write {out.name}{SUFFIX}"
        )
    # os.path, since names that are too long end pathlib's in an error.
    if not os.path.isdir(out.parent):
        raise LoraFileError(
            "there is no such folder", where=str(out.parent), fix="Make it first, or check the path"
        )
    if _is_one_of(out, sources):
        raise LoraFileError(
            "the new file would take the place of one that it is made from",
            where=str(out),
            fix="Give another name by --out",
        )
    if os.path.exists(out) and not overwrite:
        raise LoraFileError(
            "is there already", where=str(out), fix="Give another name, or --overwrite"
        )
    return out


def _is_one_of(out: Path, sources: Sequence[Path]) -> bool:
    return any(
        os.path.exists(out) and os.path.exists(source) and os.path.samefile(out, source)
        for source in sources
    )


def say_notes(loras: Sequence[LoraFile]) -> None:
    """What is to be known of the files that were read, such as an embedding that is not used."""
    for lora in loras:
        for note in lora.notes:
            echo(f"{lora.path.name}: {note}", err=True)


def say_written(out: Path, facts: Mapping[str, str]) -> None:
    """What became of it, in a few lines."""
    for name, value in facts.items():
        echo(f"{name}: {value}")
    echo(f"Written: {out} ({out.stat().st_size / 2**20:.1f} MiB)")
