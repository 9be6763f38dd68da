"""What CLIP is asked: groups of phrases of which one is true, for each kind of model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lora_eval.clip.paperdoll.texts import KIND_TAGS, TAGS
from lora_eval.vocabulary import BACKGROUNDS, FRAMINGS, HAIR_COLOURS, OUTFITS
from lora_wizard.paperdoll.reader.attributes import ATTRIBUTES, CLOSED

TEMPLATES = (
    "{}",
    "an anime picture of {}",
    "an illustration of {}",
    "a drawing of {}",
    "artwork that shows {}",
)
"""Each phrase is put into each, and the embeddings are averaged (Radford et al., 2021)."""


@dataclass(frozen=True, slots=True)
class Group:
    """Phrases of which one is true."""

    members: Mapping[str, tuple[str, ...]]
    """For each key its texts."""
    together: bool
    """Whether a key's texts say the same (their embeddings are averaged) or are different things
    (their probabilities are added)."""


def paperdoll_groups() -> dict[str, Group]:
    """For the tiny CLIP, which knows plain tags only."""
    tags = dict(zip(ATTRIBUTES, TAGS, strict=True))
    eyes = tags["eye_colour"]
    closed = eyes[ATTRIBUTES["eye_colour"].index(CLOSED)]
    kinds = tags["kind"]
    return {
        "outfit": _alone(tags["outfit"]),
        "background": _alone(tags["background"]),
        "framing": _alone(tags["framing"]),
        "hair": Group(
            {word: (f"{word} hair",) for word in ATTRIBUTES["hair_colour"]}, together=False
        ),
        "eyes": Group(
            {"closed": (closed,), "open": tuple(tag for tag in eyes if tag != closed)},
            together=False,
        ),
        "head": _against("floating head", "body", KIND_TAGS["floating head"], kinds),
        "views": _against("multiple", "one", KIND_TAGS["multiple"], kinds),
    }


def general_groups() -> dict[str, Group]:
    """For any other CLIP."""
    return {
        "outfit": _written({word: f"a girl wearing {_article(word)}" for word in OUTFITS}),
        "background": _written({word: f"a girl in front of a {word}" for word in BACKGROUNDS}),
        "framing": _written({word: f"a {word} of a girl" for word in FRAMINGS}),
        "hair": _written({word: f"a girl with {word} hair" for word in HAIR_COLOURS}),
        "eyes": _written({"closed": "a girl with closed eyes", "open": "a girl with open eyes"}),
        "head": _written(
            {
                "floating head": "a severed floating head without a body",
                "body": "a girl with a body",
            }
        ),
        "views": _written(
            {
                "multiple": "several pictures of the same girl side by side",
                "one": "one picture of one girl",
            }
        ),
        "face": _written(
            {"mask": "a girl with a lifeless mask-like face", "lively": "a girl with a lively face"}
        ),
    }


def _alone(tags: tuple[str, ...]) -> Group:
    return Group({tag: (tag,) for tag in tags}, together=False)


def _against(key: str, otherwise: str, tag: str, kinds: tuple[str, ...]) -> Group:
    rest = tuple(kind for kind in kinds if kind != tag)
    return Group({key: (tag,), otherwise: rest}, together=False)


def _written(phrases: Mapping[str, str]) -> Group:
    members = {
        key: tuple(template.format(phrase) for template in TEMPLATES)
        for key, phrase in phrases.items()
    }
    return Group(members, together=True)


def _article(word: str) -> str:
    if word.endswith(("armor", "swimsuit")) or word == "pajamas":
        return word
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
