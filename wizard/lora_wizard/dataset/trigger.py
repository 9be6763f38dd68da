"""The trigger: the tag that calls the character, found in captions and put into them. Pure.

Captions may have it in another spelling already: `Mira`, `mira_(series)`, `mira \\(series\\)` and
`(mira:1.2)` all count as it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from lora_wizard.dataset.records import Dataset
from lora_wizard.dataset.tags import KEEP_SEPARATOR, SEPARATOR, split_tags
from lora_wizard.output import steering

MOSTLY = 0.5
"""Share of a folder's captions that must begin with a tag for it to be the folder's trigger."""
_FEW = 2
"""A single picture's first tag is no folder's trigger."""
_MOST_WORDS = 5
"""A longer "tag" is a sentence."""
_PLAIN = frozenset(
    """
    1girl 1boy 1other solo girl boy woman man female male person character anime illustration
    masterpiece highres absurdres photo artwork smile smiling blush
    """.split()  # noqa: SIM905
) | frozenset(
    {
        "best quality",
        "high quality",
        "a girl",
        "a boy",
        "a woman",
        "a man",
        "no humans",
        "looking at viewer",
        "solo focus",
        "open mouth",
        "closed mouth",
    }
)
"""What many captions begin with and that names nobody."""
_RATED = re.compile(r"(score_?\s?\d.*|rating[ :].*|[2-6]\+?(girls|boys))")
_NO_NAME = re.compile("[<>{}|、，;；]")
"""Prompt syntax, or several tags between Japanese commas. `|` separates choices."""
_PAIRS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Captioned:
    """What is needed of a training picture to look for its trigger."""

    folder: str
    """Name of its folder."""
    caption: str
    repeats: int = 1


def plain_tag(tag: str) -> str:
    """A tag without what spelling adds to it: case, underscores, escapes, emphasis."""
    text = unicodedata.normalize("NFKC", tag).casefold()
    text = re.sub(r"\\(?=[()\[\]{}\\])", "", text).replace("_", " ").strip(" \t、。.")
    while (inner := _unwrapped(text)) is not None:
        text = inner
    return " ".join(text.split())


def with_trigger(caption: str, trigger: str) -> str:
    """One line of a caption with the trigger as its first tag, and nowhere else.

    A caption whose first tag holds the trigger as a word, such as `mira dress` or a sentence
    about her, has it in front already and stays as it is.

    Args:
        caption: May hold `|||`; the trigger then stands in the part that is kept in front.
        trigger: Empty leaves the caption alone.
    """
    if not trigger:
        return caption
    wanted = plain_tag(trigger)
    parts = [part.split(SEPARATOR) for part in caption.split(KEEP_SEPARATOR)]
    rest = [[tag for tag in part if plain_tag(tag) != wanted] for part in parts]
    first = next(iter(split_tags(caption.replace(KEEP_SEPARATOR, SEPARATOR))), "")
    if rest == parts and _holds(plain_tag(first), wanted):
        return caption
    front = SEPARATOR.join(rest[0]).strip(f"{SEPARATOR} ")
    head = f"{trigger}{SEPARATOR} {front}" if front else trigger
    tails = [SEPARATOR.join(part).strip(f"{SEPARATOR} ") for part in rest[1:]]
    return f" {KEEP_SEPARATOR} ".join([head, *tails]).rstrip()


def captioned(dataset: Dataset) -> list[Captioned]:
    """The training pictures of a dataset that have a caption of their own.

    The name of a folder without a number is a caption only for want of one.
    """
    found = []
    for picture in dataset.pictures:
        folder = dataset.folders[picture.folder]
        unnamed = folder.is_bare and picture.caption in ("", folder.class_tokens)
        if not picture.is_regularisation and not unnamed:
            found.append(Captioned(folder.path.name, picture.caption, picture.repeats))
    return found


def found_triggers(pictures: Iterable[Captioned]) -> tuple[str, ...]:
    """The tags that most captions begin with: one, or one for each folder where they differ.

    A tag that names nobody (`1girl`, `masterpiece`, hair and eyes, a sentence) is none. Empty
    where the captions begin differently.
    """
    pictures = list(pictures)
    folders: dict[str, list[Captioned]] = {}
    for one in pictures:
        folders.setdefault(one.folder, []).append(one)
    each = [_commonest(mine) for mine in folders.values() if len(mine) >= _FEW]
    several = {plain_tag(tag): tag for tag in reversed(each) if tag}
    if len(several) > 1:
        return tuple(reversed(several.values()))
    shared = _commonest(pictures)
    return (shared,) if shared else ()


def names_nobody(tag: str) -> bool:
    """Whether a tag is one that many captions begin with, whoever is in the picture."""
    plain = plain_tag(tag)
    return plain in _PLAIN or _RATED.fullmatch(plain) is not None


def _commonest(pictures: list[Captioned]) -> str:
    """The first tag of at least half of the captions, as most of them spell it."""
    spellings: dict[str, Counter[str]] = {}
    total = 0
    for one in pictures:
        total += one.repeats
        first = _first_name(one.caption)
        if first:
            spellings.setdefault(plain_tag(first), Counter())[_spelled(first)] += one.repeats
    if not spellings:
        return ""
    tag = max(spellings, key=lambda tag: (spellings[tag].total(), tag))
    if spellings[tag].total() < MOSTLY * total:
        return ""
    found = spellings[tag]
    return max(found, key=lambda spelling: (found[spelling], spelling))


def _first_name(caption: str) -> str:
    """The first tag, where it may be a name."""
    # Imported here: the package of the advice loads a tokenizer.
    from lora_wizard.dataset.advice import words

    line = caption.partition("\n")[0].replace(KEEP_SEPARATOR, SEPARATOR)
    tag = next(iter(split_tags(line)), "")
    plain = plain_tag(tag)
    seen = words.CLOSE_TAGS | words.FRAMING_TAGS | words.HEAD_TAGS | words.BODY_TAGS
    seen |= words.CLOSED_EYES_TAGS | words.SEVERAL_VIEWS_TAGS | words.PLACES
    # Clothes are left in: `mira dress` is a trigger for one outfit.
    if (
        not plain
        or plain in seen
        or words.is_trait(plain)
        or names_nobody(tag)
        or plain.endswith(" background")
    ):
        return ""
    odd = _NO_NAME.search(tag) or steering.search(tag)
    return tag if len(plain.split()) <= _MOST_WORDS and not odd else ""


def _spelled(tag: str) -> str:
    """A tag as it may be typed: without escapes and emphasis, its case and underscores kept."""
    text = re.sub(r"\\(?=[()\[\]{}\\])", "", tag).strip()
    while (inner := _unwrapped(text)) is not None:
        text = inner
    return text


def _unwrapped(text: str) -> str | None:
    """`mira` of `(mira:1.2)`, `[mira]` or `{mira}`; None where no bracket holds all of it."""
    if len(text) < 3 or _PAIRS.get(text[0]) != text[-1]:
        return None
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == text[0]) - (letter == text[-1])
        if depth == 0 and place < len(text) - 1:
            return None  # `(a) and (b)`: the first bracket closes before the end
    return re.sub(r":\s*[+-]?\d*\.?\d+$", "", text[1:-1].strip()).strip() or None


def _holds(words: str, wanted: str) -> bool:
    """Whether `wanted` stands in `words` as words of its own."""
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", words) is not None
