"""What a run will come to, in words: the panel beside the answers. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rich.filesize import decimal
from rich.text import Text

from lora_wizard.dataset.advice import Advice, Level
from lora_wizard.flow import Counts, Estimate
from lora_wizard.language import Language, text
from lora_wizard.runs.words import duration_words
from lora_wizard.ui.wizard.wording import LEVEL_STYLES

__all__ = ["sums_text"]


def sums_text(
    found: Estimate,
    advice: Sequence[Advice],
    language: Language,
    *,
    is_looking: bool,
    compact: bool,
) -> Text:
    """Pictures, steps, time, memory, disk, and what is still to be said of the pictures.

    Args:
        found: The estimate.
        advice: All of it.
        language: Of the words.
        is_looking: Whether the pictures are still being looked at.
        compact: Whether lines run on, for a narrow terminal.
    """
    lines = []
    if is_looking:
        lines.append(Text(text("wizard.looking", language), "italic"))
    if found.counts is not None:
        lines += [_line(*pair, language) for pair in _counts(found.counts, language)]
    if found.seconds is not None:
        words = {"time": duration_words(found.seconds, language), "run": found.measured_in}
        key = "time_earlier" if found.measured_in else "time_measured"
        lines.append(_line("time", text(f"wizard.sums.{key}", language, **words), language))
    if found.memory_bytes is not None:
        lines.append(_line("memory", _about(found.memory_bytes, language), language))
    if found.disk_bytes is not None and found.file_bytes is not None and found.files is not None:
        disk = {"files": found.files, "each": decimal(found.file_bytes)}
        lines.append(_line("files", text("wizard.sums.files_of", language, **disk), language))
        lines.append(_line("disk", _about(found.disk_bytes, language), language))
    lines += [Text(words, "dim") for words in found.unknown if not is_looking]
    said = Text("\n").join([*([Text("")] if not compact else []), *_advice(advice, language)])
    return Text("   " if compact else "\n").join([*lines, said])


def _counts(counts: Counts, language: Language) -> list[tuple[str, str]]:
    buckets = ", ".join(f"{each.resolution[0]}x{each.resolution[1]}" for each in counts.buckets[:4])
    more = "" if len(counts.buckets) <= 4 else f" +{len(counts.buckets) - 4}"
    epoch = {"shown": counts.shown_per_epoch, "steps": counts.steps_per_epoch}
    pairs = [("pictures", str(counts.pictures))]
    if counts.regularisation:
        pairs.append(("regularisation", str(counts.regularisation)))
    pairs += [
        ("buckets", f"{buckets}{more}"),
        ("epoch", text("wizard.sums.epoch_of", language, **epoch)),
        ("epochs", str(counts.epochs)),
        ("steps", str(counts.steps)),
    ]
    return pairs


def _line(key: str, value: str, language: Language) -> Text:
    return Text.assemble((f"{text(f'wizard.sums.{key}', language)} ", "dim"), (value, "bold"))


def _about(size: int, language: Language) -> str:
    return text("wizard.sums.about", language, size=decimal(size))


def _advice(advice: Sequence[Advice], language: Language) -> list[Text]:
    graver = [one for one in advice if one.level is not Level.HINT]
    hints = len(advice) - len(graver)
    lines = [
        Text.assemble(
            (f"{text(f'wizard.level.{one.level.value}', language)} ", LEVEL_STYLES[one.level]),
            one.title,
        )
        for one in graver
    ]
    if hints:
        lines.append(Text(text("wizard.sums.hints", language, count=hints), "cyan"))
    return lines
