"""TensorBoard's files of real runs, read back by TensorBoard's own reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from lora_wizard.errors import TrainingError
from lora_wizard.runs import RunFolder, Sample, Step, Validation
from lora_wizard.train.board import Board

from .conftest import MakeRecipe, NewRun, TrainHere
from .trainers import events_of


def read(folder: RunFolder) -> Any:
    found = EventAccumulator(str(folder.tensorboard), size_guidance={"scalars": 0, "images": 0})
    found.Reload()
    return found


def scalars(found: Any, tag: str) -> list[tuple[int, float]]:
    return [(one.step, one.value) for one in found.Scalars(tag)]


def test_it_has_what_the_log_has(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    folder = new_run(
        recipe(
            saving__tensorboard="true",
            validation__share="0.4",
            sampling__prompts='["mira", "mira, smile"]',
            sampling__steps="1",
            training__steps="4",
        )
    )
    assert train_here(folder) == 0
    events = events_of(folder)
    steps = [one for one in events if isinstance(one, Step)]
    found = read(folder)
    for tag, numbers in {
        "loss/current": [(one.step, one.loss) for one in steps],
        "lr": [(one.step, one.lr) for one in steps],
        "norm/gradient": [(one.step, one.grad_norm) for one in steps],
        "loss/validation": [(one.step, one.loss) for one in events if isinstance(one, Validation)],
    }.items():
        told = scalars(found, tag)
        assert [step for step, _ in told] == [step for step, _ in numbers]
        values = [value for _, value in told]
        assert values == pytest.approx([value for _, value in numbers], rel=1e-6)
        assert len(told) >= 3
    assert sorted(found.Tags()["images"]) == ["samples/0", "samples/1"]
    drawn = [one.step for one in events if isinstance(one, Sample)]
    assert {image.step for image in found.Images("samples/0")} == set(drawn)
    assert found.Images("samples/0")[0].width == 64


def test_a_resumed_run_is_one_line(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    folder = new_run(recipe(saving__tensorboard="true"))
    (folder.control / "stop").touch()
    assert train_here(folder) == 0
    assert train_here(folder) == 0
    assert [step for step, _ in scalars(read(folder), "loss/current")] == list(range(1, 7))


def test_steps_that_a_kill_undid_are_taken_back(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    for done, loss in ((0, 1.0), (3, 2.0)):
        board = Board(folder, done=done)
        for step in range(done + 1, done + 6):
            board.write(Step(step, 1, loss, 1e-4, 0.1, 0.5))
        board.close()
    told = scalars(read(folder), "loss/current")
    assert told == [(step, 1.0 if step <= 3 else 2.0) for step in range(1, 9)]


def test_without_the_recipes_wish_there_is_no_folder(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    folder = new_run(recipe(training__steps="1"))
    assert train_here(folder) == 0
    assert not folder.tensorboard.exists()


def test_a_missing_package_is_said_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch, recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    import importlib.util

    from lora_wizard.train.board import check_board

    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "tensorboard" else real(name)
    )
    with pytest.raises(TrainingError, match="not installed") as caught:
        check_board()
    assert "lora-wizard[tensorboard]" in caught.value.fix
    folder = new_run(recipe(saving__tensorboard="true", data__images="/nowhere"))
    assert train_here(folder) == 1
    assert "tensorboard" in str(events_of(folder)[-1])
