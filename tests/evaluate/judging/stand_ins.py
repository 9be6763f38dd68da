"""A detector and a tagger that see something in a colour, and folders of coloured pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from lora_eval.detect import Box, Detection, Part
from lora_eval.evidence import Tags
from lora_eval.judges.thresholds import load_thresholds
from lora_eval.judging import Backends
from lora_eval.pictures import CharacterFacts, Contender, Manifest, Picture, write_manifest
from lora_eval.suite.model import Asked

WHOLE, LONE = (0, 160, 0), (200, 0, 0)
"""Green pictures show a whole character in a kimono, red ones a lone head."""
FACE, BODY = Box(0.34, 0.25, 0.66, 0.57), Box(0.3, 0.57, 0.7, 0.98)


class ColourDetector:
    """Finds a face everywhere, and a body in what is green."""

    name = "paperdoll"
    parts: frozenset[Part] = frozenset({"head", "face", "body"})
    bodies_include_heads = False

    def __init__(self, version: str = "1") -> None:
        self.version = version
        self.batches: list[int] = []

    def detect(self, images: Sequence[Image.Image]) -> list[tuple[Detection, ...]]:
        self.batches.append(len(images))
        face, body = Detection("face", FACE, 0.9), Detection("body", BODY, 2 / 3)
        return [(face, body) if _is_green(image) else (face,) for image in images]


class ColourTagger:
    """Sees a kimono in what is green, else a school uniform."""

    name, version = "colours", "1"

    def tags(self, images: Sequence[Image.Image]) -> list[Tags]:
        green = [_is_green(image) for image in images]
        return [
            Tags(self.name, {"kimono": float(each), "school uniform": float(not each)})
            for each in green
        ]


def _is_green(image: Image.Image) -> bool:
    pixel = image.convert("RGB").getpixel((0, 0))
    return isinstance(pixel, tuple) and pixel[1] > pixel[0]


def backends(detector: ColourDetector | None = None) -> Backends:
    return Backends(detector or ColourDetector(), None, ColourTagger(), load_thresholds())


def paint(path: Path, colour: tuple[int, int, int]) -> None:
    """A picture in shades of a colour."""
    shade = Image.radial_gradient("L").resize((32, 32)).convert("RGB")
    Image.blend(Image.new("RGB", (32, 32), colour), shade, 0.2).save(path)


def folder_of_pictures(
    folder: Path,
    *,
    contenders: Sequence[str] = ("base", "a", "b"),
    seeds: int = 3,
    outfits: tuple[str, ...] = ("school uniform",),
) -> Manifest:
    """One prompt that asks for a kimono; the base's pictures green, the others' red."""
    pictures = [
        Picture(
            file=f"pictures/{contender}/p-s1-seed{seed}.png",
            contender=contender,
            prompt_id="p",
            prompt="mio, kimono",
            seed=seed,
            strength=0.0 if contender == "base" else 1 / 3,
            asks=Asked(outfit="kimono"),
        )
        for contender in contenders
        for seed in range(seeds)
    ]
    for picture in pictures:
        path = folder / picture.file
        path.parent.mkdir(parents=True, exist_ok=True)
        paint(path, WHOLE if picture.contender == "base" else LONE)
    manifest = Manifest(
        suite="quick",
        suite_sha256="0",
        base="paperdoll",
        character=CharacterFacts(trigger="mio", training_outfits=outfits),
        contenders=tuple(Contender(id=each, label=each) for each in contenders),
        pictures=tuple(pictures),
    )
    write_manifest(folder, manifest)
    return manifest
