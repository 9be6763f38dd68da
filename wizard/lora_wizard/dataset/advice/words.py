"""The Danbooru-style tags by which pictures are told apart, in lower case."""

from __future__ import annotations

import re

HEAD_TAGS = frozenset({"head", "head only", "face only", "floating head", "disembodied head"})
CLOSE_TAGS = frozenset({"close-up", "close up", "portrait", "face", "headshot"})
"""Framings of a head: with a scene behind it that is no lone head."""
BODY_TAGS = frozenset(
    {"full body", "cowboy shot", "upper body", "lower body", "wide shot", "standing", "sitting"}
)
FRAMING_TAGS = frozenset(
    {"cowboy shot", "upper body", "lower body", "portrait", "close-up", "head out of frame"}
)
"""Framings that show less than a whole figure."""
MANNEQUIN_TAGS = frozenset({"mannequin", "no humans", "headless", "ghost mannequin"})
SUBJECT_TAGS = ("1girl", "solo", "1boy", "1other")
CLOSED_EYES_TAGS = frozenset(
    {"closed eyes", "eyes closed", "one eye closed", "wink", "half-closed eyes"}
)
SEVERAL_VIEWS_TAGS = frozenset(
    {"multiple views", "split view", "reference sheet", "comic", "2girls"}
)
PLACES = frozenset(
    {
        "ocean",
        "sea",
        "beach",
        "city",
        "forest",
        "classroom",
        "garden",
        "street",
        "park",
        "night sky",
    }
)
"""Places that a prompt easily names by one bare word."""
PATTERN_WORDS = frozenset({"plaid", "striped", "checkered", "polka", "floral", "print", "argyle"})

_GARMENTS = frozenset(
    """
    apron bikini blouse bodysuit cape cardigan cloak coat costume dress gown hakama hoodie
    jacket jeans jumpsuit kimono leotard maid overalls pajamas pants robe sarafan serafuku
    shirt shorts skirt suit sweater swimsuit tracksuit tunic uniform vest yukata
    """.split()  # noqa: SIM905
)
_COLOURS = (
    "aqua|black|blonde|blue|brown|green|grey|gray|light brown|orange|pink|purple|red|silver|white|"
    "yellow|multicolored"
)
_TRAIT = re.compile(
    rf"({_COLOURS}) (hair|eyes)|(very )?(short|medium|long) hair|(low |short )?twintails|"
    r"(side |high )?ponytail|(twin|single|side) braids?|bob cut|hair bun|double bun|drill hair|"
    r"(blunt|parted|swept) bangs|ahoge|hime cut"
)


def is_garment(tag: str) -> bool:
    """Whether a tag names a piece of clothing: `plaid skirt`, `maid`."""
    return tag.rpartition(" ")[2] in _GARMENTS


def is_trait(tag: str) -> bool:
    """Whether a tag names what belongs to a character: hair and eyes."""
    return _TRAIT.fullmatch(tag) is not None


def is_patterned(tag: str) -> bool:
    """Whether a tag names patterned cloth: `plaid`, `striped shirt`."""
    return not PATTERN_WORDS.isdisjoint(tag.replace("-", " ").split())
