"""What taggers and CLIP say of words, brought to one shape: lower case, blanks, no underscores."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from lora_eval.evidence import Evidence
from lora_eval.judges.scoring import mean
from lora_wizard.paperdoll.traits import BACKGROUNDS, FRAMINGS, HAIR_COLOURS, OUTFITS

HAIR_COLOUR_WORDS: frozenset[str] = frozenset(HAIR_COLOURS) | {
    "silver",
    "gray",
    "light blue",
    "light brown",
    "dark blue",
    "dark green",
}
"""Colours before ` hair` in Danbooru's tags. Multicoloured hair has no colour to drift from."""

PLAIN_BACKGROUNDS: frozenset[str] = frozenset(
    f"{word} background" for word in ("simple", "white", "grey", "black", "plain", "gradient")
)
GROUPS: Mapping[str, frozenset[str]] = {
    "outfit": frozenset(OUTFITS) | {"sundress", "bikini", "swimsuit", "serafuku", "capelet"},
    "background": frozenset(BACKGROUNDS) | {"white background", "beach", "forest", "school"},
    "framing": frozenset(FRAMINGS),
}
"""Words that a tagger may say in place of the one that was asked for."""


def plain(word: str) -> str:
    """A tag as it is compared."""
    return " ".join(word.lower().replace("_", " ").split())


def tagged(evidence: Evidence, words: Iterable[str]) -> float | None:
    """The tagger's highest confidence of some tags; None where it knows none of them."""
    if evidence.tags is None:
        return None
    said = {plain(word): value for word, value in evidence.tags.confidences.items()}
    return max((said[word] for word in map(plain, words) if word in said), default=None)


def contrasted(evidence: Evidence, group: str, words: Iterable[str]) -> float | None:
    """CLIP's probability of some phrases among their group's; None where it knows none."""
    if evidence.clip is None or group not in evidence.clip.contrasts:
        return None
    said = {plain(word): value for word, value in evidence.clip.contrasts[group].items()}
    known = [said[word] for word in {plain(each) for each in words} if word in said]
    return min(1.0, sum(known)) if known else None


def shown(
    evidence: Evidence, group: str, words: Collection[str], rivals: Collection[str]
) -> tuple[float, float] | None:
    """How probably `words` are shown, and their strongest rival; tags and CLIP averaged.

    A source that knows none of either is left out; one that knows some takes the rest for not
    shown. None where no source knows any of `words` or `rivals`.
    """
    pairs = []
    for said in (
        (tagged(evidence, words), tagged(evidence, rivals)),
        (contrasted(evidence, group, words), _best_contrast(evidence, group, rivals)),
    ):
        if said != (None, None):
            pairs.append((said[0] or 0.0, said[1] or 0.0))
    own, other = mean([pair[0] for pair in pairs]), mean([pair[1] for pair in pairs])
    return None if own is None or other is None else (own, other)


def knows(evidence: Evidence, group: str, words: Collection[str]) -> bool:
    """Whether the tagger or CLIP knows at least one of the words."""
    return tagged(evidence, words) is not None or contrasted(evidence, group, words) is not None


def rivals_of(evidence: Evidence, group: str, words: Collection[str]) -> frozenset[str]:
    """Every other word of a group, as far as the sources may know it."""
    keys = evidence.clip.contrasts.get(group, {}) if evidence.clip is not None else {}
    own = {plain(word) for word in words}
    return (GROUPS.get(group, frozenset()) | {plain(key) for key in keys}) - own


def _best_contrast(evidence: Evidence, group: str, words: Collection[str]) -> float | None:
    return max(
        (value for word in words if (value := contrasted(evidence, group, [word])) is not None),
        default=None,
    )
