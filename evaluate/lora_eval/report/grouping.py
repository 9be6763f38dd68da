"""Comparisons without a clear difference as a table: one row each, or one a failure."""

from __future__ import annotations

from dataclasses import dataclass

from lora_eval.report.deciding import about
from lora_eval.report.results import Undecided
from lora_eval.report.summary import Summary
from lora_eval.report.undecided import MOST_TIMES
from lora_eval.report.wording import Words, difference_words

MOST_ROWS = 8
"""More comparisons than that are grouped by failure."""


@dataclass(frozen=True, slots=True)
class UndecidedTable:
    """Texts by row and column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def undecided_rows(summary: Summary, *, grouped: bool = True) -> UndecidedTable:
    """The table.

    Args:
        summary: of the judged folders.
        grouped: one row a failure where there are more than `MOST_ROWS` comparisons; the column
            then says how many there are, and which one differs most.
    """
    words = Words(summary.language, {each.id: each.label for each in summary.contenders})
    found = summary.undecided
    if grouped and len(found) > MOST_ROWS:
        grouped_by = ("what", "comparisons", "largest", "between", "needed")
        return UndecidedTable(_titles(words, grouped_by), tuple(_groups(words, found)))
    pairs = {(each.label_a, each.label_b) for each in found}
    if len(pairs) == 1:
        columns = ("what", "difference", "needed")
        rows = [(_what(words, each), _difference(words, each), _needed(words, each))
                for each in found]  # fmt: skip
        return UndecidedTable(_titles(words, columns), tuple(rows))
    names = ("what", "between", "difference", "needed")
    full = [(_what(words, each), _between(words, each), _difference(words, each),
             _needed(words, each)) for each in found]  # fmt: skip
    return UndecidedTable(_titles(words, names), tuple(full))


def _groups(words: Words, found: tuple[Undecided, ...]) -> list[tuple[str, ...]]:
    kinds = dict.fromkeys((each.judge, each.at_same_likeness) for each in found)
    rows: list[tuple[str, ...]] = []
    for judge, at_same in kinds:
        own = [each for each in found if (each.judge, each.at_same_likeness) == (judge, at_same)]
        largest = max(own, key=lambda each: abs(each.difference))
        rows.append(
            (
                _what(words, largest),
                str(len(own)),
                _difference(words, largest),
                _between(words, largest),
                _needed(words, largest),
            )
        )
    return rows


def _titles(words: Words, columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(words(f"undecided.{name}") for name in columns)


def _what(words: Words, found: Undecided) -> str:
    title = words.title(found.judge)
    return words("undecided.same_likeness", title=title) if found.at_same_likeness else title


def _between(words: Words, found: Undecided) -> str:
    return f"{found.label_a} – {found.label_b}"


def _difference(words: Words, found: Undecided) -> str:
    return difference_words(words, found.judge, found.difference, found.interval)


def _needed(words: Words, found: Undecided) -> str:
    if found.at_same_likeness:
        return words("undecided.not_computed")
    if not found.difference:
        return words("undecided.no_difference")
    if found.needed is None:
        needed = words("undecided.infeasible", times=MOST_TIMES)
    else:
        needed = words("undecided.about", needed=about(found.needed))
    return words("undecided.needed_now", needed=needed, pairs=found.pairs)
