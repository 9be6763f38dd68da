"""What became of another program's file, drawn as a table or given as plain data."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from lora_wizard.interchange import Imported, Outcome, Row
from lora_wizard.language import Language, text

_COLOURS = {
    Outcome.TAKEN: "green",
    Outcome.TRANSLATED: "cyan",
    Outcome.DEFAULT: "dim",
    Outcome.NO_COUNTERPART: "yellow",
    Outcome.REFUSED: "red",
}
_ORDER = tuple(_COLOURS)[::-1]


def imported_table(imported: Imported, language: Language) -> Table:
    """The rows as a table, what was lost first, as one has to know that.

    Rows of a setting that is unset there are left out.
    """
    table = Table(title=Text(imported.format), title_justify="left", box=None, pad_edge=False)
    for column in ("source", "value", "outcome", "target", "note"):
        table.add_column(text(f"interchange.table.{column}", language), overflow="fold")
    rows = [row for row in imported.rows if row.recipe_key or row.outcome is not Outcome.DEFAULT]
    for row in sorted(rows, key=lambda row: _ORDER.index(row.outcome)):
        word = text(f"interchange.outcome.{row.outcome}", language)
        table.add_row(
            Text(row.source_key),
            Text(row.source_value),
            Text(word, style=_COLOURS[row.outcome]),
            Text(_target(row)),
            Text(row.note),
        )
    return table


def imported_record(imported: Imported, saved: str | None) -> dict[str, Any]:
    """The same for other programs.

    Args:
        imported: What was read.
        saved: The preset that was made of it; None where none was.
    """
    return {
        "format": imported.format,
        "preset": saved,
        "recipe": imported.recipe.model_dump(mode="json", exclude_none=True),
        "rows": [
            {
                "source_key": row.source_key,
                "source_value": row.source_value,
                "outcome": str(row.outcome),
                "recipe_key": row.recipe_key,
                "value": row.value,
                "note": row.note,
            }
            for row in imported.rows
        ],
    }


def _target(row: Row) -> str:
    return "" if row.recipe_key is None else f"{row.recipe_key} = {_shown(row.value)}"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple) and all(isinstance(side, int) for side in value):
        return "x".join(map(str, value))
    return str(value)
