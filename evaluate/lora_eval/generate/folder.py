"""The folder that a run fills: begun once, gone on with by the same wishes only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from lora_eval.errors import PicturesError, Problem
from lora_eval.pictures import (
    BASE,
    Manifest,
    Picture,
    open_picture,
    read_manifest,
    write_manifest,
)
from lora_eval.pictures.files import MANIFEST, is_whole_png, sha256_of

_SHOWN = 6
_PLAN = "what the prompts ask for"
"""Its hash tells the user nothing, but stands for everything that has no line of its own."""


def begin(folder: Path, manifest: Manifest) -> Manifest:
    """Writes the manifest into a new folder, or checks that the folder's means the same.

    Returns:
        The manifest that is in the folder; one that was there stays as it is.

    Raises:
        PicturesError: it holds other pictures; nothing was changed then.
    """
    if (folder / MANIFEST).exists():
        old = read_manifest(folder)
        _refuse_other(folder, old, manifest)
        return old
    if folder.exists() and (not folder.is_dir() or any(_others(folder))):
        fix = "Choose a new folder by --out"
        raise PicturesError(
            "is there already, and is no run of lora-eval", where=str(folder), fix=fix
        )
    write_manifest(folder, manifest)
    return manifest


def missing_pictures(folder: Path, pictures: Sequence[Picture]) -> frozenset[str]:
    """The files that are not there yet, or are not whole."""
    return frozenset(each.file for each in pictures if not is_there(folder / each.file))


def is_there(path: Path) -> bool:
    """Whether a picture of ours is there to its last byte."""
    try:
        open_picture(path)
        return is_whole_png(path)
    except PicturesError:
        return False


def _others(folder: Path) -> Iterator[Path]:
    """What is in a folder, but for what a kill while beginning leaves."""
    return (path for path in folder.iterdir() if path.name != f".{MANIFEST}.partial")


def _refuse_other(folder: Path, old: Manifest, new: Manifest) -> None:
    before, now = _meaning(old), _meaning(new)
    if before == now:
        return
    problems = [
        Problem(name.replace("_", " "), f"was {_shown(before[name])}, now {_shown(now[name])}", "")
        for name in before
        if before[name] != now[name] and name != _PLAN
    ]
    raise PicturesError(
        "holds the pictures of another run, and two are never mixed",
        where=str(folder),
        fix="Start it with the options of then; or choose another folder by --out: "
        "`lora-eval report` takes several",
        problems=problems[:_SHOWN] or [Problem(_PLAN, "is not the same any more", "")],
    )


def _meaning(manifest: Manifest) -> dict[str, object]:
    """What makes two runs the same, the most telling first. Not: LoRAs' paths, which may be
    written differently; notes; and how far weights moved, which devices round differently."""
    ignored = {"format", "notes", "pictures", "contenders", "character", "suite_sha256"}
    pictures = manifest.pictures
    lists: dict[str, Sequence[object]] = {
        "prompts": [each.prompt for each in pictures],
        "seeds": [each.seed for each in pictures],
        "strengths": [each.strength for each in pictures if each.contender != BASE],
        "LoRAs": [each.id for each in manifest.contenders if each.id != BASE],
        "contents of LoRA files": [each.sha256[:12] for each in manifest.contenders[1:]],
    }
    return {
        **{name: value for name, value in manifest if name not in ignored},
        **{name: list(dict.fromkeys(values)) for name, values in lists.items()},
        **{f"character's {name}": value for name, value in manifest.character},
        _PLAN: _plan_sha256(pictures),
    }


def _plan_sha256(pictures: Sequence[Picture]) -> str:
    """A short word for the whole plan."""
    text = "\n".join(each.model_dump_json() for each in pictures)
    return sha256_of(text.encode())[:12]


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 70 else text[:67] + "..."
