"""`lora-wizard train` and `resume`: from the command line to the file, and what is refused."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from lora_wizard.cli import main
from lora_wizard.lora import load_lora
from lora_wizard.recipe import Recipe, read_recipe, recipe_to_toml, with_settings
from lora_wizard.runs import (
    RunFolder,
    RunState,
    Step,
    create_run,
    read_events,
    request_stop,
    run_state,
)

from ..models.conftest import save_sd1
from ..train.material import draw_pictures, small_recipe
from ..train.trainers import fill_disk_at, wait_until

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def base_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_sd1(tmp_path_factory.mktemp("models") / "tiny", vae_widths=(32, 32, 32, 32))


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pictures") / "mira"
    draw_pictures(root / "1_mira girl", [(64, 64), (64, 64)])
    return root


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder; processes started from it take one thread."""
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.chdir(room)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return room


@pytest.fixture
def lora_wizard(room: Path) -> Run:
    """`lora-wizard WORDS`, in the empty working folder."""
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


def assert_refused(result: Result, room: Path, *words: str) -> None:
    """Exit code 2, everything said, no traceback, and nothing begun."""
    assert result.exit_code == 2, result.output
    for word in words:
        assert word in result.output
    assert "Traceback" not in result.output
    assert not os.listdir(room)


def write_recipe(path: Path, base: Path, images: Path, **settings: str) -> Path:
    path.write_text(recipe_to_toml(small_recipe(base, images, **settings)), encoding="utf-8")
    return path


# Bad input: told in a second, before a run folder is made.


def test_a_missing_folder_of_pictures(lora_wizard: Run, room: Path) -> None:
    assert_refused(lora_wizard("train", "--images", "gone"), room, str(room / "gone"))


