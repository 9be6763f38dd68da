"""Making and saving the pictures that `lora-wizard sample` was asked for.

It may be imported without torch: models and LoRAs come in when the first picture is drawn.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from lora_wizard.commands.chosen_loras import ChosenLora, choose_loras
from lora_wizard.commands.made_file import say_notes
from lora_wizard.consoles import PlainTextConsole
from lora_wizard.errors import LoraWizardError
from lora_wizard.models.lora_calls import read_calls
from lora_wizard.output import echo

if TYPE_CHECKING:
    from PIL.Image import Image

    from lora_wizard.lora import LoraFile
    from lora_wizard.models.base import BaseModel

__all__ = ["Wish", "draw"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line; each field is an option of that name."""

    base: str
    vae: str
    family: Literal["auto", "sd1", "sd2", "sdxl"]
    v_prediction: bool | None
    zero_terminal_snr: bool | None
    prompts: tuple[str, ...]
    loras: tuple[ChosenLora, ...]
    lora_folders: tuple[Path, ...]
    negative: str
    seed: int
    count: int
    steps: int
    guidance: float
    width: int
    height: int
    sampler: Literal["ddim", "euler_a", "dpmpp_2m"]
    clip_skip: int
    precision: Literal["auto", "fp32", "bf16", "fp16"]
    batch: int
    grid: bool
    out: Path


@dataclass(frozen=True, slots=True)
class Group:
    """Prompts that are drawn with the same LoRAs."""

    loras: tuple[ChosenLora, ...]
    prompts: tuple[str, ...]


def draw(wish: Wish) -> list[Path]:
    """Make and save all pictures; return their paths, a contact sheet last.

    Raises:
        LoraWizardError: a file or a prompt is not right, or the folder cannot be written to.
    """
    groups = _groups(wish)
    for note in _notes_on_calls(wish.prompts):
        echo(note, err=True)
    _make_folder(wish.out)

    from lora_wizard.lora import load_lora
    from lora_wizard.models.base import base_path, describe, load_base
    from lora_wizard.models.placement import choose_device, choose_dtype
    from lora_wizard.models.residence import resting_place

    base_path(wish.base)  # a mistyped path is told before the LoRAs are read
    files = {lora.path: load_lora(lora.path) for group in groups for lora in group.loras}
    say_notes(list(files.values()))
    device = choose_device()
    dtype = choose_dtype(device, wish.precision)
    base = load_base(
        wish.base,
        family=wish.family,
        v_prediction=wish.v_prediction,
        zero_terminal_snr=wish.zero_terminal_snr,
        vae=wish.vae,
        device=device,
        resting=resting_place(device),
        dtype=dtype,
    )
    echo(f"{describe(base)}, on {device.type}", err=True)
    for note in (*base.notes, *base.doubts):
        echo(note, err=True)
    drawing = _Drawing(wish, base, files)
    for group in groups:
        drawing.draw(group)
    if wish.grid:
        drawing.save_sheet()
    return drawing.saved


def _notes_on_calls(prompts: Sequence[str]) -> Iterator[str]:
    """What in the prompts looks like a call and does nothing here."""
    reads = [read_calls(prompt) for prompt in dict.fromkeys(prompts)]
    for call in dict.fromkeys(call for read in reads for call in read.others):
        yield f"note: {call} is not a LoRA call; it is drawn as words."
    for part in dict.fromkeys(part for read in reads for part in read.ignored):
        yield f'note: "{part}" in a LoRA call changes nothing here.'


def _groups(wish: Wish) -> list[Group]:
    """Prompts by the LoRAs that they want, so that each set is put on once."""
    prompts = tuple(dict.fromkeys(wish.prompts))
    chosen = choose_loras(prompts, wish.loras, wish.lora_folders)
    return [
        Group(loras, tuple(prompt for prompt in prompts if chosen[prompt] == loras))
        for loras in dict.fromkeys(chosen.values())
    ]


