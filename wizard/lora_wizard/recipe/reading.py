"""TOML in: text to a recipe, or every problem of it at once, each with its line."""

import re
from pathlib import Path
from typing import Any

from lora_wizard import parsing
from lora_wizard.errors import RecipeError
from lora_wizard.files import read_regular
from lora_wizard.parsing import ParseError
from lora_wizard.recipe.problems import as_problems, find_problems
from lora_wizard.recipe.recipe import Recipe

LARGEST = 2_000_000
"""Bytes of a recipe or a preset; they have a few thousand."""

_TABLE = re.compile(r"\s*\[\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"\s*([\w.-]+)\s*=")


def parse_recipe(text: str, where: str = "recipe") -> Recipe:
    """The recipe that `text` (TOML) describes; what it leaves out has its default.

    Args:
        text: The content of a recipe file.
        where: How to call it in messages: its path.

    Raises:
        RecipeError: The text is not TOML, or not a recipe. `problems` holds everything found.
    """
    return recipe_from_data(parse_toml(text, where), text, where)


def read_recipe(path: Path) -> Recipe:
    """The recipe in the file at `path`.

    Raises:
        RecipeError: The file cannot be read, or as in `parse_recipe`.
    """
    return parse_recipe(read_text(path), str(path))


def recipe_from_data(data: dict[str, Any], text: str, where: str) -> Recipe:
    """The recipe of parsed TOML; `text` serves to find the lines of its problems.

    Raises:
        RecipeError: With everything that is wrong.
    """
    findings = find_problems(data)
    if not findings:
        return Recipe.model_validate(data)
    lines = key_lines(text)
    findings.sort(key=lambda finding: lines.get(finding[0], 0))
    places = {key: f"{key} (line {line})" for key, line in lines.items()}
    problems = as_problems(findings, places)
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    raise RecipeError(f"{count} to mend before it can be used:", where=where, problems=problems)


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """The tables of `text`.

    Raises:
        RecipeError: It is not TOML; the message says at which line.
    """
    try:
        return parsing.parse_toml(text)
    except ParseError as error:
        fix = "Words need quotes, true and false have none, and a key stands once in its table."
        raise RecipeError(str(error), where=where, fix=fix) from error


def read_text(path: Path) -> str:
    """The text of a file, with or without the mark that some editors put at its start.

    Raises:
        RecipeError: It cannot be opened, is not a regular file, is too large, or is not UTF-8.
    """
    try:
        return read_regular(path, most=LARGEST).decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        fix = "Check the path." if isinstance(error, FileNotFoundError) else ""
        raise RecipeError(f"cannot be read: {reason}", where=str(path), fix=fix) from error
    except UnicodeDecodeError as error:
        raise RecipeError(
            "is not a text in UTF-8", where=str(path), fix="Give a recipe in TOML, saved as UTF-8."
        ) from error


def key_lines(text: str) -> dict[str, int]:
    """Line (from 1) of each dotted key and of each table's head.

    A key inside a multi-line string may be listed too; that does no harm, as only the keys
    with problems are looked up, and the first place wins.
    """
    lines: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if head := _TABLE.match(line):
            table = head[1]
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault(f"{table}.{key[1]}" if table else key[1], number)
    return lines
