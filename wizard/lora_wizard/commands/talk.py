"""What `lora-wizard new` says: each answer with its reason, the estimate, and what comes next."""

from __future__ import annotations

import sys

from rich.console import RenderableType
from rich.text import Text

from lora_wizard.consoles import PlainTextConsole
from lora_wizard.flow import Estimate, Flow
from lora_wizard.language import Language, text

_MIB = 2**20


class Talk:
    """Lines in the user's language.

    Args:
        language: Of the lines.
        to_stderr: Where stdout is for the recipe itself.
    """

    def __init__(self, language: Language, *, to_stderr: bool = False) -> None:
        self.language: Language = language
        stream = sys.stderr if to_stderr else sys.stdout
        self._console = PlainTextConsole(file=stream, highlight=False, soft_wrap=True)

    def words(self, key: str, **values: object) -> str:
        """A sentence of the catalogue."""
        return text(f"interchange.new.{key}", self.language, **values)

    def line(self, key: str, **values: object) -> None:
        """Says a sentence of the catalogue."""
        self.say(self.words(key, **values))

    def say(self, words: str, style: str = "") -> None:
        """Says a line as it is."""
        self._console.print(Text(words, style=style))

    def show(self, what: RenderableType) -> None:
        """Shows a table."""
        self._console.print(what)
        self.say("")

    def answers(self, flow: Flow) -> None:
        """One line for each answer: what it is, and why."""
        for question in flow.reviewed:
            if not question.settles:
                continue  # where the run goes is no part of a recipe
            given = flow.is_given(question.key)
            shown = question.show(flow.value(question.key)).replace("\n", " / ") or "-"
            reason = self.words("given") if given else flow.suggestion(question.key).reason
            name = (question.key, "bold")
            self._console.print(Text.assemble(name, f" = {shown}  ", (reason, "dim")))

    def estimate(self, found: Estimate) -> None:
        """What the training will come to, as far as it can be told."""
        self.say("")
        if found.counts is not None:
            counts = found.counts
            self.line(
                "counts",
                pictures=counts.pictures,
                others=counts.regularisation,
                per_epoch=counts.steps_per_epoch,
                epochs=counts.epochs,
                steps=counts.steps,
            )
        if found.seconds is not None:
            self.line("time", minutes=max(1, round(found.seconds / 60)), run=found.measured_in)
        if found.disk_bytes is not None:
            self.line("disk", mib=round(found.disk_bytes / _MIB), files=found.files)
        if found.memory_bytes is not None:
            self.line("memory", mib=round(found.memory_bytes / _MIB))
        for reason in found.unknown:
            self.say(reason, "dim")
