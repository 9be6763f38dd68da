from __future__ import annotations

from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.dataset import (
    Dataset,
    Picture,
    batches_per_epoch,
    epochs_needed,
    nearest_epochs,
    plan_epoch,
    steps_per_epoch,
)

BUCKETS = [(512, 512), (448, 576), (576, 448), (384, 640)]
PICTURES = st.lists(st.tuples(st.sampled_from(BUCKETS), st.integers(1, 5)), max_size=30)


def dataset_of(pictures: list[tuple[tuple[int, int], int]]) -> Dataset:
    return Dataset(
        folders=(),
        pictures=tuple(
            Picture(
                path=Path(f"{index}.png"), folder=0, repeats=repeats, is_regularisation=False,
                caption="", width=bucket[0], height=bucket[1], bucket=bucket, has_alpha=False,
            )
            for index, (bucket, repeats) in enumerate(pictures)
        ),
        notes=(),
    )  # fmt: skip


@given(PICTURES, st.integers(1, 7), st.integers(0, 99), st.integers(0, 9))
def test_an_epoch_uses_every_picture_exactly_as_often_as_it_repeats(
    pictures: list[tuple[tuple[int, int], int]], batch_size: int, seed: int, epoch: int
) -> None:
    dataset = dataset_of(pictures)
    batches = plan_epoch(dataset, batch_size=batch_size, seed=seed, epoch=epoch)
    seen = Counter(index for batch in batches for index in batch.indexes)
    assert seen == {index: picture.repeats for index, picture in enumerate(dataset.pictures)}


@given(PICTURES, st.integers(1, 7), st.integers(0, 99))
def test_batches_never_mix_buckets_and_only_the_last_of_a_bucket_is_smaller(
    pictures: list[tuple[tuple[int, int], int]], batch_size: int, seed: int
) -> None:
    dataset = dataset_of(pictures)
    batches = plan_epoch(dataset, batch_size=batch_size, seed=seed, epoch=0)
    for batch in batches:
        assert {dataset.pictures[index].bucket for index in batch.indexes} == {batch.bucket}
    smaller = Counter(batch.bucket for batch in batches if len(batch.indexes) < batch_size)
    assert all(count == 1 for count in smaller.values())
    assert len(batches) == batches_per_epoch(dataset, batch_size=batch_size)


@given(PICTURES, st.integers(1, 4), st.integers(0, 99))
def test_the_same_seed_and_epoch_give_the_same_batches(
    pictures: list[tuple[tuple[int, int], int]], batch_size: int, seed: int
) -> None:
    dataset = dataset_of(pictures)
    once = plan_epoch(dataset, batch_size=batch_size, seed=seed, epoch=3)
    assert plan_epoch(dataset, batch_size=batch_size, seed=seed, epoch=3) == once


def test_epochs_and_seeds_differ_in_order() -> None:
    dataset = dataset_of([(bucket, 3) for bucket in BUCKETS * 3])
    plans = {plan_epoch(dataset, batch_size=2, seed=seed, epoch=0) for seed in range(10)}
    assert len(plans) == 10
    assert plan_epoch(dataset, batch_size=2, seed=0, epoch=1) in plans


def test_the_order_of_buckets_is_shuffled_too() -> None:
    dataset = dataset_of([(bucket, 1) for bucket in BUCKETS * 4])
    batches = plan_epoch(dataset, batch_size=2, seed=1, epoch=0)
    buckets = [batch.bucket for batch in batches]
    assert buckets != sorted(buckets)


def test_steps_are_counted_bucket_by_bucket() -> None:
    # 3 buckets of 1 picture at batch size 4 are 3 batches, not ceil(3 / 4) = 1.
    dataset = dataset_of([(bucket, 1) for bucket in BUCKETS[:3]])
    assert steps_per_epoch(dataset, batch_size=4) == 3


def test_accumulation_and_processes_divide_the_steps_and_round_up() -> None:
    dataset = dataset_of([((512, 512), 36)] * 13)
    assert steps_per_epoch(dataset, batch_size=1) == 468
    assert steps_per_epoch(dataset, batch_size=5) == 94
    assert steps_per_epoch(dataset, batch_size=5, gradient_accumulation=4) == 24
    assert steps_per_epoch(dataset, batch_size=5, gradient_accumulation=4, processes=2) == 12


@given(st.integers(1, 500), st.integers(1, 16), st.integers(1, 8))
def test_rounding_once_equals_rounding_by_process_and_then_by_accumulation(
    batches: int, accumulation: int, processes: int
) -> None:
    dataset = dataset_of([((512, 512), batches)])
    shared = -(-batches // processes)
    assert steps_per_epoch(
        dataset, batch_size=1, gradient_accumulation=accumulation, processes=processes
    ) == -(-shared // accumulation)


def test_epochs_are_begun_until_the_steps_are_reached() -> None:
    assert [epochs_needed(steps, 100) for steps in (1, 100, 101, 3200)] == [1, 1, 2, 32]


def test_nearest_epochs_rounds_to_the_nearer_and_half_way_down() -> None:
    assert [nearest_epochs(steps, 100) for steps in (149, 150, 151, 3200)] == [1, 1, 2, 32]
    assert nearest_epochs(10, 468) == 1


@given(st.integers(1, 10000), st.integers(1, 3000))
def test_no_other_number_of_epochs_comes_nearer(target: int, epoch_steps: int) -> None:
    best = nearest_epochs(target, epoch_steps)
    distance = abs(best * epoch_steps - target)
    assert distance <= abs((best + 1) * epoch_steps - target)
    assert best == 1 or distance < abs((best - 1) * epoch_steps - target)
