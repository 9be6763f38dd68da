"""What the terminal shows of a run's numbers."""

import io
import re

import pytest
from rich.console import Console

from lora_wizard.progress.views import BarView, LineView, View, numbers_words, phase_words
from lora_wizard.runs import (
    Checkpoint,
    Event,
    Note,
    Phase,
    Started,
    Step,
    SummaryFold,
    Validation,
    summarise,
)
from lora_wizard.runs.words import duration_words

STARTED = Started(1, None, 1000, 2, 50, 1, time=1.0)


def steps(last: int) -> list[Event]:
    return [Step(step, 1, 0.25, 1e-4, 1.5, time=float(step)) for step in range(1, last + 1)]


def console(*, terminal: bool = False, width: int = 100) -> tuple[Console, io.StringIO]:
    file = io.StringIO()
    return Console(file=file, force_terminal=terminal, width=width, color_system=None), file


def show_one_by_one(view: View, events: list[Event]) -> None:
    fold = SummaryFold()
    with view:
        for event in events:
            fold.add([event])
            view.show([event], fold.summary())


def test_a_run_is_about_ten_lines_and_one_for_each_phase_save_and_note() -> None:
    screen, file = console()
    events: list[Event] = [
        Phase("loading", time=1.0),
        Note("warning", "two pictures are [small]"),
        *(Phase("caching_latents", done, 50, time=1.0) for done in range(51)),
        STARTED,
        *steps(1000),
        Phase("saving", time=1.0),
        Checkpoint(1000, "checkpoints/step-001000.safetensors"),
    ]
    show_one_by_one(LineView(screen), events)
    lines = file.getvalue().splitlines()
    assert lines[:3] == [
        "Loading the model",
        "Warning: two pictures are [small]",
        "Encoding pictures",
    ]
    assert lines[3].startswith("step 100/1000 (10 %)  loss 0.2500  1.50 s/step  about 22 min left")
    assert len([line for line in lines if line.startswith("step ")]) == 10
    assert lines[-2:] == ["Saving", "Saved after step 1000: checkpoints/step-001000.safetensors"]


def test_a_log_read_at_once_gives_one_line_of_progress() -> None:
    screen, file = console()
    events: list[Event] = [STARTED, *steps(730)]
    LineView(screen).show(events, summarise(events))
    assert file.getvalue().startswith("step 730/1000 (73 %)")
    assert file.getvalue().count("\n") == 1


def test_what_held_out_pictures_gave_is_a_line_in_both_views() -> None:
    for terminal in (False, True):
        screen, file = console(terminal=terminal)
        view = BarView(screen) if terminal else LineView(screen)
        show_one_by_one(view, [STARTED, *steps(20), Validation(20, 0.125, 3)])
        assert "Held-out pictures after step 20: loss 0.1250" in file.getvalue()


def test_the_bar_shows_phase_count_numbers_and_keeps_notes() -> None:
    screen, file = console(terminal=True)
    show_one_by_one(BarView(screen), [STARTED, Note("info", "as it [is]"), *steps(20)])
    text = file.getvalue()
    assert "as it [is]" in text
    assert "Training" in text
    assert "20/1000" in text
    assert "about 24 min left" in text


@pytest.mark.parametrize(
    ("width", "numbers"),
    [
        (30, ""),
        (46, "about 24 min left"),
        (60, "loss 0.2500  about 24 min left"),
        (80, "loss 0.2500  1.50 s/step  about 24 min left"),
    ],
)
def test_a_narrow_terminal_keeps_phase_and_count_and_what_numbers_fit(
    width: int, numbers: str
) -> None:
    screen, file = console(terminal=True, width=width)
    show_one_by_one(BarView(screen), [STARTED, *steps(20)])
    (line,) = [line for line in re.split(r"[\r\n]", file.getvalue()) if "Training" in line]
    assert re.search(rf"Training +20/1000 +{numbers}\s*$", line)


def test_unknown_numbers_are_left_out() -> None:
    assert numbers_words(summarise([])) == ""
    assert numbers_words(summarise([STARTED, *steps(3)])) == "loss 0.2500  1.50 s/step"


def test_a_phase_of_a_later_version_is_shown_as_it_is_called() -> None:
    assert phase_words("measuring_noise") == "Measuring noise"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (840, "14 min"),
        (3599, "1 h"),
        (7500, "2 h 5 min"),
        (86400 * 3 + 7200, "3 days 2 h"),
    ],
)
def test_durations_are_as_fine_as_matters(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words
