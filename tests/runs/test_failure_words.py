"""A run that failed or was lost: the cause is told apart, and what to do comes with its numbers."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from lora_wizard.language import LANGUAGES, Language
from lora_wizard.recipe import Recipe, recipe_to_toml, with_settings
from lora_wizard.runs import (
    Cause,
    Failed,
    FailureAdvice,
    Gpu,
    RunFolder,
    RunState,
    Started,
    Step,
    failure_advice,
    open_log,
    read_record,
    run_status,
    write_record,
)
from lora_wizard.runs.failure_cause import cause_of_failure, cause_of_loss, error_name
from lora_wizard.runs.failure_words import memory_kills
from lora_wizard.runs.lighter import lighter_settings
from lora_wizard.runs.process import ProcessIdentity

HEAVY = {
    "training.batch_size": "4",
    "data.resolution": "768",
    "network.rank": "64",
    "network.alpha": "32",
}


def trace(error: str) -> str:
    return f'Traceback (most recent call last):\n  File "loop.py", line 3\n{error}\n'


OUT_OF_MEMORY = Failed(
    "the device has not enough memory for this recipe",
    "Lower",
    trace("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"),
)


def failed_run(folder: RunFolder, failure: Failed, **settings: str) -> FailureAdvice:
    dotted = {key.replace("__", "."): value for key, value in settings.items()}
    recipe = with_settings(Recipe(), dotted)
    folder.recipe_path.write_text(recipe_to_toml(recipe), encoding="utf-8")
    with open_log(folder.events_path) as log:
        log.write(Started(1, None, 20, 1, 20, 1))
        log.write(failure)
    return failure_advice(run_status(folder))


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        (OUT_OF_MEMORY, Cause.DEVICE_MEMORY),
        (Failed("x", "", trace("RuntimeError: CUDA error: out of memory")), Cause.DEVICE_MEMORY),
        (
            Failed("x", "", trace("RuntimeError: DefaultCPUAllocator: can't allocate memory")),
            Cause.HOST_MEMORY,
        ),
        (Failed("MemoryError: ", "", trace("MemoryError")), Cause.HOST_MEMORY),
        (
            Failed(
                "a: the disk is full (0 bytes free)", "", trace("lora_wizard.errors.RunError: x")
            ),
            Cause.DISK_FULL,
        ),
        (
            Failed("x", "", trace("OSError: [Errno 28] No space left on device")),
            Cause.DISK_FULL,
        ),
        (
            Failed("no number", "", trace("lora_wizard.errors.NonFiniteLossError: training: no")),
            Cause.DIVERGED,
        ),
        (
            Failed("a.png: broken", "", trace("lora_wizard.errors.DatasetError: a.png\n  - b.png")),
            Cause.PICTURES,
        ),
        (Failed("gone", "", trace("lora_wizard.errors.ModelError: gone")), Cause.BASE),
        (
            Failed("own words", "own hint", trace("lora_wizard.errors.TrainingError: x")),
            Cause.OTHER,
        ),
        (Failed("own words"), Cause.OTHER),
        (Failed("KeyError: 'x'", "", trace("KeyError: 'x'")), Cause.FAULT),
    ],
    ids=lambda value: str(value) if isinstance(value, Cause) else "",
)
def test_a_failure_has_its_cause(failure: Failed, cause: Cause) -> None:
    assert cause_of_failure(failure) is cause


def test_a_picture_called_like_a_full_disk_is_still_a_picture() -> None:
    said = "the disk is full/out of memory.png: cannot be read"
    failure = Failed(said, "", trace(f"lora_wizard.errors.DatasetError: {said}"))
    assert cause_of_failure(failure) is Cause.PICTURES


def test_of_several_errors_in_a_traceback_the_last_counts() -> None:
    both = trace("OSError: no space") + "\nThe above exception ...\n\n" + trace("a.b.RunError: x")
    assert error_name(both) == "RunError"
    assert error_name("") == ""


@pytest.mark.parametrize(
    ("printed", "restarted", "kills", "cause"),
    [
        ("terminate called after throwing 'std::bad_alloc'", False, 0, Cause.HOST_MEMORY),
        ("run: the disk is full (0 bytes free)", False, 0, Cause.DISK_FULL),
        ("anything", True, 3, Cause.RESTARTED),
        ("", False, 1, Cause.HOST_MEMORY),
        ("step 4", False, 0, Cause.KILLED),
        ("OpenBLAS error: Memory allocation still failed", False, 0, Cause.HOST_MEMORY),
    ],
)
def test_a_loss_has_its_cause(printed: str, restarted: bool, kills: int, cause: Cause) -> None:
    assert cause_of_loss(printed, restarted=restarted, memory_kills=kills) is cause


@pytest.mark.parametrize(("kills", "restarted"), [(0, False), (3, False)])
def test_a_full_disk_is_not_taken_for_a_kill(kills: int, restarted: bool) -> None:
    cause = cause_of_loss("", restarted=restarted, memory_kills=kills, disk_full=True)
    assert cause is Cause.DISK_FULL


def test_what_to_lower_comes_in_order_with_numbers_and_commands(folder: RunFolder) -> None:
    with open_log(folder.events_path) as log:
        log.write(Gpu(0, 0, 24_000_000_000, 23_100_000_000))
    status = failed_run(
        folder, OUT_OF_MEMORY, **{k.replace(".", "__"): v for k, v in HEAVY.items()}
    )
    assert status.title == "Out of GPU memory"
    checkpointing, batch, resolution, rank, others = status.advice
    assert "--set training.gradient_checkpointing=true" in checkpointing
    assert "training.batch_size from 4 to 2" in batch
    assert "--set training.gradient_accumulation=2" in batch
    assert "data.resolution from 768x768 to 576x576" in resolution
    assert "network.rank from 64 to 32" in rank
    assert "--set network.alpha=16" in rank
    assert "nvidia-smi" in others
    assert status.traceback.endswith("2.00 GiB\n")


def test_the_memory_that_was_measured_is_said(folder: RunFolder) -> None:
    with open_log(folder.events_path) as log:
        log.write(Started(1, None, 20, 1, 20, 1))
        log.write(Gpu(0, 0, 24_000_000_000, 23_100_000_000))
        log.write(OUT_OF_MEMORY)
    assert "up to 23.1 GB of its 24.0 GB" in failure_advice(run_status(folder)).what


def test_what_a_lower_setting_would_need_is_said_where_somebody_can_tell(
    folder: RunFolder,
) -> None:
    failed_run(folder, OUT_OF_MEMORY, training__batch_size="4")
    told = failure_advice(
        run_status(folder), memory=lambda recipe: recipe.training.batch_size * 10**9
    )
    assert "(About 2.0 GB in place of 4.0 GB.)" in told.advice[1]


def test_every_change_is_one_that_a_recipe_takes() -> None:
    recipe = with_settings(Recipe(), {**HEAVY, "training.precision": "fp32"})
    found = list(lighter_settings(recipe))
    assert [one.name for one in found] == [
        *("gradient_checkpointing", "precision", "batch_size", "resolution", "rank")
    ]
    for one in found:
        assert with_settings(recipe, one.changes) != recipe


def test_a_recipe_that_takes_little_already_has_nothing_to_lower(folder: RunFolder) -> None:
    told = failed_run(
        folder,
        OUT_OF_MEMORY,
        training__gradient_checkpointing="true",
        data__resolution="64",
        network__rank="4",
    )
    assert "a GPU with more memory is needed" in told.advice[0]


def test_a_diverged_run_is_calmed_and_not_gone_on_with(folder: RunFolder) -> None:
    (folder.state / "state.pt").touch()
    failure = Failed("no number at step 3", "", trace("lora_wizard.errors.NonFiniteLossError: x"))
    told = failed_run(folder, failure, training__learning_rate="0.01", training__precision="fp16")
    assert told.what == "no number at step 3"
    assert "now 0.01" in told.advice[0]
    assert "now 128 at rank 128" in told.advice[1]
    assert "fp16" in told.advice[2]
    assert "--set training.learning_rate=0.0025" in told.advice[3]
    assert not any("resume" in advice for advice in told.advice)


def test_a_full_disk_says_where_how_much_is_free_and_how_to_go_on(folder: RunFolder) -> None:
    (folder.state / "state.pt").touch()
    failure = Failed("x: the disk is full", "", trace("lora_wizard.errors.RunError: x"))
    told = failed_run(folder, failure)
    assert str(folder.path) in told.advice[0]
    assert "free)" in told.advice[0]
    assert told.advice[1].endswith(f"lora-wizard resume {folder.path}")


def test_a_machine_that_was_restarted_is_told_from_a_kill(folder: RunFolder) -> None:
    write_record(folder, argv=[], versions={}, now=time.time())
    boot = ProcessIdentity.current().boot_id
    assert boot, "Linux has one"
    text = folder.run_json.read_text(encoding="utf-8")
    folder.run_json.write_text(text.replace(boot, "an-earlier-boot"), encoding="utf-8")
    with open_log(folder.events_path) as log:
        log.write(Step(1, 1, 0.5, 1e-4, 0.1))
    told = failure_advice(run_status(folder))
    assert told.cause is Cause.RESTARTED


def test_words_of_an_earlier_start_are_not_taken_for_the_last(folder: RunFolder) -> None:
    folder.console_path.write_text("the disk is full\n", encoding="utf-8")
    write_record(folder, argv=[], versions={}, now=time.time() + 60)
    record = read_record(folder)
    assert record is not None
    gone = replace(record.process, start_ticks=1)
    text = folder.run_json.read_text(encoding="utf-8")
    ticks = f'"start_ticks": {record.process.start_ticks}'
    folder.run_json.write_text(
        text.replace(ticks, f'"start_ticks": {gone.start_ticks}'), encoding="utf-8"
    )
    status = run_status(folder)
    assert status.state is RunState.LOST
    assert failure_advice(status).cause is not Cause.DISK_FULL


def test_kills_for_memory_are_read_where_the_kernel_counts_them(tmp_path: Path) -> None:
    events = tmp_path / "memory.events"
    assert memory_kills((events,)) == 0
    events.write_text("low 0\noom 4\noom_kill 2\n", encoding="ascii")
    assert memory_kills((tmp_path / "none", events)) == 2


def test_a_run_that_is_well_has_no_failure(folder: RunFolder) -> None:
    with pytest.raises(ValueError, match="created"):
        failure_advice(run_status(folder))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "error",
    [
        *("torch.OutOfMemoryError", "MemoryError", "lora_wizard.errors.NonFiniteLossError"),
        *("lora_wizard.errors.DatasetError", "lora_wizard.errors.ModelError", "KeyError"),
        *("OSError: No space left on device", "lora_wizard.errors.TrainingError"),
    ],
)
def test_every_cause_has_words_in_every_language(
    folder: RunFolder, error: str, language: Language
) -> None:
    failed_run(folder, Failed("what it said", "what it advised", trace(error)))
    told = failure_advice(run_status(folder), language)
    assert told.title
    assert told.what
    assert told.advice
