"""TOML out: a recipe as the text that reads back as the same recipe."""

from typing import Any

import tomlkit
from pydantic import BaseModel

from lora_wizard.recipe.recipe import Recipe, tables


def recipe_to_toml(recipe: Recipe, *, header: str = "", only_changed: bool = False) -> str:
    """The recipe as TOML. `parse_recipe` of it gives an equal recipe.

    Args:
        recipe: What to write.
        header: Lines of text put above as comments.
        only_changed: Leave out what has its default, as presets do.
    """
    document = tomlkit.document()
    for line in header.splitlines():
        # TOML allows no control characters, not even in a comment.
        shown = "".join(letter if letter.isprintable() else " " for letter in line).rstrip()
        document.add(tomlkit.comment(shown) if shown else tomlkit.nl())
    if header:
        document.add(tomlkit.nl())
    document.add("format", tomlkit.item(recipe.format))
    plain = Recipe()
    for name in tables():
        values = _values(getattr(recipe, name))
        if only_changed:
            usual = _values(getattr(plain, name))
            values = {key: value for key, value in values.items() if usual.get(key) != value}
        if values:
            document.add(tomlkit.nl())
            document.add(name, _table(values))
    return tomlkit.dumps(document)


def _values(table: BaseModel) -> dict[str, Any]:
    """What TOML can hold: unset values have no place in it, and mean the same left out."""
    return {key: value for key, value in table.model_dump().items() if value is not None}


def _table(values: dict[str, Any]) -> Any:
    table = tomlkit.table()
    for key, value in values.items():
        table.add(key, _array(value) if isinstance(value, tuple) else value)
    return table


def _array(values: tuple[Any, ...]) -> Any:
    array = tomlkit.array()
    array.extend(values)
    return array.multiline(any(isinstance(value, str) for value in values) and len(values) > 1)
