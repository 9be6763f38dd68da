"""The page before the start: every answer, what they come to, and what can be done with them."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from lora_wizard.errors import LoraWizardError
from lora_wizard.flow import Estimate, Flow, command_line, estimate
from lora_wizard.ui.dialogs import AdviceDialog, HelpScreen, TextDialog
from lora_wizard.ui.keys import Key
from lora_wizard.ui.wizard.material import Material
from lora_wizard.ui.wizard.measuring import Measuring
from lora_wizard.ui.wizard.passing_on import PassingOn
from lora_wizard.ui.wizard.rows import review_rows
from lora_wizard.ui.wizard.sums import sums_text
from lora_wizard.ui.wizard.wording import advice_text

__all__ = ["ReviewScreen"]

_START = "start"
_MORE = "more"


class ReviewScreen(Measuring, PassingOn):
    """Shows a flow at its end. Enter on a row asks that question once more.

    Args:
        flow: At the review.
        material: What is known of the pictures.
        expert: Whether the cursor begins at the expert answers.
    """

    KEYS = (
        Key("enter", "open", "wizard.keys.change"),
        Key("s", "start", "wizard.keys.start"),
        Key("m", "measure", "wizard.keys.measure"),
        Key("a", "advice", "wizard.keys.all_advice"),
        Key("f4", "follow", "wizard.keys.advice", show=False),
        Key("p", "save_preset", "wizard.keys.preset"),
        Key("e", "export", "wizard.keys.export", show=False),
        Key("c", "command_line", "wizard.keys.command", show=False),
        Key("escape", "back", "wizard.keys.back", show=False),
        Key("f1,question_mark", "help", "wizard.keys.help"),
        Key("j", "down", "wizard.keys.scroll", show=False, moves=True),
        Key("k", "up", "wizard.keys.scroll", show=False, moves=True),
        Key("ctrl+q,q", "leave", "wizard.keys.leave", show=False, priority=False),
    )

    def __init__(self, flow: Flow, material: Material | None = None, *, expert: bool = False):
        super().__init__(flow, material)
        self._expert = expert

    def compose(self) -> ComposeResult:
        """The answers, and beside them what they come to."""
        yield Static(self._title(), classes="title-line", markup=False)
        with Horizontal(id="review-page"):
            yield OptionList(id="answers", compact=True, markup=False)
            with VerticalScroll(id="sums", can_focus=False):
                yield Static("", id="sums-text", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """The cursor is on Start."""
        self.call_after_refresh(self._fill)

    def on_resize(self) -> None:
        """Rows are as wide as there is room."""
        self.call_after_refresh(self._fill)

    def _title(self) -> str:
        name = self.flow.recipe.saving.name
        return self.words("wizard.review_title", name=name)

    def _fill(self) -> None:
        answers = self.query_one("#answers", OptionList)
        place = answers.highlighted
        width = max(answers.size.width - 4, 30)
        answers.clear_options()
        answers.add_option(Option(Text(self.words("wizard.start_row"), "bold"), id=_START))
        answers.add_option(None)
        for key, row in review_rows(self.flow, width, expert=False):
            answers.add_option(Option(row, id=key))
        heading = Text(self.words("wizard.more_row"), "bold dim")
        answers.add_options([None, Option(heading, id=_MORE, disabled=True)])
        for key, row in review_rows(self.flow, width, expert=True):
            answers.add_option(Option(row, id=key))
        if place is None:
            place = answers.get_option_index(_MORE) + 1 if self._expert else 0
        answers.highlighted = min(place, answers.option_count - 1)
        answers.focus()
        self.show()

    def show(self) -> None:
        """What the answers come to."""
        words = sums_text(
            self.estimate(),
            self.material.advice(self.flow),
            self.flow.language,
            is_looking=self.is_looking,
            compact=self.size.width < 80,
        )
        if self.measuring_words:
            words = Text(f"{self.measuring_words}\n", "italic").append_text(words)
        self.query_one("#sums-text", Static).update(words)

    def estimate(self) -> Estimate:
        """What a run of these answers will take."""
        return estimate(
            self.flow.recipe,
            self.flow.counted,
            family=self.flow.resolved.context.family,
            speeds=self.speeds(),
            language=self.flow.language,
        )

    # Keys

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter on a row."""
        if event.option.id == _START:
            self.action_start()
        elif event.option.id is not None:
            self._change(event.option.id)

    def action_open(self) -> None:
        """As enter on the row under the cursor."""
        self.query_one("#answers", OptionList).action_select()

    def _change(self, key: str) -> None:
        flow = self.flow.jump(key)
        self.set_flow(flow)
        self.wizard_app.open_questions(flow, self.material)

    def action_start(self) -> None:
        """Starts the training, unless something is wrong; asks where much speaks against it."""
        problems = self.flow.problems
        if problems:
            self.notify(self.words("wizard.not_yet"), severity="warning")
            self._change(next(iter(problems)))
            return
        if self.material.fits(self.flow) and self.material.trouble is not None:
            self.wizard_app.report(self.material.trouble)
            return
        self.stop_measuring()
        self.wizard_app.start(self.flow)

    def action_advice(self) -> None:
        """All that the pictures say."""
        advice = self.material.advice(self.flow)
        found = advice_text(advice, self.flow.language)
        body = found if advice else Text(self.words("wizard.no_advice"))
        self.app.push_screen(AdviceDialog(self.words("wizard.pictures_say"), body), self._advised)

    def _advised(self, follow: bool | None) -> None:
        if follow:
            self.action_follow()

    def action_follow(self) -> None:
        """Asks whether to follow the first advice that changes settings."""

        async def show_again() -> None:
            self._fill()

        self.offer(self.material.advice(self.flow), show_again)

    def action_command_line(self) -> None:
        """The same without a screen."""
        try:
            line = command_line(self.flow)
        except LoraWizardError as error:
            self.wizard_app.report(error)
            return
        self.app.push_screen(TextDialog(self.words("wizard.keys.command"), line))

    def action_back(self) -> None:
        """To the last question."""
        flow = self.flow.back()
        self.set_flow(flow)
        self.wizard_app.open_questions(flow, self.material)

    def action_help(self) -> None:
        """Help for this page."""
        title, text = self.words("wizard.review_help_title"), self.words("wizard.review_help")
        self.app.push_screen(HelpScreen(title, text, self.key_table()))

    def action_down(self) -> None:
        """As the arrow."""
        self.query_one("#answers", OptionList).action_cursor_down()

    def action_up(self) -> None:
        """As the arrow."""
        self.query_one("#answers", OptionList).action_cursor_up()