class _Drawing:
    """The pictures of one command, as they come."""

    def __init__(self, wish: Wish, base: BaseModel, files: dict[Path, LoraFile]) -> None:
        self.wish = wish
        self.base = base
        self.files = files
        self.saved: list[Path] = []
        self.pictures: dict[tuple[str, int], Image] = {}

    def draw(self, group: Group) -> None:
        """Draw and save the pictures of one group; its LoRAs are off again afterwards."""
        from lora_wizard.lora import attach_file
        from lora_wizard.models.sampling import sample

        wish = self.wish
        jobs = [(prompt, wish.seed + n) for prompt in group.prompts for n in range(wish.count)]
        with ExitStack() as stack:
            for lora in group.loras:
                file = self.files[lora.path]
                network = attach_file(
                    self.base.unet,
                    self.base.text_encoders,
                    file,
                    strength=lora.strength,
                    text_strength=lora.text_strength,
                )
                network.to(self.base.device)
                stack.callback(network.detach)
            on_step = stack.enter_context(_progress(len(jobs)))
            sample(
                self.base,
                [prompt for prompt, _ in jobs],
                seeds=[seed for _, seed in jobs],
                negative=wish.negative,
                steps=wish.steps,
                guidance=wish.guidance,
                width=wish.width,
                height=wish.height,
                sampler=wish.sampler,
                clip_skip=wish.clip_skip,
                batch=wish.batch,
                on_step=on_step,
                on_picture=lambda number, picture: self._keep(group, *jobs[number], picture),
            )

    def save_sheet(self) -> None:
        """Save all pictures on one page: prompts down, seeds across."""
        from lora_wizard.models.images import save_sheet
        from lora_wizard.models.sheet import SheetRow, contact_sheet

        seeds = range(self.wish.seed, self.wish.seed + self.wish.count)
        sheet = contact_sheet(
            [
                SheetRow(prompt, [self.pictures[prompt, seed] for seed in seeds])
                for prompt in dict.fromkeys(self.wish.prompts)
            ],
            columns=[f"seed {seed}" for seed in seeds],
        )
        with _writing(self.wish.out):
            self.saved.append(save_sheet(self.wish.out, sheet))

    def _keep(self, group: Group, prompt: str, seed: int, picture: Image) -> None:
        from lora_wizard.models.images import Generation, save_numbered
        from lora_wizard.models.schedule import SAMPLER_NAMES

        wish = self.wish
        made = Generation(
            prompt=prompt,
            negative=wish.negative,
            seed=seed,
            steps=wish.steps,
            sampler=SAMPLER_NAMES[wish.sampler],
            guidance=wish.guidance,
            width=picture.width,
            height=picture.height,
            model=self.base.name,
            clip_skip=wish.clip_skip,
            loras=tuple(
                (lora.name, _short_hash(self.files[lora.path].metadata, lora.path))
                for lora in group.loras
            ),
        )
        with _writing(wish.out):
            self.saved.append(save_numbered(wish.out, picture, made))
        if self.wish.grid:
            self.pictures[prompt, seed] = picture


def _short_hash(metadata: Mapping[str, str], path: Path) -> str:
    """The hash by which A1111 knows a LoRA: of the file behind its header, 12 digits."""
    known = metadata.get("sshs_model_hash")
    if known:
        return known[:12]
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        file.seek(8 + length)
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def _make_folder(folder: Path) -> None:
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(13, "Permission denied")


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LoraWizardError(
            f"Pictures cannot be written there: {error.strerror or error}",
            where=str(folder),
            fix="Choose another folder by --out, or make room. What was saved before is kept",
        ) from error


@contextmanager
def _progress(pictures: int) -> Iterator[Callable[[int, int], None]]:
    """A bar of the steps on a terminal; one line where there is none."""
    console = PlainTextConsole(stderr=True)
    words = "1 picture" if pictures == 1 else f"{pictures} pictures"
    if not console.is_terminal:
        echo(f"Drawing {words}", err=True)
        yield lambda done, steps: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(f"Drawing {words}", total=None)
        yield lambda done, steps: bar.update(task, completed=done, total=steps)
