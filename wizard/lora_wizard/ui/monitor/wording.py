"""What the monitor says of a run, in words and numbers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.cells import cell_len
from rich.text import Text

from lora_wizard.language import Language, catalogue, text, translated
from lora_wizard.runs import Note, RunState, RunStatus, Sample, Summary
from lora_wizard.runs.disk import size_words
from lora_wizard.runs.words import duration_words
from lora_wizard.ui.drawing import ChartLook
from lora_wizard.ui.monitor.reading import LookedAt

__all__ = [
    "STATE_STYLES",
    "chart_title",
    "facts_line",
    "happenings",
    "phase_line",
    "progress",
    "state_line",
]

STATE_STYLES = {
    RunState.RUNNING: "bold green",
    RunState.FINISHED: "bold cyan",
    RunState.STOPPED: "bold yellow",
    RunState.FAILED: "bold red",
    RunState.LOST: "bold red",
    RunState.CREATED: "bold",
}

_COUNTED_IN_STEPS = ("training", "sampling", "saving")
_GAP = "  "


def state_line(
    looked: LookedAt, language: Language, *, starting: bool = False, stopping: bool = False
) -> Text:
    """The run's name and the word for how it stands.

    Args:
        looked: The run.
        language: Of the word.
        starting: Whether a trainer was launched that has not named itself yet.
        stopping: Whether one that runs was asked to stop.
    """
    status = looked.status
    name = status.state.value
    if starting and status.state is not RunState.RUNNING:
        name = "starting"
    elif looked.is_queued:
        name = "queued"
    elif status.state is RunState.RUNNING:
        name = "stopping" if stopping else "elsewhere" if status.elsewhere else name
    word = text(f"monitor.state.{name}", language, host=status.elsewhere)
    parts: list[str | tuple[str, str]] = [status.folder.name, "  "]
    parts.append((word, STATE_STYLES[status.state]))
    if status.summary.generation > 1:
        again = text("monitor.generation", language, count=status.summary.generation)
        parts.append((f"  {again}", "dim"))
    found = Text.assemble(*parts)
    found.no_wrap, found.overflow = True, "ellipsis"
    return found


def chart_title(look: ChartLook, language: Language) -> Text:
    """What the chart shows, and the keys that change it."""
    scale = text(f"monitor.chart.{'logarithmic' if look.logarithmic else 'linear'}", language)
    how = "none" if look.decay == 0 else "strong" if look.decay > 0.95 else "light"
    smoothing = text(f"monitor.chart.{how}", language)
    title = text("monitor.chart.title", language, scale=scale, smoothing=smoothing)
    keys = text("monitor.chart.keys", language)
    found = Text.assemble(title, (f"   {keys}", "dim"))
    found.no_wrap, found.overflow = True, "crop"
    return found


def progress(summary: Summary) -> tuple[int, int]:
    """Done and in all: of the steps, or of what is prepared before the first step."""
    if summary.total and (summary.step or summary.phase in _COUNTED_IN_STEPS):
        return summary.step, summary.total
    return summary.phase_done, summary.phase_total


def phase_line(status: RunStatus, language: Language, width: int) -> str:
    """What it is doing now, how far it is with it, and when all is done.

    Args:
        status: The run.
        language: Of the words.
        width: Columns; where they do not do, what matters least is left out.
    """
    summary = status.summary
    is_running = status.state is RunState.RUNNING
    parts: list[tuple[int, str]] = []
    if is_running:
        names = catalogue("monitor", language)
        phase = names.get(f"phase.{summary.phase or 'begin'}", summary.phase)
        if summary.phase_total and summary.phase != "training":
            phase = f"{phase} {summary.phase_done}/{summary.phase_total}"
        parts.append((2 if summary.phase == "training" else 4, phase))
    if summary.step or (summary.total and summary.phase in _COUNTED_IN_STEPS):
        values = {"step": summary.step, "total": summary.total}
        parts.append((5, text("monitor.step", language, **values)))
    if summary.epochs:
        values = {"epoch": max(summary.epoch, 1), "epochs": summary.epochs}
        parts.append((1, text("monitor.epoch", language, **values)))
    if summary.seconds is not None:
        pace = f"{summary.seconds:.2f}" if summary.seconds < 10 else f"{summary.seconds:.0f}"
        parts.append((0, text("monitor.pace", language, seconds=pace)))
    if summary.time_left is not None and is_running:
        left = duration_words(summary.time_left, language)
        parts.append((3, text("monitor.left", language, left=left)))
    return _fitting(parts, width)


def facts_line(summary: Summary, loss: float | None, language: Language, width: int) -> str:
    """Loss, learning rate and memory, as far as they are known and there is room."""
    parts: list[tuple[int, str]] = []
    if loss is not None:
        parts.append((3, text("monitor.loss", language, loss=f"{loss:.4f}")))
    if summary.validations:
        held_out = f"{summary.validations[-1].loss:.4f}"
        parts.append((2, text("monitor.held_out", language, loss=held_out)))
    if summary.lr is not None:
        parts.append((1, text("monitor.rate", language, rate=f"{summary.lr:.3g}")))
    if summary.gpu is not None:
        used, total = size_words(summary.gpu.used), size_words(summary.gpu.total)
        parts.append((2, text("monitor.memory", language, used=used, total=total)))
        parts.append((0, text("monitor.peak", language, peak=size_words(summary.gpu.peak))))
    return _fitting(parts, width)


def _fitting(parts: Sequence[tuple[int, str]], width: int) -> str:
    """The parts in their order; while they are too long, the one that matters least goes."""
    kept = list(parts)
    while len(kept) > 1 and cell_len(_GAP.join(words for _, words in kept)) > width:
        kept.remove(min(kept))
    return _GAP.join(words for _, words in kept)


def happenings(summary: Summary, language: Language) -> list[Text]:
    """Notes, saved files and samples, newest first. A warning says so in a word."""
    found: list[tuple[float, Text]] = []
    for note in summary.notes:
        found.append((note.time, _note(note, language)))
    for saved in summary.checkpoints:
        words = text("monitor.saved", language, step=saved.step, path=saved.path)
        found.append((saved.time, Text(words)))
    for step, samples in _rounds(summary.samples).items():
        words = text("monitor.sampled", language, step=step, count=len(samples))
        found.append((samples[-1].time, Text(words)))
    found.sort(key=lambda one: one[0], reverse=True)
    return [Text.assemble((f"{_clock(time)} ", "dim"), words) for time, words in found]


def _note(note: Note, language: Language) -> Text:
    words = translated(note.text, language)
    if note.level == "info":
        return Text(words)
    return Text.assemble((text("monitor.warning", language), "bold yellow"), " ", words)


def _rounds(samples: tuple[Sample, ...]) -> dict[int, list[Sample]]:
    rounds: dict[int, list[Sample]] = {}
    for sample in samples:
        rounds.setdefault(sample.step, []).append(sample)
    return rounds


def _clock(time: float) -> str:
    return datetime.fromtimestamp(time).strftime("%H:%M")
