"""The saved state: whole, exact, and clear about what it does not fit."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from lora_wizard.errors import RunError
from lora_wizard.runs import RunFolder
from lora_wizard.train.state import SavedState, load_state, save_state

from .conftest import LimitFiles
from .trainers import fill_disk_at


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "run")
    folder.state.mkdir(parents=True)
    return folder


def state_at(step: int) -> SavedState:
    values = torch.randn(20, 30, generator=torch.Generator().manual_seed(step))
    moments = {0: {"step": torch.tensor(3.0), "exp_avg": values * 2}}
    return SavedState(
        step=step,
        tensors={"a.lora_up.weight": values, "a.alpha": torch.tensor(1.0)},
        optimizer={"state": moments, "param_groups": [{"lr": 1e-4, "params": [0]}]},
        scaler={"scale": 65536.0},
        precision="bf16",
        processes=2,
        seconds=1.5,
    )


def test_it_comes_back_to_the_bit(folder: RunFolder) -> None:
    kept = state_at(7)
    save_state(folder, kept)
    found = load_state(folder, processes=2)
    assert found is not None
    assert torch.equal(found.tensors["a.lora_up.weight"], kept.tensors["a.lora_up.weight"])
    moments, kept_moments = found.optimizer["state"][0], kept.optimizer["state"][0]
    assert torch.equal(moments["exp_avg"], kept_moments["exp_avg"])
    assert found.optimizer["param_groups"] == kept.optimizer["param_groups"]
    assert (found.step, found.precision, found.seconds) == (7, "bf16", 1.5)
    assert found.scaler == kept.scaler


def test_a_run_without_one_begins_at_its_beginning(folder: RunFolder) -> None:
    assert load_state(folder, processes=1) is None


def test_a_new_state_takes_the_place_of_the_old(folder: RunFolder) -> None:
    save_state(folder, state_at(1))
    save_state(folder, state_at(2))
    found = load_state(folder, processes=2)
    assert found is not None
    assert found.step == 2
    assert os.listdir(folder.state) == ["state.pt"]


def test_another_number_of_trainers_cannot_go_on_with_it(folder: RunFolder) -> None:
    save_state(folder, state_at(1))
    with pytest.raises(RunError, match="begun with 2 trainers and cannot go on with 1") as caught:
        load_state(folder, processes=1)
    assert "--processes 2" in caught.value.fix


@pytest.mark.parametrize("content", [b"", b"no state at all", b"PK\x03\x04 torn"])
def test_a_damaged_one_says_what_to_do(folder: RunFolder, content: bytes) -> None:
    (folder.state / "state.pt").write_bytes(content)
    with pytest.raises(RunError, match="cannot be read") as caught:
        load_state(folder, processes=1)
    assert str(folder.state) in caught.value.where
    assert "Remove this file" in caught.value.fix


def test_a_pickle_with_code_in_its_place_is_not_run(folder: RunFolder) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (os.mkdir, (str(folder.path / "sprung"),))

    torch.save({"step": Trap()}, folder.state / "state.pt")
    with pytest.raises(RunError, match="cannot be read"):
        load_state(folder, processes=1)
    assert not (folder.path / "sprung").exists()


def test_a_full_disk_leaves_the_state_before(folder: RunFolder) -> None:
    save_state(folder, state_at(1))
    fill_disk_at(folder.state / "state.pt")
    with pytest.raises(RunError, match="the disk is full") as caught:
        save_state(folder, state_at(2))
    assert caught.value.where == str(folder.state / "state.pt")
    assert os.listdir(folder.state) == ["state.pt"]
    found = load_state(folder, processes=2)
    assert found is not None
    assert found.step == 1


def test_a_limit_on_the_size_of_files_is_no_full_disk(
    folder: RunFolder, limit_files: LimitFiles
) -> None:
    with (
        limit_files(1024),
        pytest.raises(RunError, match=r"cannot be written \(File too large\)"),
    ):
        save_state(folder, state_at(1))
    assert not os.listdir(folder.state)


def test_a_missing_folder_is_no_full_disk(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="No such file"):
        save_state(RunFolder(tmp_path / "gone"), state_at(1))
