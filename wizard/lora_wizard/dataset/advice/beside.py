"""What lies beside the pictures of a folder: caption files that are read, and those that are not.

Says in structured facts what the notes of a scan say in sentences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lora_wizard.dataset.captions import CAPTION_EXTENSIONS, caption_name, names_in


@dataclass(frozen=True, slots=True)
class Beside:
    """Names of files of one folder."""

    missing: tuple[str, ...]
    """Pictures without a caption file."""
    other: tuple[tuple[str, int], ...]
    """Endings of caption files that are not read, and how many of the missing each would serve."""
    empty: tuple[str, ...]
    longer: tuple[str, ...]


def captions_beside(folder: Path, pictures: Sequence[Path], extension: str) -> Beside:
    """Look for the caption file of each picture as `read_captions` does.

    Args:
        extension: Of caption files, with its dot; its case does not matter.
    """
    names = names_in(folder)
    missing: list[str] = []
    others: Counter[str] = Counter()
    lines: dict[str, int] = {}
    for picture in pictures:
        name = caption_name(picture.stem, extension, names)
        if name is not None:
            lines[name] = _line_count(folder / name)
            continue
        missing.append(picture.name)
        others.update(
            ending
            for ending in CAPTION_EXTENSIONS
            if ending != extension.lower() and (picture.stem + ending).lower() in names
        )
    return Beside(
        missing=tuple(missing),
        other=tuple(sorted(others.items())),
        empty=tuple(name for name, count in lines.items() if count == 0),
        longer=tuple(name for name, count in lines.items() if count > 1),
    )


def _line_count(path: Path) -> int:
    """Lines with a word in them; 1 for a file that cannot be read, which is told elsewhere."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return 1
    return sum(bool(line.strip()) for line in text.splitlines())
