"""The folder that a run fills: begun once, gone on with by the same wishes only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lora_eval.errors import PicturesError, Problem
from lora_eval.pictures import Manifest, Picture, open_picture, read_manifest, write_manifest
from lora_eval.pictures.files import MANIFEST

_SHOWN = 6


def begin(folder: Path, manifest: Manifest) -> bool:
    """Writes the manifest into a new folder, or checks that the folder's is the same.

    Returns:
        Whether the folder was begun before.

    Raises:
        PicturesError: it holds other pictures; nothing was changed then.
    """
    if (folder / MANIFEST).exists():
        _refuse_other(folder, read_manifest(folder), manifest)
        return True
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        fix = "Choose a new folder by --out"
        raise PicturesError(
            "is there already, and is no run of lora-eval", where=str(folder), fix=fix
        )
    write_manifest(folder, manifest)
    return False


def missing_pictures(folder: Path, pictures: Sequence[Picture]) -> frozenset[str]:
    """The files that are not there yet, or are not whole."""
    return frozenset(each.file for each in pictures if not _whole(folder / each.file))


def _whole(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        open_picture(path)
    except PicturesError:
        return False
    return True


def _refuse_other(folder: Path, old: Manifest, new: Manifest) -> None:
    if old == new:
        return
    before, now = old.model_dump(), new.model_dump()
    problems = [
        Problem(name, f"was {_shown(before[name])}, now {_shown(now[name])}", "")
        for name in before
        if before[name] != now[name] and name not in ("pictures", "contenders", "notes")
    ]
    for title, mine, theirs in (
        ("LoRAs", [each.id for each in old.contenders], [each.id for each in new.contenders]),
        (
            "files of LoRAs",
            [(each.path, each.sha256) for each in old.contenders],
            [(each.path, each.sha256) for each in new.contenders],
        ),
        ("number of pictures", len(old.pictures), len(new.pictures)),
    ):
        if mine != theirs:
            problems.append(Problem(title, f"was {_shown(mine)}, now {_shown(theirs)}", ""))
    raise PicturesError(
        "holds the pictures of another run, and two are never mixed",
        where=str(folder),
        fix="Choose another folder by --out; `lora-eval report` takes several",
        problems=problems[:_SHOWN] or [Problem("manifest", "differs", "")],
    )


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 70 else text[:67] + "..."
