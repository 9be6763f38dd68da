"""The words by which prompts ask for outfits, places and framings: booru tags.

One place for all: what a foreign prompt asked for is read by these words, and CLIP is asked to
choose among them. A word that is not here is not judged.
"""

from __future__ import annotations

from typing import get_args

from lora_eval.suite.model import Framing
from lora_wizard.paperdoll.traits import BACKGROUNDS as PAPERDOLL_BACKGROUNDS
from lora_wizard.paperdoll.traits import HAIR_COLOURS as PAPERDOLL_HAIR
from lora_wizard.paperdoll.traits import OUTFITS as PAPERDOLL_OUTFITS

OUTFITS: tuple[str, ...] = (
    *PAPERDOLL_OUTFITS,
    "serafuku",
    "gym uniform",
    "swimsuit",
    "armor",
    "suit",
    "yukata",
    "miko",
    "sundress",
    "wedding dress",
    "t-shirt",
    "jacket",
    "pajamas",
    "apron",
    "police uniform",
    "nurse",
    "witch costume",
)
BACKGROUNDS: tuple[str, ...] = (
    *PAPERDOLL_BACKGROUNDS,
    "beach",
    "forest",
    "street",
    "bedroom",
    "library",
    "mountain",
    "snow",
    "castle",
    "cafe",
    "train interior",
    "japanese garden",
    "tropical island",
    "white background",
    "black background",
)
FRAMINGS: tuple[Framing, ...] = tuple(word for word in get_args(Framing) if word)
HAIR_COLOURS: tuple[str, ...] = (*PAPERDOLL_HAIR, "silver")
PLAIN_BACKGROUNDS = frozenset({"simple background", "white background", "black background"})
SUBJECTS: dict[str, int] = {
    "1girl": 1,
    "1boy": 1,
    "solo": 1,
    "2girls": 2,
    "2boys": 2,
    "3girls": 3,
    "no humans": 0,
}
"""How many people a tag asks for."""
