"""Other programs' pictures as they lie in a folder, each with what the text inside it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from lora_eval.errors import LoraWizardError, PicturesError
from lora_eval.pictures.a1111 import GenerationText, parse_generation, text_of
from lora_wizard.models.prompt import LoraCall, extract_loras

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp"})
GRID = "grid-"
"""A1111's contact sheets begin so; a judge of split views would count each of them."""


@dataclass(frozen=True, slots=True)
class ForeignPicture:
    """One picture of another program."""

    file: str
    """Relative to the folder, with `/`."""
    text: GenerationText
    prompt: str
    """Without LoRA calls."""
    loras: tuple[LoraCall, ...]
    has_text: bool

    @property
    def folder(self) -> str:
        """The sub-folder that it lies in; empty in the folder itself."""
        return self.file.rpartition("/")[0]


def foreign_pictures(folder: Path) -> Iterator[ForeignPicture]:
    """Every picture in a folder and the folders in it, by name; contact sheets left out.

    Raises:
        PicturesError: there is no such folder.
    """
    if not folder.is_dir():
        raise PicturesError("There is no such folder", where=str(folder), fix="Check the path")
    for path in sorted(folder.rglob("*")):
        name = path.name
        if path.suffix.lower() in SUFFIXES and not name.startswith((".", GRID)) and path.is_file():
            yield _read(path, path.relative_to(folder).as_posix())


def _read(path: Path, file: str) -> ForeignPicture:
    text = _text(path)
    parsed = parse_generation(text)
    try:
        prompt, loras = extract_loras(parsed.prompt)
    except LoraWizardError:  # another program's syntax: its words stay words
        prompt, loras = parsed.prompt, ()
    return ForeignPicture(file, parsed, prompt.strip(" ,\n"), loras, bool(text))


def _text(path: Path) -> str:
    """The text inside a picture; a damaged one has none, and its judging will say so."""
    try:
        with Image.open(path) as image:
            return text_of(image)
    except Exception:  # Pillow's plugins raise whatever their formats make them raise
        return ""
