"""A run from wishes to pictures: LoRAs read, the base loaded, the folder begun, gaps filled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lora_eval.errors import LoraWizardError, PicturesError
from lora_eval.generate.character import complete_character
from lora_eval.generate.contenders import (
    Entrant,
    Wanted,
    file_sha256,
    problems_of,
    read_entrants,
)
from lora_eval.generate.drawing import cut_batches, draw_batches, moved
from lora_eval.generate.folder import begin, is_there, missing_pictures
from lora_eval.generate.plan import BASE_CONTENDER, plan_pictures
from lora_eval.generate.processes import AUTO, Process, device_for, wait_for
from lora_eval.pictures import CharacterFacts, Contender, Manifest
from lora_eval.pictures.at_work import at_work
from lora_eval.pictures.files import MANIFEST
from lora_eval.suite import Suite, suite_sha256
from lora_eval.suite.filling import left_out
from lora_wizard.models.base import BaseModel, base_path, load_base
from lora_wizard.models.placement import Precision, choose_dtype
from lora_wizard.models.sampling import picture_size, pictures_at_once

NOT_DRAWN = "Not drawn: "
"""How notes on LoRAs that were left out begin."""
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class RunWish:
    """What `lora-eval run` was asked for."""

    suite: Suite
    base: str
    loras: tuple[Wanted, ...]
    out: Path
    character: CharacterFacts = field(default_factory=CharacterFacts)
    family: Literal["auto", "sd1", "sd2", "sdxl"] = "auto"
    vae: str = ""
    v_prediction: bool | None = None
    zero_terminal_snr: bool | None = None
    precision: Precision = "auto"
    device: str = AUTO
    batch: int = 0
    """Pictures at once; 0 to go by their size. It does not tell runs apart: one that ran out of
    memory may go on with fewer."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What came of it."""

    manifest: Manifest
    made: int
    """By this process, now."""
    refused: tuple[LoraWizardError, ...]
    """One for each LoRA that could not take part."""


def make_pictures(
    wish: RunWish, *, process: Process | None = None, on_progress: OnProgress | None = None
) -> RunResult:
    """Makes every picture of the suite that is not there yet.

    LoRAs that cannot be read or do not fit the base are left out and named in the result and in
    the manifest's notes; the others are drawn.

    Raises:
        LoraWizardError: no LoRA can take part, the base or the folder will not do, or the
            character's trigger is needed and not known.
    """
    process = process or Process()
    base_path(wish.base)  # a mistyped path is told before the LoRAs are read
    entrants, refused = read_entrants(wish.loras)
    _refuse_none(wish, entrants, refused)
    character = complete_character(wish.character, wish.suite, entrants)
    device = device_for(process, wish.device)
    dtype = choose_dtype(device, wish.precision)
    base = load_base(
        wish.base,
        family=wish.family,
        v_prediction=wish.v_prediction,
        zero_terminal_snr=wish.zero_terminal_snr,
        vae=wish.vae,
        device=device,
        dtype=dtype,
    )
    contenders = _fitting(base, entrants, refused)
    _refuse_none(wish, contenders, refused)
    taking_part = {contender.id for contender in contenders}
    notes = [
        f"{entrant.contender.label}: {note}"
        for entrant in entrants
        if entrant.contender.id in taking_part
        for note in entrant.notes
    ]
    everyone = (BASE_CONTENDER, *contenders)
    planned = _manifest(wish, base, character, everyone, refused, notes)
    if not process.is_main:
        wait_for(lambda: _unbegun(wish.out), wish.out, "The main process's manifest")
    fitting = {each.contender.id: each for each in entrants}
    with at_work(wish.out) if process.is_main else nullcontext():
        manifest = begin(wish.out, planned)
        made = _fill_gaps(wish, manifest, base, fitting, process, on_progress)
    return RunResult(manifest, made, tuple(refused))


