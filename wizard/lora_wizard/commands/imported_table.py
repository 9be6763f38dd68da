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
_ORDER = (
    Outcome.REFUSED,
    Outcome.NO_COUNTERPART,
    Outcome.TRANSLATED,
    Outcome.TAKEN,
    Outcome.DEFAULT,
)

_MOST_LISTED = 60
"""Settings of one fate that are listed by name; the GUI's page has 40 of one kind."""


def imported_table(imported: Imported, language: Language) -> Table:
    """The rows as a table below the warnings, what was lost first, as one has to know that.

    Rows of a setting that is unset there are left out; those with one and the same fate share a
    row.
    """
    table = Table(title=_title(imported), title_justify="left", box=None, pad_edge=False)
    table.add_column(text("interchange.table.source", language), overflow="fold", ratio=2)
    table.add_column(text("interchange.table.outcome", language), overflow="fold", ratio=3)
    rows = [row for row in imported.rows if row.recipe_key or row.outcome is not Outcome.DEFAULT]
    shared: dict[tuple[Outcome, str], list[str]] = {}
    for row in sorted(rows, key=lambda row: _ORDER.index(row.outcome)):
        fate = ". ".join(part for part in (_target(row), row.note) if part)
        source = f"{row.source_key} = {row.source_value}" if row.source_value else row.source_key
        shared.setdefault((row.outcome, fate), []).append(source)
    for (outcome, fate), sources in shared.items():
        word = text(f"interchange.outcome.{outcome}", language)
        became = Text.assemble((word, _COLOURS[outcome]), f": {fate}" if fate else "")
        listed = sources[:_MOST_LISTED]
        if len(sources) > len(listed):
            listed.append(f"... (+{len(sources) - len(listed):,})")
        table.add_row(Text("\n".join(listed)), became)
    return table


def _title(imported: Imported) -> Text:
    warnings = [(f"\n{warning}", "not italic yellow") for warning in imported.warnings]
    return Text.assemble(imported.format, *warnings)


def imported_record(imported: Imported, saved: str | None) -> dict[str, Any]:
    """The same for other programs.

    Args:
        imported: What was read.
        saved: The preset that was made of it; None where none was.
    """
    return {
        "format": imported.format,
        "preset": saved,
        "warnings": list(imported.warnings),
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
    if row.recipe_key is None or row.outcome is Outcome.DEFAULT:
        return ""
    return f"{row.recipe_key} = {_shown(row.value)}"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple) and all(isinstance(side, int) for side in value):
        return "x".join(map(str, value))
    if isinstance(value, tuple):
        return " / ".join(map(str, value))
    return str(value)
