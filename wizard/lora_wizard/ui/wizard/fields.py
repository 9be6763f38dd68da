"""The field of a question, by its kind. Each gives what stands in it as a value."""

from __future__ import annotations

from typing import ClassVar, Protocol

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import OptionList, TextArea
from textual.widgets.option_list import Option

from lora_wizard.language import Language, text
from lora_wizard.questions import EMBEDDED, Kind, Question, Value
from lora_wizard.ui.editing import LineInput, do_own_key
from lora_wizard.ui.paths import PathSuggester

__all__ = ["ChoiceField", "Field", "LineField", "PromptsField", "make_field"]


class Field(Protocol):
    """What the page needs of a field."""

    @property
    def answer(self) -> Value:
        """What stands in it, as a value; a text that is none stays a text."""

    def put(self, value: Value) -> None:
        """Puts a value in."""


class LineField(LineInput):
    """A line: a path, a number, a name."""

    def __init__(self, question: Question, value: Value) -> None:
        suggester = None
        if question.kind in (Kind.FILE, Kind.FOLDER, Kind.MODEL):
            also = (EMBEDDED,) if question.kind is Kind.MODEL else ()
            folders_only = question.kind is Kind.FOLDER
            suggester = PathSuggester(folders_only=folders_only, also=also)
        super().__init__(
            question.show(value), suggester=suggester, select_on_focus=False, compact=True
        )
        self._question = question
        self.cursor_blink = False  # each blink would be sent over the wire, for ever

    @property
    def answer(self) -> Value:
        """The value of the line."""
        return self._question.read(self.value)

    def put(self, value: Value) -> None:
        """Puts a value in, the cursor behind it."""
        self.value = self._question.show(value)
        self.cursor_position = len(self.value)


class ChoiceField(OptionList):
    """A list to choose from, each choice with what it means."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
    ]

    def __init__(self, question: Question, value: Value, language: Language) -> None:
        self._values: list[Value] = list(question.choices)
        if question.kind is Kind.YES_NO:
            self._values = [True, False]
        options = [Option(_choice_words(question, one, language)) for one in self._values]
        super().__init__(*options, compact=True)
        self.put(value)

    @property
    def answer(self) -> Value:
        """The choice under the cursor."""
        return None if self.highlighted is None else self._values[self.highlighted]

    def put(self, value: Value) -> None:
        """Puts the cursor on a choice."""
        if value in self._values:
            self.highlighted = self._values.index(value)


class PromptsField(TextArea):
    """Lines of text. Enter goes on, as on every page; ctrl+j begins another line."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+j", "new_line", show=False)]

    def __init__(self, question: Question, value: Value) -> None:
        super().__init__(question.show(value), compact=True, soft_wrap=True, tab_behavior="focus")
        self._question = question
        self.cursor_blink = False
        self.move_cursor(self.document.end)

    @property
    def answer(self) -> Value:
        """The lines."""
        return self._question.read(self.text)

    def put(self, value: Value) -> None:
        """Puts lines in."""
        self.text = self._question.show(value)
        self.move_cursor(self.document.end)

    async def _on_key(self, event: events.Key) -> None:
        await do_own_key(self, event)

    def action_new_line(self) -> None:
        """Begins another line."""
        self.insert("\n")


def make_field(question: Question, value: Value, language: Language) -> Widget:
    """The field for a question, with a value in it; it is a `Field`."""
    if question.kind in (Kind.CHOICE, Kind.YES_NO):
        return ChoiceField(question, value, language)
    if question.kind is Kind.PROMPTS:
        return PromptsField(question, value)
    return LineField(question, value)


def _choice_words(question: Question, value: Value, language: Language) -> Text:
    if isinstance(value, bool):
        return Text(text(f"wizard.{'yes' if value else 'no'}", language))
    words = Text(str(value), "bold")
    words.append(f"  {question.choice(str(value), language)}", "not bold")
    return words
