"""A file to begin from: our own as it is, another program's with a table of what became of it."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import DataTable, Footer, Static

from lora_wizard.dropped_path import dropped_path
from lora_wizard.errors import LoraWizardError
from lora_wizard.explaining import joined
from lora_wizard.flow import Begin, Flow, begin_with_file, begin_with_preset
from lora_wizard.interchange import Imported, Outcome, UnknownFormatError, read_foreign
from lora_wizard.language import Language, translated
from lora_wizard.ui.base import WizardScreen
from lora_wizard.ui.keys import Key

__all__ = ["ImportScreen", "file_problem", "open_file"]

_COLOURS = {
    Outcome.TAKEN: "green",
    Outcome.TRANSLATED: "cyan",
    Outcome.DEFAULT: "dim",
    Outcome.NO_COUNTERPART: "yellow",
    Outcome.REFUSED: "red",
}


def file_problem(path: str, no_file: str) -> str | None:
    """What is wrong with a typed path, in the words given; None where a file is there."""
    path = dropped_path(path)
    return None if path and Path(path).expanduser().is_file() else no_file


def open_file(path: Path, language: Language) -> Flow | Imported:
    """A flow that begins with our own recipe or preset, or what another program's file became.

    Raises:
        LoraWizardError: It is none of them; with what each reader said of it.
    """
    if path.suffix.lower() == ".toml":
        try:
            return Flow(begin_with_file(path))
        except LoraWizardError as error:
            as_recipe = error
        try:
            return Flow(begin_with_preset(str(path)))
        except LoraWizardError as error:
            as_preset = error
        if "[preset]" in path.read_text(encoding="utf-8", errors="replace"):
            raise as_preset
        try:
            return read_foreign(path, language=language)
        except UnknownFormatError:
            raise as_recipe from None
    return read_foreign(path, language=language)


class ImportScreen(WizardScreen[Flow | None]):
    """What was taken, translated and left from another program's file.

    Args:
        path: The file.
        imported: What it became.
    """

    CSS_PATH = "home.tcss"
    HELP_TEXT = "home.help.import"
    KEYS = (
        Key("enter", "take", "home.keys.take", priority=True),
        Key("escape", "back", "home.keys.back"),
        Key("f1,question_mark", "help", "home.keys.help"),
    )

    def __init__(self, path: str, imported: Imported) -> None:
        super().__init__()
        self._path, self._imported = path, imported

    def compose(self) -> ComposeResult:
        """Title, counts, the table, and the note of the row under the cursor."""
        title = self.words("home.import.title", name=Path(self._path).name)
        yield Static(title, classes="title-line", markup=False)
        yield Static(self._counts(), classes="note", markup=False)
        for warning in self._imported.warnings:
            yield Static(Text(warning, "yellow"), classes="note", markup=False)
        table: DataTable[Text] = DataTable(cursor_type="row", zebra_stripes=True)
        for name in ("source", "value", "target"):
            table.add_column(self.words(f"home.import.column_{name}"), key=name)
        # What was lost comes first: it is what one has to know before going on.
        order = [Outcome.REFUSED, Outcome.NO_COUNTERPART, Outcome.TRANSLATED, Outcome.TAKEN]
        order.append(Outcome.DEFAULT)
        self._rows = sorted(self._imported.rows, key=lambda row: order.index(row.outcome))
        for row in self._rows:
            became = f"{row.recipe_key} = {row.value}" if row.recipe_key else ""
            given = (row.source_key, row.source_value[:24])
            cells = (*(translated(one, self.settings.language) for one in given), became)
            table.add_row(*(Text(cell, _COLOURS[row.outcome]) for cell in cells))
        yield table
        yield Static("", id="row-note", classes="note", markup=False)
        yield Static(self.words("home.import.go_on"), classes="note", markup=False)
        yield Footer(show_command_palette=False)

    def help_title(self) -> str:
        """As the screen's own."""
        return self.words("home.import.title", name=Path(self._path).name)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Says why the setting under the cursor became what it did."""
        row = self._rows[event.cursor_row]
        outcome = self.words(f"home.import.outcome.{row.outcome.value}")
        note = joined(outcome, row.note).removeprefix(outcome) if row.note else ""
        self.query_one("#row-note", Static).update(
            Text.assemble((outcome, f"bold {_COLOURS[row.outcome]}"), note)
        )

    def _counts(self) -> str:
        outcomes = [row.outcome for row in self._imported.rows]
        return self.words(
            "home.import.format",
            format=self._imported.format,
            taken=outcomes.count(Outcome.TAKEN),
            translated=outcomes.count(Outcome.TRANSLATED),
            lost=outcomes.count(Outcome.NO_COUNTERPART) + outcomes.count(Outcome.REFUSED),
        )

    def action_take(self) -> None:
        """Begins the questions with what was taken."""
        self.dismiss(Flow(Begin("import", self._path, self._imported.recipe)))

    def action_back(self) -> None:
        """Without it."""
        self.dismiss(None)
