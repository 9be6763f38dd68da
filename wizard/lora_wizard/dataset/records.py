"""What a scan hands on: frozen values, so that every later stage can be run again alone.

Nothing here reads a file or knows what a model is.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

Size = tuple[int, int]
"""Width and height in pixels, always in this order."""


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of pictures, named `N_name` or taken as one."""

    path: Path
    repeats: int
    """How often an epoch sees each picture, at least 1, as the folder's name says."""
    class_tokens: str
    """The name behind the number: the caption of pictures that have none. May be empty."""
    is_regularisation: bool
    picture_count: int
    """Pictures that lie in it, also those that evening-out leaves unused."""
    root: Path | None = None
    """The folder that the recipe names, where that is another one."""
    is_bare: bool = False
    """Whether its name has no number in front: `data.repeats` says how often it is seen."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture that will be trained on."""

    path: Path
    folder: int
    """Index into `Dataset.folders`."""
    repeats: int
    """How often an epoch sees it, at least 1; for regularisation already evened out."""
    is_regularisation: bool
    caption: str
    """As written beside the picture; `shape_caption` shuffles and drops."""
    width: int
    """Pixels, after the rotation that EXIF asks for."""
    height: int
    """Pixels, after the rotation that EXIF asks for."""
    bucket: Size
    has_alpha: bool
    """Whether some pixel is not fully opaque: an alpha channel alone does not count."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Everything that will be trained on, in a fixed order: folders sorted, training first."""

    folders: tuple[Folder, ...]
    pictures: tuple[Picture, ...]
    notes: tuple[str, ...]
    """Sentences for the user about what was assumed, ignored or looks like an oversight."""
    held_out: Dataset | None = None
    """Pictures that are only measured by, each once; their folders may be others."""
    spare: tuple[Picture, ...] = ()
    """Regularisation pictures that evening-out leaves unused; with more repeats they are not."""

    def epoch_size(self, *, is_regularisation: bool) -> int:
        """Pictures of that kind seen in one epoch, repeats counted."""
        return sum(
            picture.repeats
            for picture in self.pictures
            if picture.is_regularisation == is_regularisation
        )
