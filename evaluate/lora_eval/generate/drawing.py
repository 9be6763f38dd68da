"""Drawing the pictures of a manifest, batch by batch, each file whole as soon as it is there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import cast

from PIL.Image import Image
from PIL.PngImagePlugin import PngInfo

from lora_eval.errors import PicturesError
from lora_eval.generate.contenders import Entrant
from lora_eval.pictures import Manifest, Picture
from lora_wizard.atomic import replacing
from lora_wizard.lora import attach_file
from lora_wizard.models.base import BaseModel
from lora_wizard.models.images import Generation, generation_text
from lora_wizard.models.sampling import sample
from lora_wizard.models.schedule import SAMPLER_NAMES, Sampler

OnPicture = Callable[[Picture], None]


@dataclass(frozen=True, slots=True)
class Batch:
    """Pictures of one LoRA at one strength that are drawn together.

    Batches are cut from the whole plan, whatever is there already: rounding depends on what is
    computed together, so a picture that is made again comes out to the bit as it was.
    """

    contender: str
    strength: float
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A LoRA as a prompt calls it."""

    name: str
    strength: float
    """The suite's, times the contender's factor."""
    short_hash: str

    def __str__(self) -> str:
        return f"<lora:{self.name}:{self.strength:g}>"


def cut_batches(pictures: Sequence[Picture], size: int) -> list[Batch]:
    """All pictures of a plan in batches of at most `size`."""
    batches = []
    for (contender, strength), group in groupby(pictures, key=lambda p: (p.contender, p.strength)):
        alike = list(group)
        for start in range(0, len(alike), size):
            part = tuple(alike[start : start + size])
            batches.append(Batch(contender, strength, part))
    return batches


def draw_batches(
    folder: Path,
    manifest: Manifest,
    batches: Sequence[Batch],
    wanted: Collection[str],
    base: BaseModel,
    entrants: Mapping[str, Entrant],
    *,
    on_picture: OnPicture | None = None,
) -> None:
    """Makes the pictures of `batches` whose files are in `wanted`; each LoRA is put on once.

    Args:
        entrants: LoRAs by their contender's id; the base is not among them.

    Raises:
        PicturesError: the folder cannot be written to.
        LoraFileError: a LoRA's file has gone, or was made for another base.
    """
    needed = [b for b in batches if any(picture.file in wanted for picture in b.pictures)]
    for (contender, strength), group in groupby(needed, key=lambda b: (b.contender, b.strength)):
        with _attached(base, entrants.get(contender), strength) as call:
            for batch in group:
                images = _drawn(base, manifest, batch)
                for picture, image in zip(batch.pictures, images, strict=True):
                    if picture.file in wanted:
                        save(folder, picture, image, manifest, base.name, call)
                        if on_picture:
                            on_picture(picture)


def _drawn(base: BaseModel, manifest: Manifest, batch: Batch) -> list[Image]:
    return sample(
        base,
        [picture.prompt for picture in batch.pictures],
        seeds=[picture.seed for picture in batch.pictures],
        negative=manifest.negative,
        steps=manifest.steps,
        guidance=manifest.guidance,
        width=manifest.width,
        height=manifest.height,
        sampler=_sampler(manifest.sampler),
        clip_skip=manifest.clip_skip,
        batch=len(batch.pictures),
    )


def moved(base: BaseModel, entrant: Entrant) -> float:
    """How far a LoRA at strength 1 is from the base: norm of the change over norm of the weights.

    Raises:
        LoraFileError: the LoRA was made for another base.
    """
    network = attach_file(base.unet, base.text_encoders, entrant.load())
    try:
        network.to(base.device)
        return network.moved()
    finally:
        network.detach()


def save(
    folder: Path,
    picture: Picture,
    image: Image,
    manifest: Manifest,
    model: str,
    call: Call | None,
) -> None:
    """Writes one picture, whole or not at all, with the text that A1111 would write.

    Args:
        call: the LoRA that took part.

    Raises:
        PicturesError: the disk is full or the folder closed.
    """
    prompt = picture.prompt if call is None else f"{picture.prompt} {call}"
    made = Generation(
        prompt=prompt,
        negative=manifest.negative,
        seed=picture.seed,
        steps=manifest.steps,
        sampler=SAMPLER_NAMES[_sampler(manifest.sampler)],
        guidance=manifest.guidance,
        width=image.width,
        height=image.height,
        model=model,
        clip_skip=manifest.clip_skip,
        loras=() if call is None else ((call.name, call.short_hash),),
    )
    information = PngInfo()
    information.add_text("parameters", generation_text(made))
    path = folder / picture.file
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            image.save(temporary, format="PNG", pnginfo=information)
    except OSError as error:
        reason = error.strerror or str(error)
        fix = "Make room and start it again: finished pictures are kept"
        raise PicturesError(f"cannot be written: {reason}", where=str(path), fix=fix) from error


@contextmanager
def _attached(base: BaseModel, entrant: Entrant | None, strength: float) -> Iterator[Call | None]:
    """The LoRA on the model at a strength, and off again; yields how its pictures call it."""
    if entrant is None:
        yield None
        return
    total = strength * entrant.contender.factor
    network = attach_file(base.unet, base.text_encoders, entrant.load(), strength=total)
    network.to(base.device)
    try:
        yield Call(Path(entrant.contender.path).stem, total, entrant.short_hash)
    finally:
        network.detach()


def _sampler(name: str) -> Sampler:
    return cast(Sampler, name)  # a suite has no other; its manifest has the suite's
