"""The cases by name: how each is drawn, what it was asked for, and what is true of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from PIL import Image

from lora_eval.constructions.drawing import (
    broken_picture,
    cut_figure,
    drawn,
    floating_head,
    low_head,
)
from lora_eval.pictures import CharacterFacts, Picture
from lora_eval.suite import Asked
from lora_wizard.paperdoll.traits import HAIR_COLOURS, OUTFITS, Outfit, Scene, random_scene

TRAINING_OUTFIT = "school uniform"
PLACES = ("classroom", "ocean", "garden", "city", "night sky")
_SHOWING_CLOTHES = ("full body", "cowboy shot", "upper body")
Truths = dict[str, bool]


@dataclass(frozen=True, slots=True)
class Constructed:
    """One picture, what it was asked for, and what is true of it by judge."""

    picture: Picture
    image: Image.Image
    character: CharacterFacts
    truths: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Case:
    """One way to draw a picture."""

    make: Callable[[random.Random], tuple[Image.Image, Scene, Asked, Truths]]


def construct(count: int, *, seed: int = 1) -> Iterator[Constructed]:
    """`count` pictures of every case, always the same for a seed."""
    for name, case in CASES.items():
        for number in range(count):
            rng = random.Random(f"{name} {seed} {number}")
            image, scene, asks, truths = case.make(rng)
            yield Constructed(
                Picture(
                    file=f"{name}-{number:05d}.png",
                    contender="drawn",
                    prompt_id=name,
                    prompt=", ".join(
                        filter(None, ["she", asks.outfit, asks.framing, asks.background])
                    ),
                    seed=number,
                    strength=1.0,
                    asks=asks,
                ),
                image,
                CharacterFacts(
                    trigger="she",
                    training_outfits=(TRAINING_OUTFIT,),
                    traits=(f"{scene.character.hair_colour} hair",),
                ),
                truths,
            )


def _scene(rng: random.Random, **changes: object) -> Scene:
    """One girl with open eyes in a place, in anything but the training outfit, clothes in sight."""
    scene = random_scene(rng)
    if scene.expression == "closed eyes":
        scene = replace(scene, expression="smile")
    scene = replace(scene, framing=rng.choice(_SHOWING_CLOTHES), background=rng.choice(PLACES))
    if scene.outfit.kind == TRAINING_OUTFIT:
        scene = replace(scene, outfit=_other_outfit(rng, TRAINING_OUTFIT))
    return replace(scene, **changes)  # type: ignore[arg-type]


def _other_outfit(rng: random.Random, *not_these: str) -> Outfit:
    kind = rng.choice([kind for kind in OUTFITS if kind not in not_these])
    return Outfit(kind, rng.choice(OUTFITS[kind]))


def _asked(scene: Scene, **changes: object) -> Asked:
    asks = Asked(
        outfit=scene.outfit.kind,
        background=scene.background,
        framing=scene.framing,  # type: ignore[arg-type]
    )
    return asks.model_copy(update=changes)


CLEAN: Truths = dict.fromkeys(
    (
        "floating_head",
        "split_view",
        "outfit_leak",
        "close_up",
        "body_missing",
        "closed_eyes",
        "blank_background",
        "noise",
        "hair_drift",
        "disobeyed",
    ),
    False,
)


def _clean(rng: random.Random) -> tuple[Image.Image, Scene, Asked, Truths]:
    scene = _scene(rng)
    return drawn(scene, rng), scene, _asked(scene), CLEAN


def _white_on_white(rng: random.Random) -> tuple[Image.Image, Scene, Asked, Truths]:
    plain = {"background": "simple background", "background_colour": "white"}
    scene = _scene(rng, outfit=Outfit(rng.choice(("dress", "sweater", "coat")), "white"), **plain)
    truths = {"floating_head": False, "split_view": False, "outfit_leak": False, "noise": False}
    return drawn(scene, rng), scene, _asked(scene), truths


def _portrait(rng: random.Random) -> tuple[Image.Image, Scene, Asked, Truths]:
    scene = _scene(rng, framing="portrait")
    truths = {"floating_head": False, "split_view": False, "noise": False, "close_up": False}
    return drawn(scene, rng), scene, _asked(scene, framing="portrait"), truths


def _floating(rng: random.Random) -> tuple[Image.Image, Scene, Asked, Truths]:
    scene = _scene(rng)
    image = floating_head(scene, rng)
    asks = _asked(scene, framing="", outfit="")
    return image, scene, asks, {"floating_head": True, "split_view": False, "noise": False}


def _low_head(rng: random.Random) -> tuple[Image.Image, Scene, Asked, Truths]:
    scene = _scene(rng)
    return low_head(scene, rng), scene, _asked(scene, framing="", outfit=""), {
        "floating_head": False,
        "split_view": False,
        "noise": False,
    }  # fmt: skip


def _views(rng: random.Random, *, seam: bool) -> tuple[Image.Image, Scene, Asked, Truths]:
    framing = rng.choice(("full body", "upper body"))
    scene = _scene(rng, subject="multiple views", seam=seam, framing=framing)
    asks = _asked(scene, outfit="", framing="")
    return drawn(scene, rng), scene, asks, {"split_view": True, "floating_head": False}


def _twins(rng: random.Random) -> tuple[Image.Image, Scene, Asked, Truths]:
    framing = rng.choice(("full body", "upper body"))
    scene = _scene(rng, subject="twins", framing=framing, seam=False)
    asks = _asked(scene, subjects=2, outfit="", framing="")
    return drawn(scene, rng), scene, asks, {"split_view": False, "floating_head": False}


def _leaked(rng: random.Random) -> tuple[Image.Image, Scene, Asked, Truths]:
    outfit = Outfit(TRAINING_OUTFIT, rng.choice(OUTFITS[TRAINING_OUTFIT]))
    scene = _scene(rng, outfit=outfit)
    asks = _asked(scene, outfit=_other_outfit(rng, TRAINING_OUTFIT).kind)
    return drawn(scene, rng), scene, asks, CLEAN | {"outfit_leak": True, "disobeyed": True}


def _neither(rng: random.Random) -> tuple[Image.Image, Scene, Asked, Truths]:
    scene = _scene(rng)
    asks = _asked(scene, outfit=_other_outfit(rng, TRAINING_OUTFIT, scene.outfit.kind).kind)
    return drawn(scene, rng), scene, asks, CLEAN | {"disobeyed": True}


def _close_up(rng: random.Random) -> tuple[Image.Image, Scene, Asked, Truths]:
    scene = _scene(rng, framing="close-up")
    asks = _asked(scene, framing="full body")
    truths = {"close_up": True, "body_missing": True, "floating_head": False, "split_view": False}
    return drawn(scene, rng), scene, asks, truths


def _half_asked_whole(rng: random.Random) -> tuple[Image.Image, Scene, Asked, Truths]:
    scene = _scene(rng, framing="portrait")
    truths = {"body_missing": True, "floating_head": False, "disobeyed": True}
    return drawn(scene, rng), scene, _asked(scene, framing="full body", outfit=""), truths


def _closed_eyes(rng: random.Random) -> tuple[Image.Image, Scene, Asked, Truths]:
    scene = _scene(rng, expression="closed eyes")
    return drawn(scene, rng), scene, _asked(scene), CLEAN | {"closed_eyes": True}


def _blank(rng: random.Random) -> tuple[Image.Image, Scene, Asked, Truths]:
    scene = _scene(rng, background="simple background")
    asks = _asked(scene, background=rng.choice(PLACES))
    return drawn(scene, rng), scene, asks, CLEAN | {"blank_background": True, "disobeyed": True}


def _noise(rng: random.Random) -> tuple[Image.Image, Scene, Asked, Truths]:
    scene = _scene(rng)
    return broken_picture(scene, rng), scene, _asked(scene), {"noise": True}


def _other_hair(rng: random.Random) -> tuple[Image.Image, Scene, Asked, Truths]:
    scene = _scene(rng)
    others = [colour for colour in HAIR_COLOURS if colour != scene.character.hair_colour]
    shown = replace(scene, character=replace(scene.character, hair_colour=rng.choice(others)))
    return drawn(shown, rng), scene, _asked(scene), CLEAN | {"hair_drift": True}


def _cut(rng: random.Random) -> tuple[Image.Image, Scene, Asked, Truths]:
    scene = _scene(rng, framing="full body")
    asks = _asked(scene, framing="", outfit="")
    return cut_figure(scene, rng), scene, asks, {
        "cropped": True,
        "floating_head": False,
        "split_view": False,
    }  # fmt: skip


CASES: dict[str, Case] = {
    "clean": Case(_clean),
    "white-on-white": Case(_white_on_white),
    "portrait": Case(_portrait),
    "low-head": Case(_low_head),
    "twins-asked": Case(_twins),
    "floating-head": Case(_floating),
    "views": Case(lambda rng: _views(rng, seam=False)),
    "panels": Case(lambda rng: _views(rng, seam=True)),
    "leaked": Case(_leaked),
    "neither": Case(_neither),
    "close-up": Case(_close_up),
    "half-asked-whole": Case(_half_asked_whole),
    "closed-eyes": Case(_closed_eyes),
    "blank-background": Case(_blank),
    "noise": Case(_noise),
    "other-hair": Case(_other_hair),
    "cut-by-frame": Case(_cut),
}
"""Five kinds without a failure come first, four of them hard; then one kind or more a failure."""
