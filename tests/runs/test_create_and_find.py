"""Run folders: made once, moved aside but never deleted, found again by name."""

import datetime
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lora_wizard.errors import RunError
from lora_wizard.recipe import DataSettings, ModelSettings, Recipe, read_recipe
from lora_wizard.runs import (
    RunFolder,
    create_run,
    find_run,
    find_runs,
    unused_run_path,
    write_record,
)

RECIPE = Recipe(data=DataSettings(images="/pictures/mira"))


def test_a_new_run_holds_its_recipe_and_its_folders(tmp_path: Path) -> None:
    folder = create_run(tmp_path / "runs" / "mira", RECIPE)
    assert read_recipe(folder.recipe_path) == RECIPE
    assert sorted(os.listdir(folder.path)) == [
        "checkpoints",
        "control",
        "recipe.toml",
        "samples",
        "state",
    ]


def test_relative_paths_hold_wherever_the_run_is_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recipe = Recipe(
        model=ModelSettings(base="models/anime.safetensors"), data=DataSettings(images="mira")
    )
    folder = create_run(Path("run"), recipe)
    assert folder.path == tmp_path / "run"
    kept = read_recipe(folder.recipe_path)
    assert kept.data.images == str(tmp_path / "mira")
    assert kept.model.base == str(tmp_path / "models" / "anime.safetensors")
    assert (kept.data.regularisation, kept.network.continue_from) == ("", "")
    assert read_recipe(create_run(Path("other"), RECIPE).recipe_path).model.base == "paperdoll"


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "mira").mkdir()
    assert create_run(tmp_path / "mira", RECIPE).is_run()


def test_a_run_that_is_there_is_refused_and_kept(tmp_path: Path) -> None:
    folder = create_run(tmp_path / "mira", RECIPE)
    (folder.path / "mira.safetensors").write_bytes(b"precious")
    with pytest.raises(RunError, match=r"a run is there already \(created\).*--overwrite"):
        create_run(tmp_path / "mira", Recipe())
    assert read_recipe(folder.recipe_path) == RECIPE
    assert (folder.path / "mira.safetensors").read_bytes() == b"precious"


def test_overwriting_moves_the_old_run_aside_each_time(tmp_path: Path) -> None:
    for content in (b"first", b"second"):
        folder = create_run(tmp_path / "mira", RECIPE, overwrite=True)
        (folder.path / "mira.safetensors").write_bytes(content)
    newest = create_run(tmp_path / "mira", RECIPE, overwrite=True)
    assert not newest.final_path("mira").exists()
    assert (tmp_path / "mira.replaced-1" / "mira.safetensors").read_bytes() == b"first"
    assert (tmp_path / "mira.replaced-2" / "mira.safetensors").read_bytes() == b"second"


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_of_other_files_is_refused_also_with_overwrite(
    tmp_path: Path, overwrite: bool
) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(RunError, match="holds other files"):
        create_run(tmp_path, RECIPE, overwrite=overwrite)
    assert os.listdir(tmp_path) == ["thesis.txt"]


def test_a_run_in_training_is_not_moved_aside(tmp_path: Path) -> None:
    folder = create_run(tmp_path / "mira", RECIPE)
    write_record(folder, argv=[], versions={}, now=1.0)  # this process plays the trainer
    with pytest.raises(RunError, match="is being trained"):
        create_run(folder.path, RECIPE, overwrite=True)
    assert folder.run_json.exists()


def test_a_place_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="a file, not a folder"):
        create_run(tmp_path / "file" / "mira", RECIPE)


@pytest.fixture
def unwritable(tmp_path: Path) -> Iterator[Path]:
    """Root may write everywhere, so it becomes nobody for the test."""
    tmp_path.chmod(0o500)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield tmp_path
    os.seteuid(user)
    tmp_path.chmod(0o700)


def test_a_folder_that_may_not_be_written_is_refused(unwritable: Path) -> None:
    with pytest.raises(RunError, match="may not write here"):
        create_run(unwritable / "mira", RECIPE)


def test_a_dated_name_is_counted_on_where_it_is_taken(tmp_path: Path) -> None:
    day = datetime.date(2026, 11, 23)
    names = []
    for _ in range(3):
        path = unused_run_path(tmp_path, "mira", on=day)
        create_run(path, RECIPE)
        names.append(path.name)
    assert names == ["2026-11-23-mira", "2026-11-23-mira-2", "2026-11-23-mira-3"]


def make_run(path: Path, time: float) -> RunFolder:
    path.mkdir(parents=True)
    folder = RunFolder(path)
    folder.recipe_path.touch()
    os.utime(folder.recipe_path, (time, time))
    return folder


def test_runs_are_listed_newest_activity_first_and_nothing_else(tmp_path: Path) -> None:
    for name, time in (("old", 100.0), ("new", 300.0), ("middle", 200.0)):
        make_run(tmp_path / name, time)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "file").touch()
    assert [run.name for run in find_runs(tmp_path)] == ["new", "middle", "old"]
    (tmp_path / "old" / "events.jsonl").touch()
    assert [run.name for run in find_runs(tmp_path)] == ["old", "new", "middle"]
    assert [run.name for run in find_runs(tmp_path / "old")] == ["old"]
    assert find_runs(tmp_path / "missing") == ()
    with pytest.raises(RunError, match="cannot be listed"):
        find_runs(tmp_path / "file")


def test_a_run_is_found_by_path_name_and_part_of_its_name(tmp_path: Path) -> None:
    mira = make_run(tmp_path / "2026-11-23-mira", 1.0)
    kasumi = make_run(tmp_path / "2026-11-23-kasumi", 2.0)
    assert find_run(str(mira.path)) == mira
    assert find_run("2026-11-23-kasumi", tmp_path) == kasumi
    assert find_run("mira", tmp_path) == mira
    with pytest.raises(RunError, match=r"several runs.*2026-11-23-kasumi, 2026-11-23-mira"):
        find_run("2026", tmp_path)
    with pytest.raises(RunError, match="Did you mean 2026-11-23-kasumi"):
        find_run("2026-11-23-kasume", tmp_path)
    with pytest.raises(RunError, match="there is no run"):
        find_run("zzz", tmp_path)
