"""What the attribute reader says of the demo's pictures, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image
from rich.table import Table

from lora_wizard.demo.plan import PROMPTS
from lora_wizard.demo.show import Column
from lora_wizard.paperdoll.reader import Reader, load_reader
from lora_wizard.paperdoll.reader.obeying import measure_character
from lora_wizard.paperdoll.reader.shares import Share
from lora_wizard.paperdoll.traits import Character


def verdict(columns: Sequence[Column], character: Character) -> Table:
    """For each LoRA, in how many pictures the character is found, and what went wrong.

    Pictures whose prompt does not name her are counted apart: she should not be there.
    """
    rows = {
        f"{character.hair_colour} hair": "hair_colour",
        f"{character.eye_colour} eyes": "eye_colour",
        character.hair_style: "hair_style",
        character.ornament: "ornament",
        "floating head": "floating head",
        "broken picture": "broken",
    }
    reader = load_reader()
    named, others = (
        [measure_character(_chosen(each, names_her=hers), character, reader) for each in columns]
        for hers in (True, False)
    )
    table = Table(title="What the attribute reader finds", title_justify="left")
    table.add_column("where the prompt names her")
    for column in columns:
        table.add_column(column.label, justify="right")
    for label, key in rows.items():
        table.add_row(label, *(_words(shares[key]) for shares in named))
    table.add_row("the outfit asked for", *(_words(_obeyed(each, reader)) for each in columns))
    table.add_section()
    table.add_row("where it does not", *("" for _ in columns))
    table.add_row(next(iter(rows)), *(_words(shares["hair_colour"]) for shares in others))
    return table


def _chosen(column: Column, *, names_her: bool) -> list[Image.Image]:
    rows = zip(PROMPTS, column.pictures, strict=True)
    return [one for prompt, row in rows if prompt.names_her == names_her for one in row]


def _obeyed(column: Column, reader: Reader) -> Share:
    """How often the outfit of the prompt is worn; a broken picture wears nothing."""
    worn = []
    for prompt, row in zip(PROMPTS, column.pictures, strict=True):
        if prompt.outfit and prompt.names_her:
            readings = reader.read(row)
            worn += [one.kind == "whole" and one.outfit == prompt.outfit for one in readings]
    return Share.of(worn)


def _words(share: Share) -> str:
    return f"{share.count} of {share.total}"
