"""`lora-wizard runs`: a table, plain where there is no terminal, and JSON."""

import json
import time
from pathlib import Path

from click.testing import CliRunner

from lora_wizard.commands.runs import command
from lora_wizard.queue import QueueFolder, add
from lora_wizard.runs import Event, Finished, RunFolder, Started, Step, open_log


def make_run(path: Path, *events: Event) -> RunFolder:
    path.mkdir(parents=True)
    folder = RunFolder(path)
    folder.recipe_path.touch()
    with open_log(folder.events_path) as log:
        for event in events:
            log.write(event)
    return folder


def make_two(root: Path) -> None:
    started = Started(1, None, 40, 2, 20, 1)
    steps = [Step(step, 1, 0.25, 1e-4, 1.0) for step in range(1, 41)]
    make_run(root / "mira", started, *steps, Finished("mira.safetensors", 40, 60.0))
    make_run(root / "kasumi", started, *steps[:12])


def test_runs_are_plain_lines_where_there_is_no_terminal(tmp_path: Path) -> None:
    make_two(tmp_path)
    result = CliRunner().invoke(command, [str(tmp_path)])
    assert result.exit_code == 0, result.output
    lines = [line.split("\t") for line in result.output.splitlines()]
    assert lines[0] == ["name", "state", "steps", "loss", "time left", "last event", "LoRA"]
    assert {line[0]: line[1:4] for line in lines[1:]} == {
        "mira": ["finished", "40/40", "0.2500"],
        "kasumi": ["lost", "12/40", "0.2500"],
    }
    assert "mira.safetensors" in result.output


def test_json_holds_every_run_with_its_state(tmp_path: Path) -> None:
    make_two(tmp_path)
    result = CliRunner().invoke(command, [str(tmp_path), "--json"])
    assert result.exit_code == 0, result.output
    runs = {run["name"]: run for run in json.loads(result.output)}
    assert runs["mira"]["lora"] == str(tmp_path / "mira" / "mira.safetensors")
    assert (runs["kasumi"]["state"], runs["kasumi"]["step"]) == ("lost", 12)
    assert time.time() - runs["mira"]["updated_at"] < 3600


def test_a_run_that_waits_in_the_queue_is_queued(tmp_path: Path) -> None:
    add(QueueFolder.of_root(tmp_path), make_run(tmp_path / "waits"), now=1.0)
    make_run(tmp_path / "alone")
    lines = CliRunner().invoke(command, [str(tmp_path)]).output
    assert "waits\tqueued" in lines and "alone\tcreated" in lines
    runs = json.loads(CliRunner().invoke(command, [str(tmp_path), "--json"]).output)
    assert {run["name"]: run["state"] for run in runs} == {"waits": "queued", "alone": "created"}


def test_a_log_of_a_newer_version_does_not_hide_the_other_runs(tmp_path: Path) -> None:
    make_two(tmp_path)
    newer = make_run(tmp_path / "newer")
    newer.events_path.write_text('{"log":2,"kind":"note"}\n', encoding="utf-8")
    plain = CliRunner().invoke(command, [str(tmp_path)])
    assert "newer\tunreadable: this log is in format 2" in plain.output
    assert "mira\tfinished" in plain.output
    listed = json.loads(CliRunner().invoke(command, [str(tmp_path), "--json"]).output)
    assert [run["name"] for run in listed if run["state"] is None] == ["newer"]


def test_no_runs_says_how_to_start_one(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, [str(tmp_path / "runs")])
    assert result.exit_code == 0
    assert "lora-wizard train" in result.output