def _refuse_none(wish: RunWish, able: Sequence[object], refused: Sequence[LoraWizardError]) -> None:
    if wish.loras and not able:
        raise PicturesError("None of the LoRAs can be used", problems=problems_of(refused))


def _fitting(
    base: BaseModel, entrants: Sequence[Entrant], refused: list[LoraWizardError]
) -> list[Contender]:
    """The contenders that fit the base, with how far they moved it; errors go to `refused`."""
    contenders = []
    for entrant in entrants:
        try:
            share = moved(base, entrant)
        except LoraWizardError as error:
            refused.append(error)
        else:
            contenders.append(entrant.contender.model_copy(update={"moved": round(share, 6)}))
    return contenders


def _manifest(
    wish: RunWish,
    base: BaseModel,
    character: CharacterFacts,
    contenders: tuple[Contender, ...],
    refused: Sequence[LoraWizardError],
    of_loras: Sequence[str],
) -> Manifest:
    suite = wish.suite
    width, height = picture_size(base, suite.width, suite.height)
    notes = [*base.notes, *base.doubts, *left_out(suite, character.outfit_triggers)]
    notes += of_loras
    notes += [f"{NOT_DRAWN}{error.where}: {error.message}" for error in refused]
    return Manifest(
        suite=suite.name,
        suite_sha256=suite_sha256(suite),
        base=base.name,
        base_sha256=base_sha256(base.path),
        vae_sha256=vae_sha256(base.vae_path),
        prediction=_prediction(wish),
        negative=suite.negative,
        sampler=suite.sampler,
        steps=suite.steps,
        guidance=suite.guidance,
        width=width,
        height=height,
        clip_skip=suite.clip_skip,
        precision=str(base.unet.dtype).removeprefix("torch."),
        character=character,
        contenders=contenders,
        pictures=plan_pictures(suite, contenders, character),
        notes=tuple(notes),
    )


def base_sha256(path: Path) -> str:
    """Of a checkpoint file, or of the UNet in a diffusers folder; empty where there is none."""
    if path.is_file():
        return file_sha256(path)
    weights = sorted((path / "unet").glob("*.safetensors"))
    return file_sha256(weights[0]) if weights else ""


def vae_sha256(path: Path | None) -> str:
    """Of another VAE than the base's own, in a file or a diffusers folder; empty for its own."""
    if path is None:
        return ""
    files = [path] if path.is_file() else sorted(path.glob("**/diffusion_pytorch_model*"))
    return file_sha256(files[0]) if files else ""


def _prediction(wish: RunWish) -> str:
    """What the user says of the base's prediction; empty where its files are believed."""
    said = {"v-prediction": wish.v_prediction, "zero-terminal SNR": wish.zero_terminal_snr}
    return ", ".join(
        name if holds else f"no {name}" for name, holds in said.items() if holds is not None
    )


def _unbegun(folder: Path) -> list[Path]:
    path = folder / MANIFEST
    return [] if path.exists() else [path]


def _fill_gaps(
    wish: RunWish,
    manifest: Manifest,
    base: BaseModel,
    entrants: dict[str, Entrant],
    process: Process,
    on_progress: OnProgress | None,
) -> int:
    """Draws this process's share; the main one waits for the others'. Returns how many it drew."""
    size = wish.batch or pictures_at_once(manifest.width, manifest.height)
    batches = process.share(cut_batches(manifest.pictures, size))
    mine = [picture for batch in batches for picture in batch.pictures]
    wanted = missing_pictures(wish.out, mine)
    done = 0

    def count(_: object) -> None:
        nonlocal done
        done += 1
        if on_progress:
            on_progress(done, len(wanted))

    draw_batches(wish.out, manifest, batches, wanted, base, entrants, on_picture=count)
    if process.is_main and process.count > 1:
        left = {picture.file for picture in manifest.pictures} - {each.file for each in mine}

        def remaining() -> set[str]:
            left.difference_update([file for file in left if is_there(wish.out / file)])
            return left

        wait_for(remaining, wish.out, "The other processes' pictures")
    return done
