"""What kind of material it is: heads, mannequins or whole figures, and in how many outfits. Pure.

Tags are believed first, then the shape of a cut-out; pictures that show neither count as figures.
"""

from __future__ import annotations

from collections.abc import Iterable

from lora_wizard.dataset.advice.facts import Facts, PictureFacts
from lora_wizard.dataset.advice.words import (
    BODY_TAGS,
    CLOSE_TAGS,
    HEAD_TAGS,
    MANNEQUIN_TAGS,
    is_garment,
)

_MOSTLY = 0.8
"""Share from which a kind of picture is what a folder holds."""
_HEAD_SHAPES = 0.7, 1.6
"""Width / height of a cut-out head with its hair; a standing figure is narrower than 0.6."""


def is_mannequin(picture: PictureFacts) -> bool:
    """Whether it shows an outfit that nobody wears."""
    return not MANNEQUIN_TAGS.isdisjoint(picture.tags)


def is_head(picture: PictureFacts) -> bool:
    """Whether it shows a head and nothing else.

    By its tags; a close-up counts where nothing is behind it. Where no tag tells the framing, the
    shape of a cut-out does.
    """
    if is_mannequin(picture) or not BODY_TAGS.isdisjoint(picture.tags):
        return False
    if not HEAD_TAGS.isdisjoint(picture.tags):
        return True
    alone = picture.look.has_alpha or picture.look.plain_background is not None
    if not CLOSE_TAGS.isdisjoint(picture.tags):
        return alone
    figure = picture.look.figure
    if not picture.look.has_alpha or figure is None:
        return False
    left, top, right, bottom = figure
    return _HEAD_SHAPES[0] <= (right - left) / (bottom - top) <= _HEAD_SHAPES[1]


def heads(facts: Facts) -> tuple[PictureFacts, ...]:
    """The training pictures that show a head only."""
    return tuple(picture for picture in facts.training if is_head(picture))


def mannequins(facts: Facts) -> tuple[PictureFacts, ...]:
    """The training pictures of an outfit on a mannequin."""
    return tuple(picture for picture in facts.training if is_mannequin(picture))


def figures(facts: Facts) -> tuple[PictureFacts, ...]:
    """The training pictures that show more of a character than her head."""
    return tuple(p for p in facts.training if not is_head(p) and not is_mannequin(p))


def is_head_material(facts: Facts) -> bool:
    """Whether the character is shown by heads only, with no mannequins beside them."""
    return bool(facts.training) and len(heads(facts)) >= _MOSTLY * len(facts.training)


def is_figure_material(facts: Facts) -> bool:
    """Whether the character is shown by whole figures."""
    return bool(facts.training) and len(figures(facts)) >= _MOSTLY * len(facts.training)


def garments(picture: PictureFacts) -> frozenset[str]:
    """The clothes that its caption names; a bare `skirt` only where nothing says which."""
    named = {tag for tag in picture.tags if is_garment(tag)}
    told = {tag.rpartition(" ")[2] for tag in named if " " in tag}
    return frozenset(named - told)


def outfits(pictures: Iterable[PictureFacts]) -> tuple[frozenset[str], ...]:
    """The outfits that captions tell apart: pictures that share a garment wear the same.

    Pictures whose captions name no clothes add nothing.
    """
    groups: list[frozenset[str]] = []
    for worn in map(garments, pictures):
        if worn:
            shared = [group for group in groups if group & worn]
            groups = [group for group in groups if not group & worn]
            groups.append(worn.union(*shared))
    return tuple(groups)


def by_trigger(facts: Facts) -> dict[str, tuple[PictureFacts, ...]]:
    """The training pictures of each trigger."""
    found: dict[str, tuple[PictureFacts, ...]] = {}
    for index, trigger in facts.triggers.items():
        found[trigger] = (*found.get(trigger, ()), *facts.in_folder(index))
    return found


def names(pictures: Iterable[PictureFacts]) -> tuple[str, ...]:
    """Their file names."""
    return tuple(picture.path.name for picture in pictures)
