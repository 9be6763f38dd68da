"""The fold from events to a summary: resumed runs, ends, and the time that is left."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.runs import (
    Checkpoint,
    Event,
    Failed,
    Finished,
    Note,
    Phase,
    Sample,
    Started,
    Step,
    Stopped,
    Summary,
    SummaryFold,
    Validation,
    summarise,
)
from lora_wizard.runs.summary import smoothed


def started(resumed_from: int | None = None, *, generation: int = 1, time: float = 1.0) -> Started:
    return Started(generation, resumed_from, 100, 2, 50, 1, time=time)


def steps(first: int, last: int, *, seconds: float = 2.0, loss: float = 0.5) -> list[Event]:
    return [
        Step(step, 1 + step // 50, loss, 1e-4, seconds, time=float(step))
        for step in range(first, last + 1)
    ]


def test_nothing_is_known_before_the_first_event() -> None:
    assert summarise([]) == Summary()


def test_a_run_in_the_middle() -> None:
    summary = summarise([Phase("loading", time=0.5), started(), *steps(1, 60)])
    assert (summary.generation, summary.step, summary.total) == (1, 60, 100)
    assert (summary.epoch, summary.epochs, summary.phase) == (2, 2, "training")
    assert (summary.seconds, summary.lr, summary.updated_at) == (2.0, 1e-4, 60.0)
    assert summary.losses[0] == (1, 0.5)
    assert summary.end is None


def test_steps_after_the_point_of_resumption_are_dropped() -> None:
    summary = summarise(
        [
            started(),
            *steps(1, 30, loss=1.0),
            Checkpoint(20, "checkpoints/20"),
            Checkpoint(30, "checkpoints/30"),
            Sample(20, "mira", "samples/20"),
            Sample(30, "mira", "samples/30"),
            Note("info", "said before"),
            started(20, generation=2, time=99.0),
            *steps(21, 25, loss=2.0),
        ]
    )
    assert summary.losses == (
        *((step, 1.0) for step in range(1, 21)),
        *((step, 2.0) for step in range(21, 26)),
    )
    assert (summary.step, summary.generation, summary.resumed_from) == (25, 2, 20)
    assert [saved.step for saved in summary.checkpoints] == [20]
    assert [sample.step for sample in summary.samples] == [20]
    assert [note.text for note in summary.notes] == ["said before"]
    assert summary.started_at == 99.0


def test_a_resumed_run_stands_at_its_step_before_it_does_another() -> None:
    assert summarise([started(20, generation=2)]).step == 20


def test_a_run_begun_again_from_nothing_forgets_its_steps() -> None:
    summary = summarise([started(), *steps(1, 30), started(generation=2)])
    assert (summary.step, summary.losses, summary.generation) == (0, (), 2)


@pytest.mark.parametrize("end", [Failed("no memory"), Stopped(10), Finished("a", 10, 1.0)])
def test_an_end_holds_until_the_run_is_resumed(end: Failed | Stopped | Finished) -> None:
    ended = summarise([started(), *steps(1, 10), end])
    assert ended.end == end
    assert ended.time_left is None
    resumed = summarise([started(), *steps(1, 10), end, started(10, generation=2)])
    assert (resumed.end, resumed.step) == (None, 10)


def test_the_final_file_is_that_of_the_finish() -> None:
    assert summarise([started(), Finished("mira.safetensors", 100, 9.0)]).final == (
        "mira.safetensors"
    )


def test_no_time_left_is_said_before_ten_steps() -> None:
    assert summarise([started(), *steps(1, 9)]).time_left is None
    assert summarise([started(), *steps(1, 10)]).time_left == 2.0 * 90


def test_the_steps_before_a_resumption_say_nothing_of_its_speed() -> None:
    slow = [started(), *steps(1, 40, seconds=9.0), started(40, generation=2)]
    assert summarise([*slow, *steps(41, 49)]).time_left is None
    assert summarise([*slow, *steps(41, 50)]).time_left == 2.0 * 50


def test_one_slow_step_does_not_change_the_time_left() -> None:
    summary = summarise([started(), *steps(1, 10, seconds=60.0), *steps(11, 60)])
    assert summary.time_left == 2.0 * 40


def test_time_left_counts_the_samplings_and_savings_to_come() -> None:
    begun = Started(1, None, 100, 2, 50, 1, sample_rounds=4, checkpoints=3, time=1.0)
    summary = summarise(
        [
            begun,
            *steps(1, 20),
            Phase("sampling", time=20.0),
            Sample(20, "one", "samples/0", time=24.0),
            Sample(20, "two", "samples/1", time=26.0),
            Phase("saving", time=30.0),
            Checkpoint(20, "checkpoints/20", time=31.0),
            *steps(33, 33),
        ]
    )
    samplings, savings = 3 * 10.0, 2 * 3.0
    assert summary.time_left == 2.0 * 67 + samplings + savings


def test_a_sampling_cut_off_by_a_kill_is_not_counted() -> None:
    begun = Started(1, None, 100, 2, 50, 1, sample_rounds=4, time=1.0)
    again = Started(2, 20, 100, 2, 50, 1, sample_rounds=4, time=5000.0)
    cut_off: list[Event] = [begun, *steps(1, 20), Phase("sampling", time=20.0), again]
    assert summarise([*cut_off, *steps(21, 40)]).time_left == 2.0 * 60


def test_smoothing_is_true_from_the_first_loss_and_ignores_what_is_no_number() -> None:
    assert smoothed([]) is None
    assert smoothed([0.3, float("nan")]) == pytest.approx(0.3)
    assert smoothed([1.0] * 50 + [0.0] * 500) == pytest.approx(0.0, abs=1e-3)


histories = st.lists(
    st.one_of(
        st.builds(lambda kept: started(kept or None), st.integers(0, 40)),
        st.builds(lambda step: Step(step, 1, 0.5, 1e-4, 1.0), st.integers(1, 40)),
        st.builds(Phase, st.sampled_from(["loading", "training", "sampling", "saving"])),
        st.builds(Checkpoint, st.integers(1, 40), st.just("a")),
        st.just(Stopped(3)),
    ),
    max_size=40,
)


@given(histories, st.lists(st.integers(0, 40), max_size=5).map(sorted))
def test_a_log_taken_in_pieces_gives_the_same_summary(
    history: list[Event], cuts: list[int]
) -> None:
    fold = SummaryFold()
    for start, stop in itertools.pairwise([0, *cuts, len(history) + 40]):
        fold.add(history[start:stop])
        fold.summary()
    assert fold.summary() == summarise(history)


@given(histories)
def test_no_step_after_the_point_of_resumption_is_ever_left(history: list[Event]) -> None:
    resumed = started(7, generation=9)
    assert all(step <= 7 for step, _ in summarise([*history, resumed]).losses)


def test_measurements_after_the_step_gone_on_from_never_happened() -> None:
    events: list[Event] = [
        Started(1, None, 100, 2, 50, 1),
        Validation(0, 0.3, 5),
        Validation(10, 0.2, 5),
        Validation(20, 0.1, 5),
        Started(2, 10, 100, 2, 50, 1),
        Validation(20, 0.15, 5),
    ]
    found = summarise(events).validations
    assert [(one.step, one.loss) for one in found] == [(0, 0.3), (10, 0.2), (20, 0.15)]
