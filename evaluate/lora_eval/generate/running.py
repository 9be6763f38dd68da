"""A run from wishes to pictures: LoRAs read, the base loaded, the folder begun, gaps filled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lora_eval.errors import LoraWizardError, PicturesError, SuiteError
from lora_eval.generate.contenders import (
    Entrant,
    Hints,
    Wanted,
    file_sha256,
    hints_of,
    problems_of,
    read_entrants,
)
from lora_eval.generate.drawing import cut_batches, draw_batches, moved
from lora_eval.generate.folder import begin, missing_pictures
from lora_eval.generate.plan import BASE_CONTENDER, left_out, plan_pictures
from lora_eval.generate.processes import Process, begun, wait_for
from lora_eval.pictures import CharacterFacts, Contender, Manifest
from lora_eval.suite import Suite, suite_sha256
from lora_wizard.models.base import BaseModel, base_path, load_base
from lora_wizard.models.placement import Precision, choose_device, choose_dtype
from lora_wizard.models.sampling import picture_size, pictures_at_once

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
    precision: Precision = "auto"
    batch: int = 0


@dataclass(frozen=True, slots=True)
class RunResult:
    """What came of it."""

    manifest: Manifest
    made: int
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
    character = complete_character(wish.character, wish.suite, hints_of(entrants))
    device = choose_device()
    dtype = choose_dtype(device, wish.precision)
    base = load_base(wish.base, family=wish.family, device=device, dtype=dtype)
    contenders, fitting = _fitting(base, entrants, refused)
    if wish.loras and not fitting:
        raise PicturesError("None of the LoRAs can be used", problems=problems_of(refused))
    manifest = _manifest(wish, base, character, (BASE_CONTENDER, *contenders), refused)
    if process.is_main:
        begin(wish.out, manifest)
    else:
        wait_for(lambda: begun(wish.out), wish.out, "the main process's manifest")
        begin(wish.out, manifest)
    made = _fill_gaps(wish, manifest, base, fitting, process, on_progress)
    return RunResult(manifest, made, tuple(refused))


def complete_character(known: CharacterFacts, suite: Suite, hints: Hints) -> CharacterFacts:
    """What the user said, filled up by what the LoRA's header says.

    Raises:
        SuiteError: the suite names the character and nobody says how she is called.
    """
    trigger = known.trigger or hints.trigger
    needs = any(prompt.names_character for prompt in suite.prompts)
    if needs and not trigger:
        raise SuiteError(
            "The suite's prompts name the character, but the LoRAs do not say how she is called",
            where=suite.name,
            fix='Give it, such as --trigger "hoshino mio"',
        )
    outfits = {prompt.asks.outfit for prompt in suite.prompts if prompt.asks.outfit}
    trained = known.training_outfits or tuple(sorted(outfits & hints.tags))
    return known.model_copy(
        update={
            "trigger": trigger,
            "outfit_triggers": known.outfit_triggers or hints.outfit_triggers,
            "training_outfits": trained,
        }
    )


def _fitting(
    base: BaseModel, entrants: Sequence[Entrant], refused: list[LoraWizardError]
) -> tuple[list[Contender], dict[str, Entrant]]:
    contenders: list[Contender] = []
    fitting: dict[str, Entrant] = {}
    for entrant in entrants:
        try:
            share = moved(base, entrant.file)
        except LoraWizardError as error:
            refused.append(error)
            continue
        contender = entrant.contender.model_copy(update={"moved": round(share, 6)})
        contenders.append(contender)
        fitting[contender.id] = Entrant(contender, entrant.file)
    return contenders, fitting


def _manifest(
    wish: RunWish,
    base: BaseModel,
    character: CharacterFacts,
    contenders: tuple[Contender, ...],
    refused: Sequence[LoraWizardError],
) -> Manifest:
    suite = wish.suite
    width, height = picture_size(base, suite.width, suite.height)
    notes = left_out(suite, character)
    notes += [f"Not drawn: {error.where}: {error.message}" for error in refused]
    return Manifest(
        suite=suite.name,
        suite_sha256=suite_sha256(suite),
        base=base.name,
        base_sha256=base_sha256(base.path),
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
    """Of a checkpoint file, or of the UNet in a diffusers folder."""
    if path.is_file():
        return file_sha256(path)
    weights = sorted((path / "unet").glob("*.safetensors"))
    return file_sha256(weights[0]) if weights else ""


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
        files = [wish.out / picture.file for picture in manifest.pictures]
        wait_for(lambda: all(file.exists() for file in files), wish.out, "all pictures")
    return done