def test_an_empty_folder_of_pictures(lora_wizard: Run, room: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert_refused(
        lora_wizard("train", "--images", empty), room, str(empty), "is an empty folder", "10_name"
    )


def test_a_folder_with_other_files_only(lora_wizard: Run, room: Path, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    (folder / "1_mira").mkdir(parents=True)
    (folder / "1_mira" / "a.txt").write_text("mira", encoding="utf-8")
    assert_refused(lora_wizard("train", "--images", folder), room, str(folder), "without pictures")


def test_corrupt_pictures_are_all_named(lora_wizard: Run, room: Path, tmp_path: Path) -> None:
    folder = draw_pictures(tmp_path / "set" / "1_mira", [(64, 64)] * 3)
    whole = (folder / "1.png").read_bytes()
    (folder / "1.png").write_bytes(whole[: len(whole) // 2])
    (folder / "2.png").write_bytes(b"this is no picture")
    result = lora_wizard("train", "--images", tmp_path / "set")
    assert_refused(result, room, str(folder / "1.png"), str(folder / "2.png"))
    assert "0.png" not in result.output


def test_a_base_that_is_not_there(lora_wizard: Run, room: Path, images: Path) -> None:
    result = lora_wizard("train", "--images", images, "--base", "gone.safetensors")
    assert_refused(result, room, str(room / "gone.safetensors"), "no such file", "--base")


def test_a_preset_with_an_unknown_key(
    lora_wizard: Run, room: Path, images: Path, tmp_path: Path
) -> None:
    preset = tmp_path / "mine.toml"
    preset.write_text('format = 1\n[preset]\ntitle = "x"\n[network]\nrnak = 4\n', encoding="utf-8")
    result = lora_wizard("train", "--images", images, "--preset", preset)
    assert_refused(result, room, "mine.toml", "network.rnak", "network.rank")


def test_unknown_settings_are_all_told_with_the_nearest_spelling(
    lora_wizard: Run, room: Path, images: Path
) -> None:
    wrong = ("--set", "network.alhpa=1", "--set", "training.stepz=5")
    result = lora_wizard("train", "--images", images, *wrong)
    assert_refused(
        result, room, "network.alhpa", "network.alpha", "training.stepz", "training.steps"
    )


@pytest.mark.parametrize(
    ("place", "words"),
    [("/proc/lora-wizard/run", "cannot be written"), ("{file}/run", "is a file, not a folder")],
    ids=["a closed folder", "below a file"],
)
def test_an_output_that_cannot_be_written(
    lora_wizard: Run, room: Path, images: Path, tmp_path: Path, place: str, words: str
) -> None:
    (tmp_path / "file").touch()
    out = place.format(file=tmp_path / "file")
    assert_refused(lora_wizard("train", "--images", images, "--out", out), room, out, words)


def test_a_run_that_is_there_is_left_alone(
    lora_wizard: Run, room: Path, images: Path, base_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    before = create_run(out, small_recipe(base_folder, images)).recipe_path.read_bytes()
    result = lora_wizard("train", "--images", images, "--out", out)
    assert_refused(result, room, str(out), "a run is there already", "--overwrite")
    assert (out / "recipe.toml").read_bytes() == before


def test_a_folder_of_other_files_is_never_moved_aside(
    lora_wizard: Run, room: Path, images: Path, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "holiday.png").touch()
    words = ("train", "--images", images, "--out", tmp_path / "photos", "--overwrite")
    assert_refused(lora_wizard(*words), room, "holds other files")
    assert (tmp_path / "photos" / "holiday.png").exists()


def test_a_run_that_nobody_knows_cannot_be_resumed(lora_wizard: Run, room: Path) -> None:
    assert_refused(lora_wizard("resume", "mira"), room, "mira")


# With a trainer's process.


def test_a_recipe_is_trained_and_the_run_that_was_there_moved_aside(
    lora_wizard: Run, room: Path, images: Path, base_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    old = create_run(out, with_settings(Recipe(), {"data.images": str(images)}))
    kept = old.recipe_path.read_bytes()
    recipe = write_recipe(tmp_path / "mine.toml", base_folder, images, training__steps="3")
    words = ("train", recipe, "--out", out, "--overwrite", "--set", "saving.precision=bf16")
    result = lora_wizard(*words)
    assert result.exit_code == 0, result.output
    assert f"Run: {out}" in result.output
    assert "Finished: 3 steps" in result.output
    assert f"LoRA: {out / 'mira.safetensors'}" in result.output
    assert (tmp_path / "run.replaced-1" / "recipe.toml").read_bytes() == kept
    tensors = load_lora(out / "mira.safetensors").tensors
    assert {tensor.dtype for tensor in tensors.values()} == {torch.bfloat16}
    assert read_recipe(out / "recipe.toml").training.steps == 3
    assert (out / "console.log").read_text(encoding="utf-8") == ""

    again = lora_wizard("resume", out)
    assert again.exit_code == 0
    assert "nothing to go on with" in again.output


def test_a_pickled_checkpoint_with_code_in_it_is_refused_and_its_code_never_runs(
    lora_wizard: Run, room: Path, images: Path, tmp_path: Path
) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (os.mkdir, (str(tmp_path / "sprung"),))

    trap = tmp_path / "trap.ckpt"
    torch.save({"state_dict": {"model.diffusion_model.weight": Trap()}}, trap)
    assert b"mkdir" in trap.read_bytes()
    result = lora_wizard("train", "--images", images, "--base", trap, "--out", "run")
    assert result.exit_code == 1, result.output
    assert str(trap) in result.output
    assert "code" in result.output
    assert not (tmp_path / "sprung").exists()
    with pytest.raises(FileExistsError):  # it is a trap indeed
        (tmp_path / "sprung").mkdir()
        pickle.loads(pickle.dumps(Trap()))
    assert run_state(RunFolder(room / "run")) is RunState.FAILED


def test_a_full_disk_is_told_and_the_run_resumed_once_there_is_space(
    lora_wizard: Run, room: Path, images: Path, base_folder: Path
) -> None:
    folder = create_run(room / "runs" / "mira", small_recipe(base_folder, images))
    fill_disk_at(folder.final_path("mira"))
    result = lora_wizard("resume", "mira")
    assert result.exit_code == 1, result.output
    assert "mira.safetensors" in result.output
    assert "space" in result.output
    assert "lora-wizard resume mira" in result.output
    assert os.listdir(folder.state) == ["state.pt"]
    assert not folder.final_path("mira").exists()


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")  # it shall
def test_a_detached_training_goes_on_alone_and_is_not_started_twice(
    lora_wizard: Run, room: Path, images: Path, base_folder: Path, tmp_path: Path
) -> None:
    recipe = write_recipe(tmp_path / "m.toml", base_folder, images, training__steps="100000")
    result = lora_wizard("train", recipe, "--detach", "--name", "mira")
    assert result.exit_code == 0, result.output
    (path,) = (room / "runs").iterdir()
    assert path.name.endswith("-mira")
    folder = RunFolder(path)
    try:
        second = lora_wizard("resume", path.name)
        assert second.exit_code == 2
        assert "being trained already" in second.output
        wait_until(lambda: any(isinstance(e, Step) for e in read_events(folder.events_path)[0]))
    finally:
        request_stop(folder)
    wait_until(lambda: run_state(folder) is not RunState.RUNNING)
    assert run_state(folder) is RunState.STOPPED
