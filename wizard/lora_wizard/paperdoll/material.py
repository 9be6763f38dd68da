"""The article's material for one character: what a person would have gathered to train her LoRA.

Four schemes, with the article's numbers of pictures, folders and repeats. The plan of a scheme is
a list of values; only `write_material` draws and writes.
"""

from __future__ import annotations

import difflib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lora_wizard.errors import LoraWizardError
from lora_wizard.paperdoll.captions import material_caption
from lora_wizard.paperdoll.characters import (
    DEMO_NAME,
    DEMO_OUTFITS,
    check_name,
    check_trigger,
)
from lora_wizard.paperdoll.draw import draw
from lora_wizard.paperdoll.saving import NATIVE_SIZE, Captioned, save_pictures
from lora_wizard.paperdoll.traits import POSES, Character, Outfit, Scene, random_outfit

HEADS = 13
OUTFIT_WORDS = ("cloth", "stage", "party")
"""Ends of the outfits' triggers (`miocloth`): words that no tag of the paperdoll world holds."""
_EXPRESSIONS = ("smile", "open mouth", "smile", "expressionless", "smile", "frown")
_FRAMINGS = (
    "full body", "full body", "cowboy shot", "full body", "upper body", "cowboy shot",
)  # fmt: skip
_CLOSED_EYES_AT = 5
"""Among the 57 pictures of several outfits one has its eyes closed, as the article's had: one was
enough to make closed eyes frequent."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is shown, and how she is called."""

    character: Character
    name: str
    """As in a folder's name: `hoshino_mio`."""
    trigger: str
    outfits: tuple[Outfit, ...]
    """Three; the first is the one of the scheme with one outfit."""

    def outfit_folder(self, index: int) -> str:
        """The folder's name of one outfit, without repeats: `mio_cloth`."""
        return f"{self._given}_{OUTFIT_WORDS[index]}"

    def outfit_trigger(self, index: int) -> str:
        """The trigger of one outfit: `miocloth`."""
        return f"{self._given}{OUTFIT_WORDS[index]}"

    @property
    def _given(self) -> str:
        return self.name.rpartition("_")[2] or self.name


@dataclass(frozen=True, slots=True)
class Planned:
    """One picture to draw."""

    folder: str
    caption: str
    scene: Scene
    transparent: bool


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way to gather material."""

    summary: str
    plan: Callable[[Cast, random.Random], list[Planned]]


def plan_material(scheme: str, cast: Cast, *, seed: int) -> list[Planned]:
    """The pictures of a scheme, in the order in which they are drawn.

    Args:
        scheme: a key of `SCHEMES`.
        seed: decides outfits and orders where they are random.

    Raises:
        LoraWizardError: there is no such scheme.
    """
    if scheme not in SCHEMES:
        near = difflib.get_close_matches(scheme, SCHEMES, n=1, cutoff=0.4)
        fix = f"Did you mean {near[0]}?" if near else f"Choose one of {', '.join(SCHEMES)}."
        raise LoraWizardError("there is no such scheme", where=f'"{scheme}"', fix=fix)
    return SCHEMES[scheme].plan(cast, random.Random(seed))


def write_material(
    scheme: str,
    character: Character,
    out: Path,
    *,
    name: str = DEMO_NAME,
    trigger: str = "",
    outfits: Sequence[Outfit] = (),
    seed: int = 1,
    size: int = NATIVE_SIZE,
    overwrite: bool = False,
) -> None:
    """Draws a scheme's pictures with captions into `out`, in folders such as `36_hoshino_mio`.

    The same arguments always give the same files.

    Args:
        scheme: a key of `SCHEMES`.
        name: of the character; the last word of it is part of the outfits' folders and triggers.
        trigger: her own; her name unless given.
        outfits: up to three; those of the demo fill up.
        size: side of the pictures in pixels.
        overwrite: what is in `out` is moved aside in place of refusing.

    Raises:
        DatasetError: `out` is there and not empty.
        LoraWizardError: no such scheme, or a name or trigger that will not do.
        RunError: `out` cannot be written.
    """
    joined = check_name(name)
    named = check_trigger(trigger or joined.replace("_", " "))
    cast = Cast(character, joined, named, _three_outfits(outfits))
    planned = plan_material(scheme, cast, seed=seed)
    save_pictures(_drawn(planned, size=size, seed=seed), out, overwrite=overwrite)


def _drawn(planned: Sequence[Planned], *, size: int, seed: int) -> Iterator[Captioned]:
    for number, each in enumerate(planned):
        place = seed * 1_000_003 + number
        drawing = draw(each.scene, size=size, seed=place, transparent=each.transparent)
        yield Captioned(each.folder, each.caption, drawing.image)


def _three_outfits(chosen: Sequence[Outfit]) -> tuple[Outfit, ...]:
    """The chosen outfits, filled up with the demo's of other kinds."""
    kinds = {outfit.kind for outfit in chosen}
    others = [outfit for outfit in DEMO_OUTFITS if outfit.kind not in kinds]
    return (*chosen, *others)[: len(OUTFIT_WORDS)]


