"""The first screen loads no more than it shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FIRST_SCREEN = """
import asyncio, sys
from pathlib import Path
from lora_wizard.ui.app import WizardApp
from lora_wizard.ui.settings import UiSettings

async def main():
    app = WizardApp(UiSettings(root=Path("runs")))
    async with app.run_test(size=(80, 24)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        print(type(app.screen).__name__)
        print(*sorted(sys.modules))

asyncio.run(main())
"""
NOT_NEEDED = ("numpy", "scipy", "skimage", "torch", "diffusers", "transformers", "tokenizers")


def test_the_first_screen_loads_no_numbers_and_no_monitor(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIRST_SCREEN],
        cwd=tmp_path,
        env={"XDG_STATE_HOME": str(tmp_path / "state"), "PATH": "", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    screen, loaded = done.stdout.splitlines()
    assert screen == "HomeScreen"
    assert not {*NOT_NEEDED, "lora_wizard.ui.monitor"} & set(loaded.split())
