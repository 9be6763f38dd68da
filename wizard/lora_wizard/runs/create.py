"""A new run's folder. What is there already is refused, or moved aside; it is never deleted."""

import errno
import itertools
import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from lora_wizard.errors import RunError
from lora_wizard.runs.atomic import atomic_write
from lora_wizard.runs.disk import refused
from lora_wizard.runs.folder import RunFolder
from lora_wizard.runs.lock import hold_lock
from lora_wizard.runs.state import RunState, run_status

if TYPE_CHECKING:
    from lora_wizard.recipe import Recipe

__all__ = ["create_run", "unused_run_path"]

EMBEDDED_BASE = "paperdoll"
"""The word in `model.base` that is no path."""


def unused_run_path(root: Path, name: str, *, on: date) -> Path:
    """`ROOT/2026-11-23-NAME`, or `...-2` and so on where that is taken."""
    plain = root / f"{on.isoformat()}-{name}"
    numbered = (plain.with_name(f"{plain.name}-{number}") for number in itertools.count(2))
    return next(path for path in itertools.chain([plain], numbered) if not os.path.lexists(path))


def create_run(path: Path, recipe: "Recipe", *, overwrite: bool = False) -> RunFolder:
    """Makes the folder `path` of a new run and writes its recipe there, once.

    The paths in the recipe are made absolute: the trainer works in the run folder, and a run
    resumed from elsewhere must find the same pictures.

    Args:
        path: The run folder itself; folders above it are made as well.
        recipe: What to train.
        overwrite: Where a run is there already, move it aside to `PATH.replaced-1` (or the next
            number) in place of refusing.

    Raises:
        RunError: The folder holds something already (also with `overwrite` where that is not a
            run, or one that is running), or it cannot be written.
    """
    # Not at the top: whoever only looks at runs need not wait for pydantic.
    from lora_wizard.recipe import recipe_to_toml

    folder = RunFolder(path)
    if _occupied(folder.path):
        if not overwrite:
            raise _exists(folder)
        _set_aside(folder)
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
        for part in (folder.control, folder.samples, folder.checkpoints, folder.state):
            part.mkdir(exist_ok=True)
    except OSError as error:
        raise refused(error, folder.path) from error
    atomic_write(folder.recipe_path, recipe_to_toml(_with_absolute_paths(recipe)))
    return folder


def _occupied(path: Path) -> bool:
    try:
        return any(path.iterdir())
    except FileNotFoundError:
        return os.path.islink(path)  # a dangling link
    except OSError as error:
        raise refused(error, path) from error


def _exists(folder: RunFolder) -> RunError:
    if not folder.is_run():
        return RunError(
            "this folder holds other files",
            where=str(folder.path),
            fix="Choose a new or empty folder with --out.",
        )
    return RunError(
        f"a run is there already ({run_status(folder).state})",
        where=str(folder.path),
        fix=f"Go on with it by `lora-wizard resume {folder.path}`, choose another folder with "
        "--out, or give --overwrite (the old run is moved aside, not deleted).",
    )


def _set_aside(folder: RunFolder) -> None:
    if not folder.is_run():
        raise _exists(folder)
    status = run_status(folder)
    if status.state is RunState.RUNNING:
        host = f" on {status.elsewhere}" if status.elsewhere else ""
        raise RunError(
            f"this run is being trained{host}",
            where=str(folder.path),
            fix="Stop it first, or choose another folder with --out.",
        )
    # The lock closes the moment in which a trainer lives but has not named itself yet.
    with hold_lock(folder):
        for number in itertools.count(1):
            aside = folder.path.with_name(f"{folder.name}.replaced-{number}")
            if os.path.lexists(aside):
                continue
            try:
                folder.path.rename(aside)
            except OSError as error:
                if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                    continue  # somebody took the number just now
                raise refused(error, aside) from error
            return


def _with_absolute_paths(recipe: "Recipe") -> "Recipe":
    model, data, network = recipe.model, recipe.data, recipe.network
    measured = _absolute(recipe.validation.images)
    base = model.base if model.base == EMBEDDED_BASE else _absolute(model.base)
    return recipe.model_copy(
        update={
            "model": model.model_copy(update={"base": base, "vae": _absolute(model.vae)}),
            "data": data.model_copy(
                update={
                    "images": _absolute(data.images),
                    "regularisation": _absolute(data.regularisation),
                }
            ),
            "validation": recipe.validation.model_copy(update={"images": measured}),
            "network": network.model_copy(
                update={"continue_from": _absolute(network.continue_from)}
            ),
        }
    )


def _absolute(path: str) -> str:
    """Empty stays empty: it means none."""
    return str(Path(path).expanduser().absolute()) if path else ""
