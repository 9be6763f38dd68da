"""Which pictures and captions come when: the same for ever, and all of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.dataset import Dataset, Picture, scan
from lora_wizard.recipe import Recipe, with_settings
from lora_wizard.train.batches import BatchSchedule, Shown

from .material import draw_pictures, small_recipe

BUCKETS = ((64, 64), (48, 80), (80, 48))
PICTURES = st.lists(st.tuples(st.sampled_from(BUCKETS), st.integers(1, 4)), min_size=1, max_size=12)


def dataset_of(pictures: list[tuple[tuple[int, int], int]]) -> Dataset:
    return Dataset(
        folders=(),
        pictures=tuple(
            Picture(
                path=Path(f"{index}.png"), folder=0, repeats=repeats, is_regularisation=False,
                caption="mira, a, b, c, d, e, f", width=64, height=64, bucket=bucket,
                has_alpha=False,
            )
            for index, (bucket, repeats) in enumerate(pictures)
        ),
        notes=(),
    )  # fmt: skip


def recipe_of(**settings: str) -> Recipe:
    return with_settings(
        Recipe(), {key.replace("__", "."): value for key, value in settings.items()}
    )


def epoch_of(schedule: BatchSchedule, epoch: int, processes: int = 1) -> list[Shown]:
    """Everything that is shown in an epoch, counted from 0, on all processes."""
    first = epoch * schedule.steps_per_epoch
    return [
        shown
        for step in range(first, first + schedule.steps_per_epoch)
        for rank in range(processes)
        for shown in schedule.at(step, rank)
    ]


def test_a_step_shows_the_same_whenever_it_is_asked_for() -> None:
    dataset = dataset_of([(BUCKETS[0], 2)] * 7 + [(BUCKETS[1], 1)] * 5)
    recipe = recipe_of(
        training__batch_size="2",
        training__steps="40",
        data__flip="true",
        data__tag_dropout="0.3",
        data__caption_dropout="0.1",
    )
    schedule = BatchSchedule(dataset, recipe)
    forwards = [schedule.at(step) for step in range(40)]
    again = BatchSchedule(dataset, recipe)
    backwards = [again.at(step) for step in reversed(range(40))]
    assert forwards == backwards[::-1]
    assert {shown.flipped for step in forwards for shown in step} == {False, True}


def test_another_seed_shows_another_order_and_other_captions() -> None:
    dataset = dataset_of([(BUCKETS[0], 1)] * 8)
    first, second = (
        epoch_of(BatchSchedule(dataset, recipe_of(training__seed=seed)), 0) for seed in ("1", "2")
    )
    assert [shown.indexes for shown in first] != [shown.indexes for shown in second]
    assert Counter(shown.captions for shown in first) != Counter(s.captions for s in second)


def test_captions_are_shuffled_anew_in_every_epoch_behind_the_trigger() -> None:
    schedule = BatchSchedule(dataset_of([(BUCKETS[0], 1)]), recipe_of(training__steps="30"))
    captions = [schedule.at(step)[0].captions[0] for step in range(30)]
    assert len(set(captions)) > 25
    assert {caption.split(", ")[0] for caption in captions} == {"mira"}
    assert {tuple(sorted(caption.split(", "))) for caption in captions} == {
        ("a", "b", "c", "d", "e", "f", "mira")
    }


@given(PICTURES, st.integers(1, 4), st.integers(1, 3), st.integers(1, 4), st.integers(0, 3))
def test_all_processes_together_see_the_epoch_and_fill_up_with_its_first_batches(
    pictures: list[tuple[tuple[int, int], int]],
    batch_size: int,
    accumulation: int,
    processes: int,
    epoch: int,
) -> None:
    recipe = recipe_of(
        training__batch_size=str(batch_size), training__gradient_accumulation=str(accumulation)
    )
    dataset = dataset_of(pictures)
    alone = epoch_of(BatchSchedule(dataset, recipe_of(training__batch_size=str(batch_size))), epoch)
    together = epoch_of(BatchSchedule(dataset, recipe, processes), epoch, processes)
    needed, seen = (Counter(shown.indexes for shown in batches) for batches in (alone, together))
    assert needed <= seen
    assert len(together) - len(alone) < processes
    assert set(seen) == set(needed)


@given(PICTURES, st.integers(1, 3), st.integers(1, 4))
def test_every_process_has_equally_many_batches_in_every_step(
    pictures: list[tuple[tuple[int, int], int]], accumulation: int, processes: int
) -> None:
    recipe = recipe_of(training__gradient_accumulation=str(accumulation))
    schedule = BatchSchedule(dataset_of(pictures), recipe, processes)
    for step in range(schedule.steps_per_epoch):
        counts = {len(schedule.at(step, rank)) for rank in range(processes)}
        assert len(counts) == 1
        assert counts.pop() in range(1, accumulation + 1)


def test_two_processes_show_what_one_with_twice_the_accumulation_shows() -> None:
    dataset = dataset_of([(BUCKETS[0], 3)] * 4)
    alone = BatchSchedule(dataset, recipe_of(training__gradient_accumulation="4"))
    two = BatchSchedule(dataset, recipe_of(training__gradient_accumulation="2"), processes=2)
    assert alone.steps_per_epoch == two.steps_per_epoch
    for step in range(10):
        both = [two.at(step, 0), two.at(step, 1)]
        assert [shown for pair in zip(*both, strict=True) for shown in pair] == alone.at(step)


def test_epochs_give_the_steps_and_steps_the_epochs() -> None:
    dataset = dataset_of([(BUCKETS[0], 2)] * 5 + [(BUCKETS[1], 1)] * 3)
    by_epochs = BatchSchedule(dataset, recipe_of(training__epochs="3", training__batch_size="4"))
    assert by_epochs.steps_per_epoch == 3 + 1
    assert (by_epochs.total_steps, by_epochs.epochs) == (12, 3)
    by_steps = BatchSchedule(dataset, recipe_of(training__steps="9", training__batch_size="4"))
    assert (by_steps.total_steps, by_steps.epochs) == (9, 3)


@pytest.mark.parametrize(("kept", "steps"), [(2, 16), (8, 16), (12, 16)])
def test_regularisation_doubles_an_epoch_however_many_pictures_there_are(
    tmp_path: Path, kept: int, steps: int
) -> None:
    images = tmp_path / "images"
    draw_pictures(images / "4_mira", [(64, 64)] * 2)
    draw_pictures(tmp_path / "regularisation" / "1_girl", [(64, 64)] * kept)
    recipe = small_recipe(
        "paperdoll",
        images,
        data__regularisation=str(tmp_path / "regularisation"),
        training__epochs="2",
    )
    dataset = scan(recipe.data)
    schedule = BatchSchedule(dataset, recipe)
    assert schedule.steps_per_epoch == steps
    shown = [index for one in epoch_of(schedule, 1) for index in one.indexes]
    kinds = Counter(dataset.pictures[index].is_regularisation for index in shown)
    assert kinds == {False: 8, True: 8}
