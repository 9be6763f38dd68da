"""What lies in one folder, in an order that is the same everywhere.

Names that begin with a dot are passed over: macOS and notebooks leave files such as `._a.png`
that are no pictures.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from lora_wizard.dataset.opening import extensions

_UNREAD_PICTURES = frozenset(
    """
    .ai .arw .avif .avifs .clip .cr2 .cr3 .cur .dds .dng .eps .exr .hdr .heic .heics .heif .ico .j2k
    .jp2 .jpx .jxl .kra .mdp .nef .ora .orf .pbm .pcx .pgm .pnm .ppm .procreate .psb .psd .qoi .raf
    .raw .rw2 .sai .sai2 .svg .svgz .xcf
    .avi .gifv .mkv .mov .mp4 .webm
    """.split()  # noqa: SIM905
)
"""Pictures and films that are not read; worth a sentence where they lie between others."""

_NUMBERED = re.compile(r"([0-9]+)(?:_(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Listing:
    """The contents of one folder, each kind sorted by name."""

    pictures: tuple[Path, ...]
    folders: tuple[Path, ...]
    others: tuple[Path, ...]
    """Files that are not taken for pictures."""


def list_folder(folder: Path) -> Listing:
    """List a folder without entering its sub-folders.

    Raises:
        OSError: it is no folder, or may not be read.
    """
    pictures: list[Path] = []
    folders: list[Path] = []
    others: list[Path] = []
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            path = folder / entry.name
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                folders.append(path)
            elif path.suffix.lower() in extensions():
                pictures.append(path)  # broken links and pipes too: they are told as unreadable
            else:
                others.append(path)
    return Listing(tuple(pictures), tuple(folders), tuple(others))


def repeats_and_name(folder_name: str) -> tuple[int, str] | None:
    """`(10, "riho")` of `10_riho`; None where there is no number of at least 1 in front.

    A number alone has an empty name, as in sd-scripts.
    """
    match = _NUMBERED.fullmatch(folder_name)
    if match is None or int(match[1]) < 1:
        return None
    return int(match[1]), match[2] or ""


def unread_pictures(listing: Listing) -> tuple[str, ...]:
    """Names of files that look like pictures of kinds that are not read."""
    return tuple(other.name for other in listing.others if other.suffix.lower() in _UNREAD_PICTURES)
