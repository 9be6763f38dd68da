"""Real processes: killed at several moments and started again; and two that share a run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lora_eval.generate.running import make_pictures
from lora_eval.pictures.files import MANIFEST
from tests.evaluate.generate.killing import wish
from tests.evaluate.generate.test_running import contents

ROOT = Path(__file__).parents[3]


def start(*arguments: object) -> list[str]:
    command = [sys.executable, "-m", "tests.evaluate.generate.killing", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and "Error" not in done.stderr, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def unbroken(
    base_folder: Path, lora: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    """What a run leaves that nobody disturbed."""
    out = tmp_path_factory.mktemp("unbroken") / "out"
    make_pictures(wish(str(base_folder), str(lora), out))
    return contents(out)


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(
    base_folder: Path, lora: Path, tmp_path: Path, unbroken: dict[str, bytes]
) -> None:
    # Before the manifest, before the first picture, within a batch, between LoRAs, at the end.
    moments = [1, 2, 3, 6, len(unbroken)]
    told = start(base_folder, lora, tmp_path, "kill", *moments)
    assert told == [f"{moment} 9" for moment in moments]  # each died of SIGKILL
    for moment in moments:
        out = tmp_path / str(moment)
        left = {name: kept for name, kept in contents(out).items() if ".partial" not in name}
        assert len(left) == moment - 1 and left.items() <= unbroken.items()
        result = make_pictures(wish(str(base_folder), str(lora), out))
        assert result.made == len(unbroken) - max(moment - 1, 1)  # nothing twice, nothing lost
        assert contents(out) == unbroken
    assert MANIFEST in unbroken and len(unbroken) == 9


def test_two_processes_share_the_pictures(
    base_folder: Path, lora: Path, tmp_path: Path, unbroken: dict[str, bytes]
) -> None:
    out = tmp_path / "out"
    assert start(base_folder, lora, out, "share") == ["0", "0"]
    assert contents(out) == unbroken