def _head_only(cast: Cast, _rng: random.Random) -> list[Planned]:
    return _heads(cast, f"36_{cast.name}")


def _head_and_mannequin(cast: Cast, _rng: random.Random) -> list[Planned]:
    return [
        *_heads(cast, f"16_{cast.name}"),
        *_mannequins(cast, 0, count=10),
        *_mannequins(cast, 1, count=9),
    ]


def _full_body_one_outfit(cast: Cast, _rng: random.Random) -> list[Planned]:
    folder = f"25_{cast.name}"
    return [_figure(cast, n, folder, cast.trigger, cast.outfits[0]) for n in range(21)]


def _full_body_many_outfits(cast: Cast, rng: random.Random) -> list[Planned]:
    planned = []
    for number in range(18):
        outfit, closed = random_outfit(rng), number == _CLOSED_EYES_AT
        planned.append(
            _figure(
                cast,
                number,
                f"10_{cast.name}",
                cast.trigger,
                outfit,
                outfit_named=True,
                expression="closed eyes" if closed else None,
            )
        )
    for index, outfit in enumerate(cast.outfits):
        folder, trigger = f"10_{cast.outfit_folder(index)}", cast.outfit_trigger(index)
        planned += [_figure(cast, n, folder, trigger, outfit) for n in range(13)]
    return planned


def _heads(cast: Cast, folder: str) -> list[Planned]:
    """Cut-out heads; her eyes are open in all of them, so that their colour is learned."""
    scenes = [
        Scene(
            cast.character,
            cast.outfits[0],
            expression=_expression(number),
            framing="close-up",
            subject="head",
        )
        for number in range(HEADS)
    ]
    return [_transparent(scene, folder, cast.trigger) for scene in scenes]


def _mannequins(cast: Cast, index: int, *, count: int) -> list[Planned]:
    """One outfit on a mannequin: nothing of the character is in these pictures."""
    folder, trigger = f"16_{cast.outfit_folder(index)}", cast.outfit_trigger(index)
    scenes = [
        Scene(
            cast.character,
            cast.outfits[index],
            framing="full body" if number % 3 else "cowboy shot",
            subject="mannequin",
        )
        for number in range(count)
    ]
    return [_transparent(scene, folder, trigger) for scene in scenes]


def _transparent(scene: Scene, folder: str, trigger: str) -> Planned:
    caption = material_caption(trigger, scene, outfit_named=False, transparent=True)
    return Planned(folder, caption, scene, transparent=True)


def _figure(
    cast: Cast,
    number: int,
    folder: str,
    trigger: str,
    outfit: Outfit,
    *,
    outfit_named: bool = False,
    expression: str | None = None,
) -> Planned:
    """The character on plain black."""
    scene = Scene(
        cast.character,
        outfit,
        expression=expression or _expression(number),
        pose=POSES[number % len(POSES)],
        framing=_FRAMINGS[number % len(_FRAMINGS)],
        background_colour="black",
    )
    caption = material_caption(trigger, scene, outfit_named=outfit_named, transparent=False)
    return Planned(folder, caption, scene, transparent=False)


def _expression(number: int) -> str:
    """The expressions in turn, one place on in each round, so that none keeps to one framing."""
    return _EXPRESSIONS[(number + number // len(_EXPRESSIONS)) % len(_EXPRESSIONS)]


SCHEMES: dict[str, Scheme] = {
    "head-only": Scheme("13 heads, cut out", _head_only),
    "head-and-mannequin": Scheme(
        "13 heads, and two outfits on a mannequin: 32 cut-outs", _head_and_mannequin
    ),
    "full-body-one-outfit": Scheme("21 figures in one outfit on black", _full_body_one_outfit),
    "full-body-many-outfits": Scheme(
        "57 figures on black: random outfits, and three with triggers of their own",
        _full_body_many_outfits,
    ),
}
