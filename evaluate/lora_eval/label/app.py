"""The labelling screen: a picture, its prompt, and a key for each failure."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import rich.text
import textual.content
from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Footer, Header, Static

from lora_eval.calibrate.labels import Answer
from lora_eval.errors import PicturesError
from lora_eval.label.session import LabelSession
from lora_eval.pictures import open_picture
from lora_wizard.output import printable
from lora_wizard.terminal_lines import use_line_breaks
from lora_wizard.ui.drawing import picture_rows

for _module in (rich.text, textual.content):  # prompts may be Japanese
    use_line_breaks(_module)

_NEXT: dict[Answer, Answer] = {"no": "yes", "yes": "unsure", "unsure": "no"}
_SHOWN: dict[Answer, str] = {"yes": "YES", "no": "no", "unsure": "unsure"}


class LabelApp(App[None]):
    """Shows one picture after another; every answer is on the disk before the next one shows."""

    TITLE = "lora-eval label"
    CSS_PATH = Path("app.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "accept", "accept, next", id="accept", priority=True),
        Binding("backspace", "previous", "back", id="back"),
        Binding("q,ctrl+q", "quit", "leave", id="leave"),
    ]

    def __init__(self, session: LabelSession) -> None:
        super().__init__()
        self.session = session
        self.place = session.first_open
        self.answers: dict[str, Answer] = {}

    def compose(self) -> ComposeResult:
        yield Header()
        with Horizontal():
            yield Static(id="picture")
            with VerticalScroll(id="side"):
                yield Static(id="asked", markup=False)
                yield Static(id="answers", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        self.call_after_refresh(self._show)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def on_key(self, event: events.Key) -> None:
        """A number asks the judge of that number: no, yes, unsure, no."""
        if event.character and event.character.isdigit() and self.place < self._count:
            number = int(event.character) - 1
            if 0 <= number < len(self.session.judges):
                name = self.session.judges[number].name
                self.answers[name] = _NEXT[self.answers[name]]
                self._show_answers()

    def action_accept(self) -> None:
        if self.place < self._count:
            self.session.say(self.session.pictures[self.place], self.answers)
            self.place += 1
            self._show()

    def action_previous(self) -> None:
        if self.place:
            self.place -= 1
            self._show()

    @property
    def _count(self) -> int:
        return len(self.session.pictures)

    def _show(self) -> None:
        picture_box, asked = self.query_one("#picture", Static), self.query_one("#asked", Static)
        self.sub_title = f"{min(self.place + 1, self._count)} of {self._count}"
        if self.place >= self._count:
            picture_box.update("All pictures are labelled.")
            asked.update(Text(f"Count with: lora-eval calibrate {printable(self.session.folder)}"))
            self.query_one("#answers", Static).update("")
            return
        picture = self.session.pictures[self.place]
        self.answers = self.session.answers(picture)
        try:
            image = open_picture(self.session.folder / picture.file)
        except PicturesError as error:
            picture_box.update(Text(printable(error)))
        else:
            rows = picture_rows(image, picture_box.size.width, picture_box.size.height)
            picture_box.update(Text("\n").join(rows))
        asks = picture.asks
        wanted = [asks.outfit, asks.framing, asks.background, f"{asks.subjects} in the picture"]
        shown = [printable(word) for word in wanted if word]
        # As Text: a prompt such as `[/]` or `[red]` is no markup.
        asked.update(Text(f"Prompt: {printable(picture.prompt)}\nAsked: {', '.join(shown)}\n"))
        self._show_answers()

    def _show_answers(self) -> None:
        lines = [
            f"{number} {judge.title}: {_SHOWN[self.answers[judge.name]]}\n  {judge.definition}\n"
            for number, judge in enumerate(self.session.judges, start=1)
        ]
        self.query_one("#answers", Static).update(Text("\n".join(lines)))
