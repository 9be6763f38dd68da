"""The quality of a base model, measured: does it draw what the caption says?

Pictures are sampled from captions whose combination of hair, eyes and outfit training never showed,
and read by the attribute reader. A picture that is read as broken obeys nothing. Each share comes
with its 95 % interval, and the reader's own readings of drawings and of reconstructions stand
beside them: no measurement is better than its instrument.

`python -m lora_wizard.paperdoll.measure --base paperdoll --out quality.json --sheet sheet.png`
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import torch
from PIL import Image

from lora_wizard.errors import LoraWizardError
from lora_wizard.models.base import BaseModel, describe, load_base
from lora_wizard.models.sampling import sample
from lora_wizard.output import echo
from lora_wizard.paperdoll.base.corpus import unseen_scene
from lora_wizard.paperdoll.draw import draw
from lora_wizard.paperdoll.reader import Reader, load_reader
from lora_wizard.paperdoll.reader.attributes import NO_ORNAMENT
from lora_wizard.paperdoll.reader.heads import SIDE_PX
from lora_wizard.paperdoll.reader.obeying import OBEYED, check, measure_character, obeyed_shares
from lora_wizard.paperdoll.reader.reconstruct import reconstructed
from lora_wizard.paperdoll.reader.shares import Share
from lora_wizard.paperdoll.reader.sheet import Checked, checked_sheet
from lora_wizard.paperdoll.tags import scene_tags
from lora_wizard.paperdoll.traits import Scene

__all__ = ["Quality", "Sampling", "measure_base", "measure_character"]

ON_THE_SHEET = 64


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the measured pictures are made."""

    steps: int = 20
    guidance: float = 5.0
    batch: int = 32


DEFAULT_SAMPLING = Sampling()


@dataclass(frozen=True, slots=True)
class Samples:
    """Pictures of scenes, and how long each took."""

    scenes: tuple[Scene, ...]
    images: tuple[Image.Image, ...]
    seconds_each: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares of pictures, each by what was counted."""

    sampled: dict[str, Share]
    """Obeyed attributes; `exactly one`, `floating head` and `broken` besides."""
    reconstructed: dict[str, Share]
    """Attributes read rightly from drawings after the base's autoencoder."""
    drawn: dict[str, Share]
    """Attributes read rightly from the same drawings as they are."""
    seconds_each: float

    def as_json(self) -> dict[str, object]:
        """Plain data, for `json`."""
        parts = {"sampled": self.sampled, "reconstructed": self.reconstructed, "drawn": self.drawn}
        shares = {
            part: {name: share.as_json() for name, share in found.items()}
            for part, found in parts.items()
        }
        return {**shares, "seconds_each": round(self.seconds_each, 4)}


def measure_base(
    base: BaseModel,
    reader: Reader,
    *,
    pictures: int = 512,
    seed: int = 1,
    sampling: Sampling = DEFAULT_SAMPLING,
    on_step: Callable[[int, int], None] | None = None,
) -> Quality:
    """Samples from unseen captions, reads, and counts.

    Args:
        pictures: how many are sampled, and how many drawings are reconstructed.
        seed: fixes the scenes and the noise.
        on_step: called with (steps done, steps in all).
    """
    samples = sample_unseen(base, pictures, seed=seed, sampling=sampling, on_step=on_step)
    return quality(base, reader, samples, seed=seed)


def sample_unseen(
    base: BaseModel,
    pictures: int,
    *,
    seed: int,
    sampling: Sampling,
    on_step: Callable[[int, int], None] | None = None,
) -> Samples:
    """One picture for each of `pictures` scenes of one character that training never showed."""
    rng = random.Random(f"quality {seed}")
    scenes = tuple(unseen_scene(rng) for _ in range(pictures))
    began = time.perf_counter()
    images = sample(
        base,
        [", ".join(scene_tags(scene)) for scene in scenes],
        seeds=[seed * 1_000_000 + number for number in range(pictures)],
        steps=sampling.steps,
        guidance=sampling.guidance,
        batch=sampling.batch,
        on_step=on_step,
    )
    seconds = (time.perf_counter() - began) / max(1, pictures)
    return Samples(scenes, tuple(images), seconds)


