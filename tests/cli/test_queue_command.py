"""`lora-wizard queue`: what is added, listed, removed, and refused. tests/queue has its worker."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lora_wizard.cli import main
from lora_wizard.queue import QueueFolder, worker_record
from lora_wizard.recipe import Recipe, read_recipe, recipe_to_toml, with_settings
from lora_wizard.runs import RunState, find_runs, run_state

from ..train.material import draw_pictures
from .fake_trainers import make_run, wait_until


def queue(*words: object) -> Result:
    return CliRunner().invoke(main, ["queue", *map(str, words)])


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    draw_pictures(tmp_path / "pictures" / "1_mira girl", [(64, 64)])
    return tmp_path


def write_recipe(path: Path, **settings: str) -> Path:
    dotted = {key.replace("__", "."): value for key, value in settings.items()}
    own = {"data.images": "pictures", "saving.name": path.stem, **dotted}
    path.write_text(recipe_to_toml(with_settings(Recipe(), own)), encoding="utf-8")
    return path


def listed() -> list[dict[str, object]]:
    result = queue("list", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)["entries"]
    assert isinstance(found, list)
    return found


def test_each_recipe_gets_its_run_and_its_number(room: Path) -> None:
    result = queue("add", write_recipe(room / "mira.toml"), write_recipe(room / "kasumi.toml"))
    assert result.exit_code == 0, result.output
    assert "Start the queue with: lora-wizard queue start" in result.output
    assert [(one["number"], one["state"]) for one in listed()] == [(1, "waiting"), (2, "waiting")]
    assert [str(one["name"]).rpartition("-")[2] for one in listed()] == ["mira", "kasumi"]
    for folder in find_runs(room / "runs"):
        assert read_recipe(folder.recipe_path).data.images == str(room / "pictures")
        assert run_state(folder) is RunState.CREATED


def test_the_recipe_counts_as_it_was_when_added_with_what_was_set(room: Path) -> None:
    recipe = write_recipe(room / "mira.toml")
    assert queue("add", recipe, "--out", "here", "--set", "network.rank=4").exit_code == 0
    recipe.write_text("broken", encoding="utf-8")
    assert read_recipe(room / "here" / "recipe.toml").network.rank == 4


def test_a_mistake_in_any_recipe_adds_none(room: Path) -> None:
    good = write_recipe(room / "mira.toml")
    bad = write_recipe(room / "kasumi.toml", data__images="gone")
    result = queue("add", good, bad)
    assert result.exit_code == 2
    assert "gone" in result.output
    assert listed() == []
    assert not (room / "runs").exists()


def test_several_recipes_cannot_share_a_folder(room: Path) -> None:
    recipe = write_recipe(room / "mira.toml")
    result = queue("add", recipe, recipe, "--out", "here")
    assert result.exit_code == 2
    assert "cannot share one folder" in result.output


def test_a_run_that_is_there_can_be_added_to_be_gone_on_with(room: Path) -> None:
    make_run(room / "runs" / "mira")
    assert queue("add", "runs/mira").exit_code == 0
    assert [one["path"] for one in listed()] == [str(room / "runs" / "mira")]


def test_one_is_removed_and_its_folder_stays(room: Path) -> None:
    folder = make_run(room / "runs" / "mira")
    queue("add", "runs/mira")
    result = queue("remove", 1)
    assert result.exit_code == 0
    assert "its folder stays" in result.output
    assert folder.is_run()
    assert "Nothing is in it" in queue("list").output


def test_what_cannot_be_is_told(room: Path) -> None:
    assert "nothing waits in this queue" in queue("start").output
    assert "nothing works on this queue" in queue("stop").output
    assert "no number 7" in queue("remove", 7).output


def test_a_real_worker_starts_real_trainers_and_says_why_one_failed(room: Path) -> None:
    """Its recipe was damaged between adding and training."""
    queue("add", write_recipe(room / "mira.toml"), "--out", "mira")
    (room / "mira" / "recipe.toml").write_text("format = 1\nstepps = 4\n", encoding="utf-8")
    result = queue("start")
    assert result.exit_code == 0, result.output
    wait_until(lambda: worker_record(QueueFolder.of_root(room / "runs")) is None)
    (one,) = listed()
    assert (one["state"], one["done"]) == ("failed", True)
    assert "stepps" in str(one["words"])
    plain = queue("list").output.splitlines()
    assert plain[0].split("\t")[0] == "1"
    assert plain[0].split("\t")[2] == "failed"
