"""The monitor as a picture: live with samples, and after a failure."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from textual.pilot import Pilot

from lora_wizard.paperdoll.characters import DEMO_CHARACTER
from lora_wizard.paperdoll.material import write_material
from lora_wizard.runs import Checkpoint, Failed, Note, RunFolder, Sample, Started, Step
from lora_wizard.ui.app import Opening, WizardApp
from lora_wizard.ui.settings import UiSettings

from ..ui_monitor.runs import add, make_run, trained
from .conftest import NOW

Snap = Callable[..., bool]


async def settled(pilot: Pilot[Any]) -> None:
    for _ in range(3):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


@pytest.fixture
def run(room: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A run in its second epoch."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    dice = random.Random(2)
    losses = [
        abs(0.1 * math.exp(-step / 400) + 0.06 + dice.gauss(0, 0.03)) for step in range(1, 900)
    ]
    folder = make_run(
        room / "runs" / "mira",
        Started(1, None, 3200, 7, 13, 1, time=NOW),
        *(
            Step(step, 1 + step // 457, loss, 1e-4, 0.2, time=NOW + step / 5)
            for step, loss in enumerate(losses, start=1)
        ),
        Note("warning", "3 captions are longer than 75 tokens: their ends are not read", time=NOW),
        Checkpoint(457, "checkpoints/mira-000457.safetensors", time=NOW + 92),
    )
    write_material("head-only", DEMO_CHARACTER, room / "heads")
    pictures = sorted((room / "heads").rglob("*.png"))[:2]
    for number, path in enumerate(pictures):
        name = f"samples/step-000457-{number}.png"
        with Image.open(path) as picture:
            flat = Image.new("RGBA", picture.size, "white")
            flat.alpha_composite(picture.convert("RGBA"))
            flat.convert("RGB").save(folder.path / name)
        add(folder, Sample(457, f"mira, prompt {number}", name, time=NOW + 95))
    return folder


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (120, 40)])
def test_live(snap_compare: Snap, run: RunFolder, size: tuple[int, int]) -> None:
    app = WizardApp(UiSettings(root=Path("runs")), Opening(monitors=(run,)))
    with trained(run):
        assert snap_compare(app, terminal_size=size, run_before=settled)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_failed(snap_compare: Snap, run: RunFolder, language: Any) -> None:
    add(run, Failed("CUDA out of memory. Tried to allocate 2.00 GiB", time=NOW + 200))
    app = WizardApp(UiSettings(language, root=Path("runs")), Opening(monitors=(run,)))
    assert snap_compare(app, terminal_size=(80, 24), run_before=settled)


def test_samples(snap_compare: Snap, run: RunFolder) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await pilot.press("g")
        await settled(pilot)

    app = WizardApp(UiSettings(root=Path("runs")), Opening(monitors=(run,)))
    assert snap_compare(app, terminal_size=(80, 24), run_before=before)
