"""The report on a terminal: one table, then the verdicts. It fits 80 columns."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lora_eval.report.results import Rate
from lora_eval.report.summary import JudgeFacts, Summary
from lora_eval.report.wording import percent, span

FEW = 4
"""Contenders that stand side by side; with more, the table has a row for each."""


def show(summary: Summary, console: Console, *, everything: bool = False) -> None:
    """Prints the report.

    Args:
        everything: also judges that are not among the main failures, where any picture has one.
    """
    console.print(_head(summary))
    judges = [
        judge
        for judge in summary.judges
        if judge.importance == "main" or everything or _seen(summary, judge)
    ]
    console.print(_table(summary, judges))
    for part in (_likeness(summary), _verdicts(summary), _epochs(summary), _notes(summary)):
        if part is not None:
            console.print(part)


def _head(summary: Summary) -> RenderableType:
    suite = summary.suite
    strengths = ", ".join(f"{each:g}" for each in suite.strengths) or "none"
    return Text(
        f"{suite.name} on {suite.base}: {suite.prompts} prompts x {suite.seeds} seeds, "
        f"strength {strengths}. Judged by {summary.judged_with.detector}; 95 % intervals.\n"
    )


def _table(summary: Summary, judges: list[JudgeFacts]) -> RenderableType:
    if len(summary.contenders) > FEW:
        return _long_table(summary, judges)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("failure", style="bold", overflow="fold")
    for contender in summary.contenders:
        table.add_column(contender.label, overflow="fold")
    for judge in judges:
        cells = [_cell(summary.rate(each.id, judge.name)) for each in summary.contenders]
        table.add_row(_title(judge), *cells)
    return table


def _long_table(summary: Summary, judges: list[JudgeFacts]) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("LoRA", style="bold", overflow="fold")
    shown = judges[:FEW]
    for judge in shown:
        table.add_column(_title(judge), overflow="fold")
    for contender in summary.contenders:
        cells = [_cell(summary.rate(contender.id, judge.name)) for judge in shown]
        table.add_row(contender.label, *cells)
    return table


def _title(judge: JudgeFacts) -> str:
    mark = "" if judge.reliable else " *" if judge.reliable is False else " ?"
    return f"{judge.title}{mark}"


def _cell(rate: Rate | None) -> str:
    if rate is None or not rate.total:
        return "–" if rate is None or not rate.not_applicable else "not asked for"
    if rate.rate is None:
        return "not judged"
    rest = f" of {rate.decided}" if rate.unknown else f"/{rate.decided}"
    return f"{percent(rate.rate)} ({span(rate.wilson)})\n{rate.count}{rest}"


def _seen(summary: Summary, judge: JudgeFacts) -> bool:
    """Whether it found enough in some LoRA's pictures to be worth a line: one in ten."""
    found = (summary.rate(each.id, judge.name) for each in summary.contenders if not each.is_base)
    return any(rate is not None and rate.rate is not None and rate.rate >= 0.1 for rate in found)


def _likeness(summary: Summary) -> RenderableType | None:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, title_justify="left")
    table.add_column("", style="bold")
    table.add_column("likeness")
    table.add_column("weights moved")
    for each in summary.contenders:
        like = "not measured"
        if each.likeness is not None:
            like = f"{each.likeness.value:.2f}"
            if each.likeness.interval is not None:
                like += f" ({each.likeness.interval.low:.2f}–{each.likeness.interval.high:.2f})"
        moved = "" if each.moved is None else f"{each.moved:.3f}"
        table.add_row(each.label, like, moved)
    own = summary.judged_with.own_likeness
    tail = "" if own is None else f"The training pictures are {own:.2f} like one another.\n"
    return Padding(Group(table, Text(tail)), (1, 0, 0, 0))


def _verdicts(summary: Summary) -> RenderableType | None:
    clear = [text for text in summary.sentences if "no clear difference" not in text.lower()]
    others = [text for text in summary.sentences if text not in clear]
    lines = [Text(f"• {text}") for text in (*clear, *others)[:12]]
    return Group(Text("Verdict", style="bold"), *lines) if lines else None


def _epochs(summary: Summary) -> RenderableType | None:
    lines = []
    for choice in summary.epochs:
        if choice.contender is None:
            continue
        mark = "pick" if choice.clear else "pick, not clearly"
        lines.append(Text(f"• {mark}: {summary.label(choice.contender)}. "
                          f"{' '.join(choice.reasons)}"))  # fmt: skip
    return Group(Text("\nEpochs", style="bold"), *lines) if lines else None


def _notes(summary: Summary) -> RenderableType:
    marks = [judge for judge in summary.judges if judge.importance == "main"]
    lines = [Text(f"\n{summary.power}")]
    lines += [Text(f"note: {text}") for text in summary.warnings]
    weak = [judge for judge in marks if judge.reliable is False]
    if weak:
        names = "; ".join(f"{judge.title}: {judge.reliability}" for judge in weak)
        lines.append(Text(f"* below the aim of F1 0.9. {names}"))
    if any(judge.reliable is None for judge in marks):
        lines.append(Text("? not calibrated with this detector: machine-counted, look yourself"))
    return Group(*lines)
