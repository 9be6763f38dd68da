"""What the checks find on this machine and on those that are described to them."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lora_wizard.cli import main
from lora_wizard.doctor import (
    CHECKS,
    Check,
    Finding,
    Level,
    Situation,
    examine,
    fix_words,
    title,
    words,
)
from lora_wizard.doctor.device import read_gpus
from lora_wizard.doctor.logout import kills_at_logout
from lora_wizard.doctor.room import available_memory
from lora_wizard.language import LANGUAGES, catalogue
from lora_wizard.runs import Step, open_log

from ..cli.fake_trainers import make_run


def outcomes(check: str, situation: Situation) -> dict[str, Level]:
    return {finding.outcome: finding.level for finding in CHECKS[check](situation)}


def situation(root: Path, **environment: str) -> Situation:
    return Situation(root=root, environment={"HOME": str(root), **environment}, is_terminal=True)


def program(folder: Path, name: str, script: str) -> str:
    """A PATH with one program of this name."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(folder)


def test_everything_is_checked_and_said_in_every_language(tmp_path: Path) -> None:
    found = list(examine(situation(tmp_path / "runs", TERM="xterm-256color")))
    silent = {"torch"}  # only where it was asked for
    assert {finding.check for finding in found} == set(CHECKS) - silent
    for finding in found:
        for language in LANGUAGES:
            assert title(finding, language)
            assert words(finding, language)
            assert finding.level is Level.OK or fix_words(finding, language)


def test_every_warning_in_the_catalogue_has_a_title_of_a_check() -> None:
    texts = catalogue("doctor", "en")
    checks = {key.partition(".")[0] for key in texts if key.endswith((".what", ".title"))}
    assert checks == {*CHECKS, "hindered"}


def test_looking_changes_nothing(tmp_path: Path) -> None:
    list(examine(situation(tmp_path / "runs")))
    assert not list(tmp_path.iterdir())


def test_a_check_that_the_system_hinders_does_not_stop_the_others(tmp_path: Path) -> None:
    def hindered(situation: Situation) -> Iterator[Finding]:
        raise PermissionError(13, "Permission denied", "/proc/secret")
        yield

    checks: dict[str, Check] = {"secret": hindered, "python": CHECKS["python"]}
    first, second = examine(situation(tmp_path), checks)
    assert "`secret`" in words(first)
    assert "Permission denied" in words(first)
    assert second.check == "python"


def test_gpus_are_read_and_others_that_use_them_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "NVIDIA H200, 570.1, 143771, 100\nNVIDIA RTX 4090, 550.2, 24564, 20000\nbroken"
    free, busy = read_gpus(lines)
    assert (free.name, free.driver, free.used) == ("NVIDIA H200", "570.1", 100 * 2**20)
    assert busy.total == 24564 * 2**20
    path = program(tmp_path / "bin", "nvidia-smi", f"printf '{lines}'".replace("\n", "\\n"))
    monkeypatch.setenv("PATH", path, prepend=os.pathsep)
    found = outcomes("gpu", situation(tmp_path, PATH=path))
    assert found == {"found": Level.OK, "busy": Level.WARNING}


def test_no_driver_and_a_driver_without_gpu_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert outcomes("gpu", situation(tmp_path, PATH=str(tmp_path))) == {"no_driver": Level.WARNING}
    path = program(tmp_path / "bin", "nvidia-smi", "echo 'No devices were found' >&2; exit 9")
    monkeypatch.setenv("PATH", path, prepend=os.pathsep)
    (found,) = CHECKS["gpu"](situation(tmp_path, PATH=path))
    assert found.outcome == "silent"
    assert "No devices were found" in words(found)


def test_the_memory_is_the_containers_where_that_is_less(tmp_path: Path) -> None:
    meminfo = "MemTotal:       100 kB\nMemAvailable:   50 kB\n"
    assert available_memory(meminfo, tmp_path) == 50 * 1024
    (tmp_path / "memory.max").write_text("30000\n", encoding="ascii")
    (tmp_path / "memory.current").write_text("10000\n", encoding="ascii")
    assert available_memory(meminfo, tmp_path) == 20000
    (tmp_path / "memory.max").write_text("max\n", encoding="ascii")
    assert available_memory(meminfo, tmp_path) == 50 * 1024
    assert available_memory("", tmp_path) is None


