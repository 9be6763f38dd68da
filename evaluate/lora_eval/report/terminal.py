"""The report on a terminal: what differs most first, then how often what goes wrong.

It fits 80 columns. Everything that comes from files goes in as `Text`: brackets in a LoRA's name
are no markup, and the console lets no character through that steers the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lora_eval.language import text
from lora_eval.report.grouping import undecided_rows
from lora_eval.report.numbers import percent, span, two
from lora_eval.report.results import Rate
from lora_eval.report.summary import ContenderFacts, JudgeFacts, Summary
from lora_wizard.output import printable

FEW = 4
"""Contenders that stand side by side; with more, the table has a row for each."""
MOST_LINES = 8
"""Of one list; the page has all."""


def show(summary: Summary, console: Console, *, everything: bool = False) -> None:
    """Prints the report.

    Args:
        summary: of the judged folders.
        console: of `lora_wizard.consoles`.
        everything: also judges that are not among the main failures, and lists to their end.
    """
    for part in _parts(summary, everything):
        console.print(part)


def _parts(summary: Summary, everything: bool) -> Iterator[RenderableType]:
    most = 1_000 if everything else MOST_LINES
    yield _head(summary)
    others = [_sentence(each.title, each.text, summary) for each in summary.findings[1:]]
    yield from _list(summary, _said(summary, "terminal.also"), others, most)
    yield from _undecided(summary, everything)
    yield from _list(summary, _said(summary, "not_judged.title"), summary.not_judged, most)
    yield from _list(summary, _said(summary, "page.more"), summary.deciding, most)
    yield _table(summary, summary.judges_shown(everything=everything))
    yield from _epochs(summary)
    yield _notes(summary)


def _head(summary: Summary) -> RenderableType:
    lines = [
        _text(summary.headline.title, "bold"),
        _text(summary.headline.text),
    ]
    shown = summary.examples
    if shown is not None and summary.findings:
        names = [
            f"{each.prompt_id} {_said(summary, 'page.seed', seed=each.seed)}"
            for each in shown.pairs
        ]
        comma = "、" if summary.language == "ja" else ", "
        lines.append(_text(_said(summary, "terminal.examples", names=comma.join(names)), "dim"))
    return Group(*lines)


def _list(
    summary: Summary, title: str, sentences: list[str] | tuple[str, ...], most: int
) -> Iterator[RenderableType]:
    if not sentences:
        return
    lines: list[RenderableType] = [_heading(title)]
    for sentence in sentences[:most]:
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_row(Text("•"), _text(sentence))
        lines.append(grid)
    if len(sentences) > most:
        lines.append(_text(f"… {_said(summary, 'terminal.all_hint')}", "dim"))
    yield Group(*lines)


def _undecided(summary: Summary, everything: bool) -> Iterator[RenderableType]:
    found = undecided_rows(summary, grouped=not everything)
    if not found.rows:
        return
    table = _plain_table()
    for number, title in enumerate(found.columns):
        table.add_column(_text(title), style="" if number else "bold", overflow="fold")
    for row in found.rows:
        table.add_row(*(_text(cell) for cell in row))
    yield Group(_heading(_said(summary, "undecided.title")), table)


def _table(summary: Summary, judges: tuple[JudgeFacts, ...]) -> RenderableType:
    many = len(summary.contenders) > FEW
    table = _long_table(summary, judges[:FEW]) if many else _wide_table(summary, judges)
    own = summary.judged_with.own_likeness
    lines: list[RenderableType] = [_heading(_said(summary, "terminal.rates")), table]
    if own is not None:
        lines.append(_text(_said(summary, "terminal.own", own=two(own)), "dim"))
    return Group(*lines)


def _wide_table(summary: Summary, judges: tuple[JudgeFacts, ...]) -> Table:
    table = _plain_table()
    table.add_column(_text(_said(summary, "terminal.failure")), style="bold", overflow="fold")
    for contender in summary.contenders:
        table.add_column(_text(contender.label), overflow="fold")
    for judge in judges:
        cells = [_cell(summary, summary.rate(each.id, judge.name)) for each in summary.contenders]
        table.add_row(_text(_marked(judge)), *cells)
    likeness = [_text(_likeness(summary, each)) for each in summary.contenders]
    table.add_row(_text(_said(summary, "likeness")), *likeness)
    if any(each.moved is not None for each in summary.contenders):
        moved = [_text(_moved(each)) for each in summary.contenders]
        table.add_row(_text(_said(summary, "terminal.moved")), *moved)
    return table


def _long_table(summary: Summary, judges: tuple[JudgeFacts, ...]) -> Table:
    table = _plain_table()
    table.add_column(_text(_said(summary, "terminal.lora")), style="bold", overflow="fold")
    table.add_column(_text(_said(summary, "likeness")))
    for judge in judges:
        table.add_column(_text(_marked(judge)), overflow="fold")
    for contender in summary.contenders:
        cells = [_cell(summary, summary.rate(contender.id, judge.name)) for judge in judges]
        table.add_row(
            _text(contender.label), _text(_likeness(summary, contender, short=True)), *cells
        )
    return table


def _plain_table() -> Table:
    return Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")


def _marked(judge: JudgeFacts) -> str:
    mark = "" if judge.reliable else " *" if judge.reliable is False else " ?"
    return f"{judge.title}{mark}"


def _cell(summary: Summary, rate: Rate | None) -> Text:
    if rate is None or not rate.total:
        asked = rate is None or not rate.not_applicable
        return _text("–" if asked else _said(summary, "cell.not_asked"), "dim")
    if rate.rate is None:
        return _text(_said(summary, "cell.not_judged"), "dim")
    count = _said(summary, "rate.count", count=rate.count, decided=rate.decided)
    return Text.assemble(
        _text(f"{percent(rate.rate)} ({span(rate.wilson)})"), "\n", _text(count, "dim")
    )


def _likeness(summary: Summary, found: ContenderFacts, *, short: bool = False) -> str:
    if found.likeness is None:
        return _said(summary, "cell.not_measured")
    interval = found.likeness.interval
    if short or interval is None:
        return two(found.likeness.value)
    return f"{two(found.likeness.value)} ({two(interval.low)}–{two(interval.high)})"


def _moved(found: ContenderFacts) -> str:
    return "" if found.moved is None else f"{found.moved:.3f}"


def _epochs(summary: Summary) -> Iterator[RenderableType]:
    sentences = []
    for choice in summary.epochs:
        if choice.contender is not None:
            key = "epochs.pick" if choice.clear else "epochs.pick_unclear"
            pick = _said(summary, key, label=summary.label(choice.contender))
            sentences.append(_between(summary).join((pick, *choice.reasons)))
    yield from _list(summary, _said(summary, "epochs.title"), sentences, MOST_LINES)


def _notes(summary: Summary) -> RenderableType:
    suite = summary.suite
    strengths = ", ".join(f"{each:g}" for each in suite.strengths)
    facts = [
        _said(
            summary, "facts.suite", suite=suite.name, base=suite.base, prompts=suite.prompts,
            seeds=suite.seeds, strengths=strengths or _said(summary, "facts.no_strength"),
            steps=suite.steps, guidance=f"{suite.guidance:g}",
        ),
        _said(summary, "facts.judged", detector=summary.judged_with.detector),
        _said(summary, "facts.intervals"),
    ]  # fmt: skip
    lines = [_text(note) for note in summary.warnings]
    main = [judge for judge in summary.judges if judge.importance == "main"]
    weak = [judge for judge in main if judge.reliable is False]
    if weak:
        names = "; ".join(f"{judge.title}: {judge.reliability}" for judge in weak)
        lines.append(_text(_said(summary, "terminal.unreliable_mark", names=names)))
    if any(judge.reliable is None for judge in summary.judges_shown()):
        lines.append(_text(_said(summary, "terminal.unknown_mark")))
    lines.append(_text(_between(summary).join(facts)))
    for line in lines:
        line.stylize("dim")
    return Padding(Group(*lines), (1, 0, 0, 0))


def _sentence(title: str, rest: str, summary: Summary) -> str:
    return _between(summary).join((f"{title}{_said(summary, 'stop')}", rest))


def _between(summary: Summary) -> str:
    return "" if summary.language == "ja" else " "


def _said(summary: Summary, key: str, **values: object) -> str:
    return text(f"report.{key}", summary.language, **values)


def _heading(words: str) -> Text:
    """A line in bold below an empty one."""
    return Text(f"\n{printable(words)}", style="bold")


def _text(words: str, style: str = "") -> Text:
    """Text of any origin on one line: what steers a terminal is shown as an escape."""
    return Text(printable(words), style=style)
