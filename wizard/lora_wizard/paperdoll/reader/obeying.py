"""What pictures show of what was asked for: scenes checked against readings, and counted.

A picture that is read as broken shows nothing of it, whatever the other attributes look like.
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from lora_wizard.paperdoll.reader.attributes import CLOSED, NO_ORNAMENT, scene_truth
from lora_wizard.paperdoll.reader.reading import Reader, Reading
from lora_wizard.paperdoll.reader.shares import Share
from lora_wizard.paperdoll.reader.sheet import Checked
from lora_wizard.paperdoll.traits import Character, Scene

OBEYED: tuple[str, ...] = (
    "hair_colour", "hair_style", "eye_colour", "ornament", "outfit", "background", "framing",
)  # fmt: skip
"""What captions ask for, as the reader calls it."""


def obeyed_shares(scenes: Sequence[Scene], readings: Sequence[Reading]) -> dict[str, Share]:
    """Shares of pictures that show what their scene says, of those where it can be seen."""
    checks = [check(scene, reading) for scene, reading in zip(scenes, readings, strict=True)]
    shares = {
        name: Share.of(each[name].obeyed for each in checks if name in each) for name in OBEYED
    }
    eyes = [each["eye_colour"] for each in checks if "eye_colour" in each]
    shares["eye_colour"] = Share.of(word.obeyed for word in eyes if word.wanted != CLOSED)
    shares["closed_eyes"] = Share.of(word.obeyed for word in eyes if word.wanted == CLOSED)
    shares["exactly one"] = Share.of(reading.shows_one for reading in readings)
    shares["floating head"] = Share.of(reading.kind == "floating head" for reading in readings)
    shares["broken"] = Share.of(reading.kind == "broken" for reading in readings)
    return shares


def check(scene: Scene, reading: Reading) -> dict[str, Checked]:
    """For each attribute that the scene shows, what was wanted and what was read."""
    broken = reading.kind == "broken"
    return {
        name: Checked(wanted, "broken" if broken else getattr(reading, name))
        for name, wanted in scene_truth(scene).items()
        if name in OBEYED
    }


def measure_character(
    images: Sequence[Image.Image], character: Character, reader: Reader
) -> dict[str, Share]:
    """How much of a character is in pictures of her, and how many show a head that floats.

    Returns:
        `hair_colour`, `hair_style`, `eye_colour` (among pictures with open eyes), `ornament`,
        `likeness` (all four together, each counted), `floating head`, `exactly one` and `broken`.
        In a broken picture nothing is read.
    """
    readings = reader.read(images)
    whole = [reading for reading in readings if reading.kind != "broken"]
    unreadable = [False] * (len(readings) - len(whole))
    outcomes = {
        "hair_colour": [reading.hair_colour == character.hair_colour for reading in whole],
        "hair_style": [reading.hair_style == character.hair_style for reading in whole],
        "eye_colour": [
            reading.eye_colour == character.eye_colour
            for reading in whole
            if reading.eye_colour != CLOSED
        ],
        "ornament": [reading.ornament == (character.ornament or NO_ORNAMENT) for reading in whole],
    }
    shares = {name: Share.of([*found, *unreadable]) for name, found in outcomes.items()}
    counts, totals = (
        sum(getattr(share, part) for share in shares.values()) for part in ("count", "total")
    )
    shares["likeness"] = Share(counts, totals)
    shares["floating head"] = Share.of(reading.kind == "floating head" for reading in readings)
    shares["exactly one"] = Share.of(reading.shows_one for reading in readings)
    shares["broken"] = Share.of(reading.kind == "broken" for reading in readings)
    return shares
