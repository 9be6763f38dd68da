"""From a foreign file's settings and its format's table to a recipe and its rows. Pure.

Refuses to guess: a value that will not do is left out with the reason, and our default stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lora_wizard.interchange.rows import Outcome, Row
from lora_wizard.interchange.secrets import HIDDEN, is_secret, shown
from lora_wizard.interchange.table import (
    UNSET,
    Entry,
    Found,
    Note,
    Source,
    Table,
    idle,
    is_one_of,
    lost,
    refused,
)
from lora_wizard.language import Language
from lora_wizard.recipe import Recipe
from lora_wizard.recipe.problems import find_problems

Line = tuple[str, str, Found, str]
"""A key of the file, its value as shown, what was found, and the recipe's key."""


def translate(
    values: Mapping[str, Any], table: Table, language: Language
) -> tuple[Recipe, tuple[Row, ...]]:
    """The recipe that a file's settings mean, and what became of each.

    Args:
        values: The settings of the file, flat.
        table: Of its format.
        language: Of the notes.
    """
    source = _source(values, table)
    names = {name: one for one in table.entries for name in one.keys}
    lines = [_line(key, value, names, table, source) for key, value in values.items()]
    lines = _last_counts(lines)
    lines += _left_out(table, source, {line[3] for line in lines if line[2].counts and line[3]})
    settings = {key: found.value for _, _, found, key in lines if key and found.counts}
    reasons = _wrong(settings)
    recipe = Recipe.model_validate(_data(settings))
    rows = [_row(line, reasons, recipe, language) for line in lines]
    return recipe, tuple(rows)


def _source(values: Mapping[str, Any], table: Table) -> Source:
    """The settings under their first names; those of an alias only where the first is missing."""
    canonical = dict(values)
    for one in table.entries:
        for name in reversed(one.keys):
            if name in values and not is_one_of(values[name], one.unset):
                canonical[one.keys[0]] = values[name]
    return Source(canonical, {one.keys[0]: one.unset for one in table.entries})


def _line(key: str, value: Any, names: Mapping[str, Entry], table: Table, source: Source) -> Line:
    if is_secret(key, value):
        found = idle("unset") if is_one_of(value, (*UNSET, False)) else refused("secret")
        return key, HIDDEN, found, ""
    one = names.get(key)
    if one is None:
        return key, shown(value), _without_entry(key, value, table, source), ""
    if is_one_of(value, one.unset):
        return key, shown(value), _unset(one, source), one.recipe_key
    first = source.values.get(one.keys[0])
    if first is not value and first != value:
        # A value that is no number (nan) does not even equal itself.
        there = {name: source.values.get(name) for name in one.keys}
        other = next(name for name, each in there.items() if each is first or each == first)
        return key, shown(value), idle("not_in_force", other=other), one.recipe_key
    return key, shown(value), one.convert(value, source), one.recipe_key


def _last_counts(lines: list[Line]) -> list[Line]:
    """Of several settings that decide the same, the last: a command line's options come last."""
    last = {line[3]: place for place, line in enumerate(lines) if line[2].counts}
    found = []
    for place, (key, value, what, recipe_key) in enumerate(lines):
        decides = last.get(recipe_key, place)
        if what.counts and decides != place:
            what = idle("not_in_force", other=lines[decides][0])
        found.append((key, value, what, recipe_key))
    return found


def _without_entry(key: str, value: Any, table: Table, source: Source) -> Found:
    if key in table.own:
        return idle("unset") if is_one_of(value, UNSET) else table.own[key](value, source)
    if key in table.machinery:
        return lost("machinery")
    if is_one_of(value, (*UNSET, False, 0)) or value in ([], {}):
        return idle("unset")
    return lost("lost" if key in table.lost else "unknown")


def _unset(one: Entry, source: Source) -> Found:
    if source.get(one.keys[0]) is not None:
        return idle("unset")
    return idle("unset") if one.otherwise is None else _implied(one, one.otherwise, source)


def _implied(one: Entry, value: Any, source: Source) -> Found:
    """What that program takes where nothing is set; it has to hold here too."""
    found = one.convert(value, source)
    if not found.counts:
        return found
    note = Note("implied", {"value": shown(value)})
    return replace(found, outcome=Outcome.TRANSLATED, note=note)


def _left_out(table: Table, source: Source, decided: set[str]) -> list[Line]:
    """The settings that the file does not name, but that mean other than our defaults."""
    lines = []
    for one in table.entries:
        named = any(name in source.values for name in one.keys)
        value = one.otherwise if one.absent is None else one.absent
        if named or value is None or one.recipe_key in decided:
            continue
        found = _implied(one, value, source)
        if found.counts and found.value != _value(Recipe(), one.recipe_key):
            lines.append((one.keys[0], "", found, one.recipe_key))
    return lines


def _wrong(settings: dict[str, Any]) -> dict[str, str]:
    """Takes out what makes no recipe, and says why, by the recipe's key."""
    reasons: dict[str, str] = {}
    while findings := find_problems(_data(settings)):
        bad = {key: f"{what}. {fix}".strip() for key, what, fix in findings if key in settings}
        if not bad:  # a check across settings blames one that the file does not give
            across = f"{findings[0][1]}. {findings[0][2]}".strip()
            table = findings[0][0].partition(".")[0]
            bad = {key: across for key in settings if key.startswith(f"{table}.")}
        for key, reason in bad.items():
            reasons[key] = reason
            del settings[key]
    return reasons


def _data(settings: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, value in settings.items():
        table, _, name = key.partition(".")
        data.setdefault(table, {})[name] = value
    return data


def _row(line: Line, reasons: Mapping[str, str], recipe: Recipe, language: Language) -> Row:
    key, value, found, recipe_key = line
    if found.counts and recipe_key in reasons:
        found = refused("range", reason=reasons[recipe_key])
    note = "" if found.note is None else found.note.text(language)
    if not found.counts:
        return Row(key, value, found.outcome, None, None, note)
    decided = _value(recipe, recipe_key)
    if found.outcome is Outcome.TAKEN and decided == _value(Recipe(), recipe_key):
        same = Note("same").text(language)
        return Row(key, value, Outcome.DEFAULT, recipe_key, decided, same)
    return Row(key, value, found.outcome, recipe_key, decided, note)


def _value(recipe: Recipe, key: str) -> Any:
    table, _, name = key.partition(".")
    return getattr(getattr(recipe, table), name)
