"""One question: its field, whether the answer will do, why it is asked, what the pictures say."""

from __future__ import annotations

from typing import cast

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Footer, Input, OptionList, Static, TextArea

from lora_wizard.dataset.advice import Advice
from lora_wizard.errors import RecipeError
from lora_wizard.flow import Flow
from lora_wizard.questions import Kind, Question
from lora_wizard.ui.dialogs import HelpScreen
from lora_wizard.ui.keys import Key
from lora_wizard.ui.wizard.fields import Field, make_field
from lora_wizard.ui.wizard.flow_screen import FlowScreen
from lora_wizard.ui.wizard.material import Material
from lora_wizard.ui.wizard.wording import (
    advice_text,
    check_text,
    place_words,
    suggestion_text,
)

__all__ = ["QuestionScreen"]

_MORE = "start.more"


class QuestionScreen(FlowScreen):
    """Shows the question at which the flow stands; its parts are filled anew for the next one."""

    KEYS = (
        Key("enter", "next", "wizard.keys.next", priority=True),
        Key("escape", "back", "wizard.keys.back", priority=True),
        Key("f1,question_mark", "help", "wizard.keys.help"),
        Key("f2", "suggestion", "wizard.keys.suggestion"),
        Key("f3", "review", "wizard.keys.review"),
        Key("f4", "advice", "wizard.keys.advice"),
        Key("pagedown", "scroll(1)", "wizard.keys.scroll", show=False, priority=True),
        Key("pageup", "scroll(-1)", "wizard.keys.scroll", show=False, priority=True),
        Key("ctrl+q", "leave", "wizard.keys.leave", show=False, priority=True),
    )

    def __init__(self, flow: Flow, material: Material | None = None) -> None:
        super().__init__(flow, material)
        self._shown = ""
        self._advice: tuple[Advice, ...] = ()
        """What the pictures say to this question, as it was last shown."""

    @property
    def question(self) -> Question:
        """The question shown."""
        assert self.flow.question is not None, "the review is another screen"
        return self.flow.question

    @property
    def field(self) -> Field:
        """The field of the question shown."""
        return cast(Field, self.query_one("#field-room").children[0])

    def compose(self) -> ComposeResult:
        """Question and answer to the left, reasons to the right or below."""
        yield Static("", id="place", classes="title-line", markup=False)
        with Horizontal(id="page"):
            with Vertical(id="asked"):
                # Question and field stay in sight, however much is said below them.
                yield Static("", id="title", markup=False)
                yield Vertical(id="field-room")
                yield Static("", id="hint", classes="muted", markup=False)
                with VerticalScroll(id="answered", can_focus=False):
                    yield Static("", id="check", markup=False)
                    yield Static("", id="suggestion", markup=False)
                    yield Static("", id="pictures", markup=False)
            with VerticalScroll(id="reasons", can_focus=False):
                yield Static("", id="why-title", markup=False)
                yield Static("", id="why", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """The first question of this flow."""
        self.call_later(self.ask)

    async def ask(self) -> None:
        """Fills the page for the question at which the flow stands."""
        question, language = self.question, self.flow.language
        room = self.query_one("#field-room", Vertical)
        await room.remove_children()
        field: Widget = make_field(question, self.flow.value(question.key), language)
        await room.mount(field)
        field.focus()
        self._shown = question.key
        self._put("title", Text(question.title(language), "bold"))
        self.query_one("#why-title", Static).update(Text(self.words("wizard.why"), "bold"))
        self._put("why", question.why(language))
        self._put("hint", self._hint(question))
        self.query_one("#answered").scroll_home(animate=False)
        self.query_one("#reasons").scroll_home(animate=False)
        self.show()

    def show(self) -> None:
        """What follows from the answer in the field and from the pictures."""
        if self._shown != self.flow.place or not self.query("#field-room > *"):
            return
        question, language, value = self.question, self.flow.language, self.field.answer
        self._put("place", f"LoRA Wizard  {place_words(self.flow, question, language)}")
        problems = self.flow.check(question.key, value)
        changed = value != self.flow.value(question.key)
        self._put("check", check_text(problems, changed=changed, language=language))
        self._put("suggestion", suggestion_text(question, self.flow, value, language))
        self._advice = self.material.advice_for(question, self.flow)
        self._put("pictures", self._pictures_text())
        self.refresh_bindings()

    def _pictures_text(self) -> Text:
        """What the pictures say to this question, or that they are being looked at."""
        found = Text()
        is_about_folders = self.question.key in ("data.images", "data.regularisation")
        if self.is_looking:
            return Text(self.words("wizard.looking"), "italic")
        if is_about_folders and self.material.trouble is not None:
            found.append(f"{self.words('wizard.trouble')}\n", "bold red")
            found.append(f"{self.material.trouble}\n\n")
        elif is_about_folders and (dataset := self.flow.counted) is not None:
            used = sum(not one.is_regularisation for one in dataset.pictures)
            beside = len(dataset.pictures) - used
            counted = self.words("wizard.counted", pictures=used, regularisation=beside)
            found.append(f"{counted}\n\n")
        if self._advice:
            found.append(f"{self.words('wizard.pictures_say')}\n", "bold")
            found.append_text(advice_text(self._advice, self.flow.language))
        return found

    def _hint(self, question: Question) -> str:
        key = {Kind.PROMPTS: "prompts", Kind.LENGTH: "length", Kind.SIZE: "size"}.get(question.kind)
        if question.kind in (Kind.FILE, Kind.FOLDER, Kind.MODEL):
            key = "path"
        hint = self.words(f"wizard.hint.{key}") if key else ""
        optional = self.words("wizard.hint.optional") if question.optional else ""
        return "  ".join(filter(None, (hint, optional)))

    def _put(self, name: str, words: str | Text) -> None:
        """Changes one part of the page, and sends nothing where it stays the same."""
        part = self.query_one(f"#{name}", Static)
        if part.content != words:
            part.update(words)
        part.display = bool(words)

    # Typing

    def on_input_changed(self, event: Input.Changed) -> None:
        """The check follows what is typed."""
        self.show()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """The check follows what is typed."""
        self.show()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The check follows the cursor."""
        self.show()

    # Keys

    async def action_next(self) -> None:
        """Takes what stands in the field and goes on, unless something is wrong with it."""
        key, value = self.question.key, self.field.answer
        try:
            same = value == self.flow.value(key)
            flow = self.flow.accept() if same else self.flow.answer(value)
        except RecipeError:
            self.show()
            self.app.bell()
            return
        if key == _MORE and value is True:
            flow = flow.to_review()
        self.set_flow(flow)
        if flow.question is None:
            at = flow.questions[-1].key if key == _MORE and value is True else ""
            self.wizard_app.open_review(flow, self.material, expert=bool(at))
            return
        await self.ask()

    async def action_back(self) -> None:
        """The question before, or the review where one came from there. Loses no answer."""
        before = self.flow.back()
        if before.place == self.flow.place:
            self.action_home()
            return
        self.set_flow(before)
        if before.question is None:
            self.wizard_app.open_review(before, self.material)
            return
        await self.ask()

    def action_suggestion(self) -> None:
        """Puts the suggestion into the field."""
        self.set_flow(self.flow.take_suggestion())
        self.field.put(self.flow.suggestion(self.question.key).value)
        self.show()

    def action_review(self) -> None:
        """All answers; what stands in the field is not taken."""
        self.set_flow(self.flow.to_review())
        self.wizard_app.open_review(self.flow, self.material)

    def action_advice(self) -> None:
        """Asks whether to follow the first advice that changes settings."""
        self.offer(self._advice, self.ask)

    def action_help(self) -> None:
        """The page of this question."""
        language = self.flow.language
        text = f"{self.question.why(language)}\n\n{self.question.help(language)}"
        self.app.push_screen(HelpScreen(self.question.title(language), text, self.key_table()))

    def action_scroll(self, pages: int) -> None:
        """More of what does not fit."""
        for name in ("#answered", "#reasons"):
            part = self.query_one(name, VerticalScroll)
            part.scroll_relative(y=pages * max(part.size.height - 1, 1), animate=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """F4 stands in the footer only where there is something to follow."""
        return action != "advice" or any(one.changes for one in self._advice)
