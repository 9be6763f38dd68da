"""The demo from beginning to end. It only calls what the other commands call."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from lora_wizard.composing import compose
from lora_wizard.demo.plan import CHARACTER, CURES, FAILS, NAME, TRIGGER, Contender
from lora_wizard.errors import RunError
from lora_wizard.paperdoll.material import write_material
from lora_wizard.paperdoll.regularisation import write_regularisation
from lora_wizard.progress import follow
from lora_wizard.runs import RunFolder, RunState, create_run, launch, replacing, run_status


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the demo puts things, below one folder."""

    root: Path

    @property
    def sheet(self) -> Path:
        return self.root / "demo-sheet.png"

    def material(self, scheme: str) -> Path:
        return self.root / "pictures" / scheme

    def regularisation(self, kind: str) -> Path:
        return self.root / "regularisation" / kind

    def run(self, contender: Contender) -> RunFolder:
        return RunFolder(self.root / "runs" / contender.name)


def run_demo(root: Path, console: Console, *, overwrite: bool = False) -> None:
    """Draws the material, trains both LoRAs, draws the sheet, and says what to look at.

    Raises:
        RunError: the folder holds an earlier demo and `overwrite` is not given, or a training
            did not finish.
    """
    paths = Paths(root.expanduser().absolute())
    if paths.sheet.exists() and not overwrite:
        raise RunError(
            "an earlier demo lies there",
            where=str(paths.root),
            fix="Look at demo-sheet.png in it, or run again with --overwrite or another --out",
        )
    began = time.monotonic()
    contenders = (FAILS, CURES)
    for step, contender in enumerate(contenders, start=1):
        console.rule(f"{step} of 3: {contender.label}")
        _train(paths, contender, console)
    console.rule("3 of 3: the same prompts without a LoRA and with each")
    console.print(_compare(paths, console))
    minutes = (time.monotonic() - began) / 60
    console.print(f"Done in {minutes:.1f} minutes. Look at: {paths.sheet}", soft_wrap=True)
    console.print(f"Pictures, runs and LoRA files: {paths.root}", soft_wrap=True)
    console.print(
        f'Draw more: lora-wizard sample --lora "{_lora(paths, CURES)}" '
        f'--prompt "{TRIGGER}, kimono" --out more',
        markup=False,
        soft_wrap=True,
    )


def _train(paths: Paths, contender: Contender, console: Console) -> None:
    """One training; a finished one from an interrupted demo is kept, a torn one gone on with."""
    folder = paths.run(contender)
    images = paths.material(contender.scheme)
    if not images.exists():
        write_material(contender.scheme, CHARACTER, images, name=NAME, trigger=TRIGGER)
    regularisation = None
    if contender.regularisation:
        regularisation = paths.regularisation(contender.regularisation)
        if not regularisation.exists():
            write_regularisation(contender.regularisation, regularisation, without=CHARACTER)
    if not folder.is_run():
        recipe = compose(
            source=None,
            preset=contender.preset,
            images=images,
            regularisation=regularisation,
            base=None,
            name=contender.name,
            settings=contender.settings,
        )
        create_run(folder.path, recipe)
    elif run_status(folder).state is RunState.FINISHED:
        console.print(f"Trained already: {folder.path}", soft_wrap=True)
        return
    state = follow(folder, launch(folder), console=console)
    if state is not RunState.FINISHED:
        raise RunError(
            f"the training of {contender.name} is {state}",
            where=str(folder.path),
            fix="Run the demo again: it goes on where it stopped",
        )


def _compare(paths: Paths, console: Console) -> Table:
    # Torch comes in only here: until now, the trainers' processes did the work.
    from lora_wizard.demo.show import draw_columns, lay_out
    from lora_wizard.demo.verdict import verdict
    from lora_wizard.models.base import load_base

    loras = {
        "no LoRA": None,
        FAILS.label: _lora(paths, FAILS),
        CURES.label: _lora(paths, CURES),
    }
    with console.status("Drawing and reading the pictures"):
        columns = draw_columns(load_base("paperdoll"), loras)
        sheet = lay_out(columns, f"{TRIGGER}: one character, two ways to learn her")
        with replacing(paths.sheet) as temporary:
            sheet.save(temporary, format="PNG")
        return verdict(columns, CHARACTER)


def _lora(paths: Paths, contender: Contender) -> Path:
    return paths.run(contender).final_path(contender.name)
