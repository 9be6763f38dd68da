"""What is known of a folder of pictures: frozen values that every rule reads.

Nothing here opens a file. A fact that cannot be seen is None, never guessed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from lora_wizard.dataset.prompt_syntax import Oddity
from lora_wizard.dataset.records import Size
from lora_wizard.dataset.trigger import Captioned, names_nobody
from lora_wizard.errors import Problem
from lora_wizard.recipe import DataSettings

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the upright picture."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one picture's pixels tell."""

    width: int
    """Pixels of the upright picture."""
    height: int
    has_alpha: bool
    """Whether some pixel is not fully opaque."""
    has_frames: bool
    """Whether the file holds more frames or pages than the one used."""
    figure: Box | None
    """Bounds of what is drawn, from transparency or a background of one colour; None: unknown."""
    plain_background: str | None
    """Colour of a background of one colour, as `#rrggbb`; None where it is none, or transparent."""
    miniature: bytes
    """The picture at 24x24 RGB on grey, row by row: alike for copies and re-saved copies."""


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """One picture that can be read."""

    path: Path
    folder: int
    """Index into `Facts.folders`."""
    caption: str
    """As it would be trained: the folder's name where there is no caption file."""
    tags: tuple[str, ...]
    """The caption's parts between commas, in lower case."""
    has_caption_file: bool
    tokens: int
    """CLIP's tokens of the caption, begin and end marks not counted."""
    look: Look

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return self.look.width, self.look.height


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """One folder of pictures, and what lies in it besides."""

    path: Path
    repeats: int
    class_tokens: str
    is_regularisation: bool
    picture_count: int
    is_perhaps_year: bool
    """Whether the number in front of its name may be a year, as in `2024_mira`."""
    missing_captions: tuple[str, ...]
    """Names of pictures without a caption file."""
    other_captions: tuple[tuple[str, int], ...]
    """Endings of caption files that are not read, and how many pictures each would serve."""
    misnamed_captions: tuple[str, ...]
    """Names of files that look like captions of those pictures under another name."""
    orphaned_captions: tuple[str, ...]
    """Names of caption files without a picture, where pictures go without a caption."""
    empty_captions: tuple[str, ...]
    """Names of caption files without a word."""
    longer_captions: tuple[str, ...]
    """Names of caption files of which only the first line is read."""
    odd_captions: tuple[tuple[Oddity, tuple[str, ...]], ...]
    """What is not plain words and commas, and the names of the files in which it was seen."""
    unread_pictures: tuple[str, ...]
    """Names of pictures of kinds that are not read."""
    inner_folders: tuple[str, ...]
    """Names of folders inside it, which are not used."""
    is_bare: bool = False
    """Whether its name has no number in front."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the rules look at; complete as far as it can be read, whatever is wrong."""

    data: DataSettings
    """With which the facts were gathered."""
    layout_problems: tuple[Problem, ...]
    """Why no pictures were found where they were looked for."""
    name_problems: tuple[Problem, ...]
    """Names of folders that cannot be used."""
    bucket_problems: tuple[Problem, ...]
    """What makes the bucket settings impossible: then no crop can be planned."""
    caption_problems: tuple[Problem, ...]
    """Caption files that cannot be read."""
    unreadable: tuple[Problem, ...]
    """Pictures that cannot be read; `where` is the path."""
    taken_as_one: tuple[str, ...]
    """Names of folders that hold the pictures themselves, in place of `N_name` folders."""
    passed_over: tuple[str, ...]
    """Names of folders with pictures that are not used, since they are not named `N_name`."""
    empty_folders: tuple[str, ...]
    """Names of numbered folders without a picture that is read."""
    loose: tuple[str, ...]
    """Names of pictures that lie unused beside the numbered folders."""
    folders: tuple[FolderFacts, ...]
    """Training first."""
    pictures: tuple[PictureFacts, ...]

    @property
    def training(self) -> tuple[PictureFacts, ...]:
        """The pictures of the character."""
        return self._of(is_regularisation=False)

    @property
    def regularisation(self) -> tuple[PictureFacts, ...]:
        """The pictures of what the character is not."""
        return self._of(is_regularisation=True)

    @property
    def triggers(self) -> dict[int, str]:
        """For each training folder (by index) the tag that stands first in most of its captions.

        A folder has none where fewer than half of its captions begin alike, unless one of its
        tags is the folder's own name, or `data.trigger` is put in front of them all.
        """
        found = {}
        for index, folder in enumerate(self.folders):
            mine = [picture for picture in self.training if picture.folder == index]
            own = "" if folder.is_regularisation else _trigger(folder, mine) or ""
            written = "" if folder.is_regularisation else self.data.trigger
            if trigger := (written if written and names_nobody(own) else own or written):
                found[index] = trigger
        return found

    @property
    def captioned(self) -> tuple[Captioned, ...]:
        """The training pictures with a caption of their own, or with a folder's name for one."""
        return tuple(
            Captioned(folder.path.name, one.caption, folder.repeats)
            for one in self.training
            if (folder := self.folders[one.folder])
            and not (folder.is_bare and one.caption in ("", folder.class_tokens))
        )

    def in_folder(self, index: int) -> tuple[PictureFacts, ...]:
        """The readable pictures of one folder."""
        return tuple(picture for picture in self.pictures if picture.folder == index)

    def _of(self, *, is_regularisation: bool) -> tuple[PictureFacts, ...]:
        return tuple(
            picture
            for picture in self.pictures
            if self.folders[picture.folder].is_regularisation == is_regularisation
        )


def _trigger(folder: FolderFacts, pictures: list[PictureFacts]) -> str | None:
    named = _joined(folder.class_tokens)
    tags = Counter(tag for picture in pictures for tag in dict.fromkeys(picture.tags))
    for tag, count in tags.items():
        if _joined(tag) == named and 2 * count >= len(pictures):
            return tag
    first = Counter(picture.tags[0] for picture in pictures if picture.tags)
    if not first:
        return None
    tag, count = first.most_common(1)[0]
    return tag if 2 * count >= len(pictures) else None


def _joined(words: str) -> str:
    return words.lower().replace("_", "").replace(" ", "")
