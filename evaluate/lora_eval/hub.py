"""Files of the Hugging Face hub: downloaded once, found again without a network.

The wizard forbids its libraries the hub for itself (`lora_wizard.models`); here it is opened for
one download at a time, and only where the user allowed it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lora_eval.errors import DetectorError

ENDS_WITH = "Give a local path, or run once without --offline where there is a network"


def hub_file(repo_id: str, filename: str, *, offline: bool, local: Path | None = None) -> Path:
    """One file of a repository, from this disk where it is there already.

    Args:
        repo_id: such as `SmilingWolf/wd-swinv2-tagger-v3`.
        local: a folder that holds the file, or the file itself, in place of the hub.
        offline: never download.

    Raises:
        DetectorError: it is not there and may not, or could not, be downloaded.
    """
    if local is not None:
        return _local(local, filename)
    try:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import LocalEntryNotFoundError
    except ImportError as error:
        fix = "Install it: pip install 'lora-wizard[hub]', or give a local path"
        raise DetectorError(
            "huggingface_hub is not installed", where=f"{repo_id}/{filename}", fix=fix
        ) from error
    try:
        return Path(hf_hub_download(repo_id, filename, local_files_only=True))
    except LocalEntryNotFoundError:
        if offline:
            what = "is not on this disk, and may not be downloaded"
            raise DetectorError(what, where=f"{repo_id}/{filename}", fix=ENDS_WITH) from None
    try:
        with hub_opened():
            return Path(hf_hub_download(repo_id, filename))
    except Exception as error:  # the hub's own errors, and every error of the network's libraries
        what = f"cannot be downloaded ({_first_line(error)})"
        raise DetectorError(what, where=f"{repo_id}/{filename}", fix=ENDS_WITH) from error


@contextmanager
def hub_opened() -> Iterator[None]:
    """Lets the hub's library reach the network for a while."""
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = False
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


@contextmanager
def hub_closed() -> Iterator[None]:
    """Keeps the hub's library to what is on this disk for a while."""
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def _local(local: Path, filename: str) -> Path:
    for path in (local / filename, local / Path(filename).name, local):
        if path.is_file():
            return path
    raise DetectorError(
        f"there is no {filename} here", where=str(local), fix="Give the folder that holds it"
    )


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
