"""The rows of the review: each answer, whose it is, and whether it differs from the start. Pure."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from lora_wizard.flow import Flow, changed_questions, is_from_file
from lora_wizard.language import Language, text
from lora_wizard.questions import PATH_KINDS, Question
from lora_wizard.ui.wizard.wording import shown_value

__all__ = ["review_rows"]


def review_rows(flow: Flow, width: int, *, expert: bool) -> list[tuple[str, Text]]:
    """Key and text of every row, main questions or expert ones.

    Args:
        flow: Whose answers.
        width: Of a row, in cells.
        expert: Which half.
    """
    changed = changed_questions(flow)
    return [
        (one.key, _row(one, flow, width, one.key in changed))
        for one in flow.reviewed
        if one.expert is expert
    ]


def _row(question: Question, flow: Flow, width: int, is_changed: bool) -> Text:
    language = flow.language
    title_width = min(max(width * 2 // 5, 20), 26)
    value = shown_value(question, flow.value(question.key), language)
    mark, style = _mark(question, flow, is_changed, language)
    room = max(width - title_width - cell_len(mark) - 3, 4)
    row = Text(no_wrap=True)
    row.append(
        set_cell_size(
            _cut(text(f"wizard.row.{question.key}", language), title_width - 1), title_width
        )
    )
    fitting = _tail(value, room) if question.kind in PATH_KINDS else _cut(value, room)
    row.append(set_cell_size(fitting, room), "bold")
    row.append(f" {mark}", style)
    return row


def _mark(question: Question, flow: Flow, is_changed: bool, language: Language) -> tuple[str, str]:
    if question.key in flow.problems:
        return text("wizard.mark.problem", language), "bold red"
    if flow.is_given(question.key):
        return text("wizard.mark.given", language), "green"
    if is_changed:
        return text("wizard.mark.changed", language), "cyan"
    if is_from_file(flow, question):
        return text("wizard.mark.file", language), "magenta"
    return text("wizard.mark.suggested", language), "dim"


def _cut(words: str, width: int) -> str:
    """The beginning of a text that is too long: a setting is known by how it begins."""
    return words if cell_len(words) <= width else f"{set_cell_size(words, width - 2).rstrip()}.."


def _tail(words: str, width: int) -> str:
    """The end of a text that is too long: a path is known by how it ends."""
    if cell_len(words) <= width:
        return words
    while cell_len(words) > width - 2:
        words = words[1:]
    return f"..{words}"
