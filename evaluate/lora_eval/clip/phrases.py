"""What CLIP is asked: groups of phrases of which one is true, for each kind of model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from lora_eval.clip.paperdoll.texts import KIND_TAGS, TAGS
from lora_eval.vocabulary import BACKGROUNDS, FRAMINGS, HAIR_COLOURS, OUTFITS
from lora_wizard.paperdoll.reader.attributes import ATTRIBUTES, CLOSED
from lora_wizard.paperdoll.traits import EYE_COLOURS, HAIR_STYLES

TEMPLATES = (
    "{}",
    "an anime picture of {}",
    "an illustration of {}",
    "a drawing of {}",
    "artwork that shows {}",
)
"""Each phrase is put into each, and the embeddings are averaged (Radford et al., 2021)."""
FRAMED = {
    "full body": "the full body of a girl from head to toe",
    "cowboy shot": "a girl from her head to her thighs",
    "upper body": "the upper body of a girl",
    "portrait": "a portrait of a girl's head and shoulders",
    "close-up": "an extreme close-up of a girl's face",
}
OPPOSITES: Mapping[str, Mapping[str, str]] = {
    "eyes": {"closed": "a girl with closed eyes", "open": "a girl with open eyes"},
    "head": {
        "floating head": "a severed floating head without a body",
        "body": "a girl with a body",
    },
    "views": {
        "multiple": "several pictures of the same girl side by side",
        "one": "one picture of one girl",
    },
    "face": {
        "mask": "a girl with a lifeless mask-like face",
        "lively": "a girl with a lively face",
    },
}
"""Pairs in which each phrase is the other's only alternative (as in CLIP-IQA, Wang et al., 2023).
CLIP counts badly and hardly knows negation: boxes decide where there are any."""
_WORN = {"maid": "maid outfit", "miko": "miko outfit", "nurse": "nurse uniform"}
"""Tags that name who wears it."""
_WITHOUT_ARTICLE = frozenset({"armor", "pajamas", "snow"})


@dataclass(frozen=True, slots=True)
class Group:
    """Phrases of which one is true."""

    members: Mapping[str, tuple[str, ...]]
    """For each key its texts."""
    together: bool
    """Whether a key's texts say the same (their embeddings are averaged) or are different things
    (their probabilities are added)."""
    phrases: Mapping[str, str] = field(default_factory=dict)
    """The key that stands for a phrase of a prompt."""


def plain(phrase: str) -> str:
    """A phrase as it is compared: lower case, blanks in place of underscores."""
    return " ".join(phrase.lower().replace("_", " ").split())


@lru_cache(maxsize=1)
def paperdoll_groups() -> Mapping[str, Group]:
    """For the tiny CLIP, which knows plain tags only and no masks."""
    tags = dict(zip(ATTRIBUTES, TAGS, strict=True))
    eyes = tags["eye_colour"]
    closed = eyes[ATTRIBUTES["eye_colour"].index(CLOSED)]
    colours = {word: (f"{word} hair",) for word in ATTRIBUTES["hair_colour"]}
    opened = tuple(tag for tag in eyes if tag != closed)
    return {
        "outfit": _alone(tags["outfit"]),
        "background": _alone(tags["background"]),
        "framing": _alone(tags["framing"]),
        "hair": Group(colours, together=False, phrases={f"{word} hair": word for word in colours}),
        "eyes": Group({"closed": (closed,), "open": opened}, together=False),
        "head": _against("floating head", "body", KIND_TAGS["floating head"]),
        "views": _against("multiple", "one", KIND_TAGS["multiple"]),
        "eye_colour": _alone(eyes),
        "hair_style": _alone(tags["hair_style"]),
    }


def general_groups(
    *, outfits: Sequence[str] = (), backgrounds: Sequence[str] = ()
) -> Mapping[str, Group]:
    """For any other CLIP.

    Args:
        outfits: tags beside those of the vocabulary, as the prompt or the training asks for.
        backgrounds: the same of places.
    """
    return _general(tuple(outfits), tuple(backgrounds))


@lru_cache(maxsize=64)
def _general(outfits: tuple[str, ...], backgrounds: tuple[str, ...]) -> Mapping[str, Group]:
    worn = dict.fromkeys((*OUTFITS, *outfits))
    places = dict.fromkeys((*BACKGROUNDS, *backgrounds))
    hair = {word: f"a girl with {word} hair" for word in HAIR_COLOURS}
    eyes = {f"{word} eyes": f"a girl with {word} eyes" for word in EYE_COLOURS}
    styles = {word: f"a girl with {_article(word)}" for word in HAIR_STYLES}
    return {
        "outfit": _written(
            {word: f"a girl wearing {_article(_WORN.get(word, word))}" for word in worn}
        ),
        "background": _written({word: f"a girl in front of {_article(word)}" for word in places}),
        "framing": _written({word: FRAMED[word] for word in FRAMINGS}),
        "hair": _written(hair, phrases={f"{word} hair": word for word in hair}),
        **{name: _written(pair, phrases={}) for name, pair in OPPOSITES.items()},
        "eye_colour": _written(eyes),
        "hair_style": _written(styles),
    }


def _alone(tags: Sequence[str]) -> Group:
    return Group({tag: (tag,) for tag in tags}, together=False, phrases={tag: tag for tag in tags})


def _against(key: str, otherwise: str, tag: str) -> Group:
    """One kind of picture against all others."""
    rest = tuple(kind for kind in KIND_TAGS.values() if kind != tag)
    return Group({key: (tag,), otherwise: rest}, together=False, phrases={tag: key})


def _written(written: Mapping[str, str], phrases: Mapping[str, str] | None = None) -> Group:
    members = {
        key: tuple(template.format(phrase) for template in TEMPLATES)
        for key, phrase in written.items()
    }
    known = {key: key for key in members} if phrases is None else phrases
    return Group(members, together=True, phrases=known)


def _article(word: str) -> str:
    if (word.endswith(("s", "hair")) and not word.endswith("dress")) or word in _WITHOUT_ARTICLE:
        return word
    return f"an {word}" if word[0] in "aeio" else f"a {word}"
