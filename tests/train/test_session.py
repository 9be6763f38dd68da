"""One life of a trainer: what it tells, writes and leaves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch.testing import assert_close

from lora_wizard.lora import load_lora
from lora_wizard.runs import (
    Checkpoint,
    Finished,
    Note,
    Phase,
    RunFolder,
    RunState,
    Sample,
    Started,
    Step,
    Stopped,
    read_record,
    run_status,
)

from .conftest import MakeRecipe, NewRun, TrainHere
from .material import draw_pictures
from .trainers import events_of

PROMPTS = '["mira, smile", "mira, <lora:x:1>kimono"]'


def steps_of(folder: RunFolder) -> list[Step]:
    return [event for event in events_of(folder) if isinstance(event, Step)]


def files_of(folder: RunFolder) -> set[str]:
    """Everything that a run wrote, by its path in the folder."""
    found = (Path(root, name) for root, _, names in os.walk(folder.path) for name in names)
    return {str(path.relative_to(folder.path)) for path in found}


def final_tensors(folder: RunFolder) -> dict[str, torch.Tensor]:
    return dict(load_lora(folder.final_path("mira")).tensors)


@pytest.fixture(scope="module")
def finished(recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere) -> RunFolder:
    """Two epochs of five steps, a file and two pictures after each."""
    folder = new_run(
        recipe(
            training__epochs="2",
            saving__every_epochs="1",
            sampling__prompts=PROMPTS,
            sampling__every_epochs="1",
            sampling__steps="2",
        )
    )
    assert train_here(folder) == 0
    return folder


def test_a_run_leaves_its_files_and_no_other(finished: RunFolder) -> None:
    assert run_status(finished).state is RunState.FINISHED
    assert files_of(finished) == {
        "recipe.toml",
        "run.json",
        "lock",
        "events.jsonl",
        "mira.safetensors",
        "checkpoints/mira-000001.safetensors",
        "state/state.pt",
        "samples/step-000005-0.png",
        "samples/step-000005-1.png",
        "samples/step-000010-0.png",
        "samples/step-000010-1.png",
    }


def test_the_log_tells_the_run_in_the_order_in_which_it_happened(finished: RunFolder) -> None:
    events = events_of(finished)
    phases = [event.name for event in events if isinstance(event, Phase)]
    assert list(dict.fromkeys(phases)) == [
        "loading", "caching_latents", "training", "saving", "sampling",
    ]  # fmt: skip
    (started,) = [event for event in events if isinstance(event, Started)]
    assert (started.generation, started.resumed_from) == (1, None)
    assert (started.total_steps, started.epochs, started.images) == (10, 2, 5)
    assert (started.sample_rounds, started.checkpoints) == (2, 1)
    assert [(step.step, step.epoch) for step in steps_of(finished)] == [
        (number, 1 + (number - 1) // 5) for number in range(1, 11)
    ]
    assert all(0 < step.loss < 10 and step.grad_norm > 0 for step in steps_of(finished))
    assert [event.path for event in events if isinstance(event, Checkpoint)] == [
        "checkpoints/mira-000001.safetensors"
    ]
    end = events[-1]
    assert isinstance(end, Finished)
    assert (end.path, end.steps) == ("mira.safetensors", 10)


def test_rates_in_the_log_are_the_schedules(finished: RunFolder) -> None:
    rates = [step.lr for step in steps_of(finished)]
    assert rates[0] == 1e-3
    assert rates[5] == pytest.approx(0.5e-3)
    assert rates == sorted(rates, reverse=True)


def test_the_record_names_the_process_and_the_versions(finished: RunFolder) -> None:
    record = read_record(finished)
    assert record is not None
    assert record.process.pid == os.getpid()
    assert record.versions["torch"] == torch.__version__.partition("+")[0]


def test_samples_are_pictures_of_the_training_size_that_say_how_they_were_made(
    finished: RunFolder,
) -> None:
    samples = [event for event in events_of(finished) if isinstance(event, Sample)]
    assert [sample.step for sample in samples] == [5, 5, 10, 10]
    assert samples[0].prompt == "mira, smile"
    for sample in samples:
        with Image.open(finished.path / sample.path) as picture:
            assert picture.size == (64, 64)
            assert picture.info["parameters"].startswith(sample.prompt)


def test_drawing_and_saving_on_the_way_change_nothing(
    finished: RunFolder, recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    plain = new_run(recipe(training__epochs="2"))
    assert train_here(plain) == 0
    expected = final_tensors(finished)
    assert all(torch.equal(tensor, expected[key]) for key, tensor in final_tensors(plain).items())


def test_wishes_in_the_control_folder_are_granted_after_the_step(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    folder = new_run(recipe(sampling__prompts='["mira"]', sampling__steps="1"))
    for name in ("save", "sample", "stop"):
        (folder.control / name).touch()
    assert train_here(folder) == 0
    events = events_of(folder)
    assert [(e.step, e.path) for e in events if isinstance(e, Checkpoint)] == [
        (1, "checkpoints/mira-step00000001.safetensors"),
        (2, "checkpoints/mira-step00000002.safetensors"),
    ]
    assert [event.step for event in events if isinstance(event, Sample)] == [1]
    end = events[-1]
    assert isinstance(end, Stopped)
    assert (end.step, end.path) == (2, "checkpoints/mira-step00000002.safetensors")
    assert not os.listdir(folder.control)
    assert run_status(folder).state is RunState.STOPPED


def test_a_finished_run_that_is_started_again_only_writes_its_file_again(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    folder = new_run(recipe(training__steps="2"))
    assert train_here(folder) == 0
    before = final_tensors(folder)
    folder.final_path("mira").unlink()
    assert train_here(folder) == 0
    assert len(steps_of(folder)) == 2
    assert all(torch.equal(tensor, before[key]) for key, tensor in final_tensors(folder).items())


def test_bf16_trains_as_fp32_does_up_to_rounding(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere, finished: RunFolder
) -> None:
    folder = new_run(recipe(training__epochs="2", training__precision="bf16"))
    assert train_here(folder) == 0
    losses = [[step.loss for step in steps_of(run)] for run in (folder, finished)]
    assert losses[0] == pytest.approx(losses[1], rel=0.02)
    assert {tensor.dtype for tensor in final_tensors(folder).values()} == {torch.float32}


def test_computing_again_in_place_of_remembering_changes_no_result(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    finals = []
    for checkpointing in ("false", "true"):
        folder = new_run(
            recipe(
                training__gradient_checkpointing=checkpointing,
                network__dropout="0.1",
                network__module_dropout="0.2",
            )
        )
        assert train_here(folder) == 0
        finals.append(final_tensors(folder))
    for name, tensor in finals[0].items():
        assert_close(finals[1][name], tensor, rtol=1e-4, atol=1e-6)


def test_a_part_at_rate_0_stays_as_it_was(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    folder = new_run(recipe(training__text_encoder_lr="0", training__steps="2"))
    assert train_here(folder) == 0
    ups = {name: tensor for name, tensor in final_tensors(folder).items() if ".lora_up" in name}
    moved = {name for name, tensor in ups.items() if tensor.any()}
    assert moved == {name for name in ups if name.startswith("lora_unet_")}
    assert moved < ups.keys()


def test_what_does_not_fit_into_75_tokens_is_said(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere, tmp_path: Path
) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "long.png")
    (tmp_path / "long.txt").write_text("mira, " + "smile, " * 60, encoding="utf-8")
    folder = new_run(recipe(data__images=str(tmp_path), training__steps="1"))
    assert train_here(folder) == 0
    notes = [event.text for event in events_of(folder) if isinstance(event, Note)]
    assert any("longer than 75 tokens" in note for note in notes)
    assert any(str(tmp_path.name) in note for note in notes)


@pytest.mark.parametrize(("parts", "names"), [("both", {"unet", "te1", "te2"}), ("unet", {"unet"})])
def test_sdxl_trains_with_its_sizes_and_both_text_encoders(
    recipe: MakeRecipe,
    new_run: NewRun,
    train_here: TrainHere,
    sdxl_folder: Path,
    parts: str,
    names: set[str],
) -> None:
    folder = new_run(
        recipe(model__base=str(sdxl_folder), training__steps="1", network__parts=parts)
    )
    assert train_here(folder) == 0
    assert {name.split("_")[1] for name in final_tensors(folder)} == names


def test_a_velocity_model_is_trained_as_one(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    losses = []
    for velocity in ("true", "false"):
        folder = new_run(recipe(model__v_prediction=velocity, training__steps="1"))
        assert train_here(folder) == 0
        losses.append(steps_of(folder)[0].loss)
        told = load_lora(folder.final_path("mira")).metadata.get("modelspec.prediction_type")
        assert told == ("v" if velocity == "true" else "epsilon")
    assert losses[0] != losses[1]


def test_regularisation_pictures_count_as_much_as_the_recipe_says(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere, tmp_path: Path
) -> None:
    """At weight 0 half of an epoch's steps have a loss of 0."""
    draw_pictures(tmp_path / "1_girl", [(64, 64)] * 5)
    folder = new_run(
        recipe(
            data__regularisation=str(tmp_path),
            training__prior_loss_weight="0",
            training__epochs="1",
        )
    )
    assert train_here(folder) == 0
    assert [step.loss == 0 for step in steps_of(folder)].count(True) == 5
    assert len(steps_of(folder)) == 10


def test_a_transparent_picture_teaches_nothing_where_opacity_is_the_mask(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere, tmp_path: Path
) -> None:
    draw_pictures(tmp_path / "1_mira", [(64, 64)])
    Image.new("RGBA", (64, 64), (255, 0, 0, 0)).save(tmp_path / "1_mira" / "clear.png")
    folder = new_run(
        recipe(data__images=str(tmp_path), data__alpha_mask="true", training__epochs="1")
    )
    assert train_here(folder) == 0
    assert sorted(step.loss == 0 for step in steps_of(folder)) == [False, True]