def test_a_volume_without_locks_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert outcomes("volume", situation(tmp_path)) == {"good": Level.OK}

    def unsupported(descriptor: object, operation: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    assert outcomes("volume", situation(tmp_path)) == {"no_locks": Level.WARNING}


def test_a_folder_that_cannot_be_written_is_an_error() -> None:
    (found,) = CHECKS["volume"](situation(Path("/proc/runs")))
    assert found.level is Level.ERROR
    assert "/proc" in words(found)


def test_lost_runs_are_named_and_an_unreadable_one_hides_none(tmp_path: Path) -> None:
    lost, unreadable = make_run(tmp_path / "mira"), make_run(tmp_path / "newer")
    with open_log(lost.events_path) as log:
        log.write(Step(1, 1, 0.5, 1e-4, 0.1))
    unreadable.events_path.write_text('{"log":2,"kind":"note"}\n', encoding="utf-8")
    assert outcomes("runs", situation(tmp_path)) == {
        "unreadable": Level.WARNING,
        "lost": Level.WARNING,
    }


@pytest.mark.parametrize(
    ("environment", "size", "encoding", "expected"),
    [
        ({"TERM": "dumb"}, (80, 24), "utf-8", {"dumb"}),
        ({"TERM": "xterm-256color"}, (80, 24), "utf-8", {"good", "many_colours"}),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, (70, 20), "UTF-8", {"small", "all_colours"}),
        ({"TERM": "xterm", "NO_COLOR": "1"}, (40, 24), "utf8", {"tiny", "colours_unwanted"}),
        (
            {"TERM": "linux"},
            (120, 40),
            "ANSI_X3.4-1968",
            {"good", "no_unicode", "few_colours"},
        ),
    ],
)
def test_terminals_are_judged_by_what_they_say(
    tmp_path: Path,
    environment: dict[str, str],
    size: tuple[int, int],
    encoding: str,
    expected: set[str],
) -> None:
    described = Situation(tmp_path, environment, is_terminal=True, size=size, encoding=encoding)
    assert set(outcomes("terminal", described)) == expected


def test_ssh_and_tmux_are_seen(tmp_path: Path) -> None:
    remote = situation(tmp_path, SSH_TTY="/dev/pts/0", TMUX="/tmp/tmux-0/default,1,0")
    assert set(outcomes("connection", remote)) == {"ssh", "tmux"}


@pytest.mark.parametrize(
    ("files", "kills"),
    [
        ([], False),
        (["[Login]\n#KillUserProcesses=yes"], False),
        (["[Login]\nKillUserProcesses=yes"], True),
        (["[Login]\nKillUserProcesses = yes", "[Login]\nKillUserProcesses=no"], False),
        (["KillUserProcesses=yes\nKillOnlyUsers=kasumi"], False),
        (["KillUserProcesses=yes\nKillOnlyUsers=kasumi mira"], True),
        (["KillUserProcesses=yes\nKillExcludeUsers=root mira"], False),
    ],
)
def test_what_logind_does_at_logout_is_read_from_its_files(files: list[str], kills: bool) -> None:
    assert kills_at_logout(files, "mira") is kills


def test_root_is_spared_unless_the_files_say_otherwise() -> None:
    assert not kills_at_logout(["KillUserProcesses=yes"], "root")
    assert kills_at_logout(["KillUserProcesses=yes\nKillExcludeUsers="], "root")


def doctor(*words: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *words])


def test_the_command_speaks_two_languages_and_json(tmp_path: Path) -> None:
    root = ("--root", str(tmp_path))
    assert "Errors: 0, warnings: " in doctor(*root, "--lang", "en").output
    assert "エラー0件" in doctor(*root, "--lang", "ja").output
    records = json.loads(doctor(*root, "--json").output)
    assert {"python", "disk", "logout"} <= {record["check"] for record in records}
    assert {record["level"] for record in records} <= {"ok", "warning"}


def test_only_an_error_is_an_exit_code(tmp_path: Path) -> None:
    assert doctor("--root", "/proc/runs").exit_code == 1
    assert doctor("--root", str(tmp_path / "none")).exit_code == 0