def quality(base: BaseModel, reader: Reader, samples: Samples, *, seed: int) -> Quality:
    """What the samples obey, beside what can be read from drawings of the same scenes."""
    drawings = np.stack(
        [
            np.asarray(draw(scene, size=SIDE_PX, seed=seed + number).image.convert("RGB"))
            for number, scene in enumerate(samples.scenes)
        ]
    )
    again = reconstructed(base.vae, drawings, seed=seed)
    return Quality(
        sampled=obeyed_shares(samples.scenes, reader.read(samples.images)),
        reconstructed=obeyed_shares(samples.scenes, reader.read_pixels(again)),
        drawn=obeyed_shares(samples.scenes, reader.read_pixels(drawings)),
        seconds_each=samples.seconds_each,
    )


def quality_table(found: Quality) -> str:
    """The shares as lines to print."""
    lines = [f"{'':15}{'sampled':36}{'reconstructions':36}drawings"]
    for name, share in found.sampled.items():
        columns = (share, found.reconstructed[name], found.drawn[name])
        lines.append(f"{name.replace('_', ' '):15}" + "".join(f"{each!s:36}" for each in columns))
    lines.append(f"{found.seconds_each:.2f} seconds a picture")
    return "\n".join(line.rstrip() for line in lines)


def quality_sheet(samples: Samples, reader: Reader, title: str) -> Image.Image:
    """The first pictures with what was asked for and what was read."""
    images, scenes = samples.images[:ON_THE_SHEET], samples.scenes[:ON_THE_SHEET]
    checks = []
    for scene, reading in zip(scenes, reader.read(images), strict=True):
        words = check(scene, reading)
        one = "exactly one" if reading.shows_one else reading.kind
        checks.append([_named(name, words[name]) for name in OBEYED if name in words])
        checks[-1].append(Checked("exactly one", one))
    return checked_sheet(images, checks, title=title)


def _named(name: str, word: Checked) -> Checked:
    """With the word that tells hair from eyes."""
    noun = {"hair_colour": " hair", "eye_colour": " eyes"}.get(name, "")
    nothing = " ornament" if name == "ornament" else ""
    return Checked(
        *(f"{each}{nothing if each == NO_ORNAMENT else noun}" for each in (word.wanted, word.read))
    )


@click.command()
@click.option("--base", default="paperdoll", help="paperdoll, or the path of a model.")
@click.option("--reader", type=click.Path(path_type=Path), help="Another reader's file.")
@click.option("--pictures", default=512, help="How many are sampled.")
@click.option("--steps", default=DEFAULT_SAMPLING.steps, help="Steps of DDIM.")
@click.option("--guidance", default=DEFAULT_SAMPLING.guidance, help="Guidance.")
@click.option("--batch", default=DEFAULT_SAMPLING.batch, help="Pictures at once.")
@click.option("--seed", default=1, help="Fixes captions and noise.")
@click.option("--threads", default=0, help="CPU threads; 0 for all.")
@click.option("--out", type=click.Path(path_type=Path), help="JSON file to write.")
@click.option("--sheet", type=click.Path(path_type=Path), help="PNG page of 64 pictures to write.")
def main(
    base: str,
    reader: Path | None,
    pictures: int,
    steps: int,
    guidance: float,
    batch: int,
    seed: int,
    threads: int,
    out: Path | None,
    sheet: Path | None,
) -> None:
    """Measure how well a base model draws what captions say."""
    if threads:
        torch.set_num_threads(threads)
    try:
        model, reads = load_base(base), load_reader(reader)
    except LoraWizardError as error:
        raise click.ClickException(str(error)) from error
    sampling = Sampling(steps, guidance, batch)
    with click.progressbar(length=-(-pictures // batch) * steps, label="Sampling") as bar:
        samples = sample_unseen(
            model,
            pictures,
            seed=seed,
            sampling=sampling,
            on_step=lambda done, total: bar.update(1),
        )
    found = quality(model, reads, samples, seed=seed)
    echo(quality_table(found))
    if out:
        facts = {"pictures": pictures, "seed": seed, "steps": steps, "guidance": guidance}
        out.write_text(json.dumps({**facts, **found.as_json()}, indent=1) + "\n", encoding="utf-8")
    if sheet:
        quality_sheet(samples, reads, describe(model)).save(sheet)


if __name__ == "__main__":
    main()
