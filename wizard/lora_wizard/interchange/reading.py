"""A file of another program as plain data: JSON or TOML, and nothing else.

Refuses whatever could run something when read, such as pickles and YAML, and anything huge. Where
a file is neither, the message says what stands in the way: a comment, a comma too many.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lora_wizard.errors import RecipeError
from lora_wizard.files import read_regular
from lora_wizard.parsing import ParseError, parse_json, parse_toml

LARGEST = 2_000_000
"""Bytes; settings are a few thousand."""

_ADVICE = "Give a settings file of another trainer: JSON or TOML"
_JSON_TOKEN = re.compile(
    r'(?P<text>"(?:[^"\\\n]|\\.)*")|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z)|\#[^\n]*)'
    r"|(?P<comma>,\s*(?=[}\]]))",
    re.DOTALL,
)
_YAML = re.compile(r"(?:---|-\s|[\w.-]+:(?:\s|$))")
_STARTS = (
    (b"PK\x03\x04", "is a ZIP archive or a model, not a text"),
    (b"\x89PNG", "is a picture, not a text"),
    (b"\xff\xd8\xff", "is a picture, not a text"),
)


def read_data(path: Path) -> tuple[dict[str, Any], bool]:
    """The file's settings, and whether it is JSON.

    Raises:
        RecipeError: it cannot be read, or is neither JSON nor TOML.
    """
    where = str(path)
    text = _text(path)
    if not text.strip():
        raise RecipeError("is empty", where=where, fix=_ADVICE)
    is_json = _looks_like_json(text, path)
    try:
        data = parse_json(text) if is_json else parse_toml(text)
    except ParseError as error:
        what = _json_fault(text, str(error)) if is_json else _toml_fault(text, str(error))
        raise RecipeError(what, where=where, fix=_ADVICE) from error
    if isinstance(data, list):
        what = "holds a list, where settings stand by name"
        raise RecipeError(what, where=where, fix=_ADVICE)
    if not isinstance(data, dict):
        raise RecipeError("holds no settings by name", where=where, fix=_ADVICE)
    return data, is_json


def _text(path: Path) -> str:
    where = str(path)
    try:
        content = read_regular(path, most=LARGEST)
    except OSError as error:
        reason = error.strerror or str(error)
        raise RecipeError(f"cannot be read: {reason}", where=where, fix="Check the path") from error
    for start, what in _STARTS:
        if content.startswith(start):
            raise RecipeError(what, where=where, fix=_ADVICE)
    # Editors of Windows save "Unicode" so, with a mark.
    utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecipeError("is not a text in UTF-8", where=where, fix=_ADVICE) from error


def _looks_like_json(text: str, path: Path) -> bool:
    start = text.lstrip()
    if start.startswith(("{", "//", "/*")):
        return True
    # A bracket begins a list of JSON, or a table of TOML.
    return start.startswith("[") and path.suffix.lower() == ".json"


def _json_fault(text: str, reason: str) -> str:
    """What is wrong with JSON that does not parse, by trying what people write in it."""
    if text.lstrip().startswith("<"):
        return "is a web page, not settings"
    found = [match for match in _JSON_TOKEN.finditer(text) if match.lastgroup != "text"]
    mended = _JSON_TOKEN.sub(_without, text)
    try:
        parse_json(mended)
    except ParseError:
        return reason.replace("it is not JSON", "is not JSON", 1)
    kinds = {match.lastgroup for match in found}
    first = text.count("\n", 0, found[0].start()) + 1
    if "comment" in kinds:
        return f"is not JSON: comments are not allowed in it (the first is in line {first})"
    return f"is not JSON: there is a comma too many before a bracket in line {first}"


def _without(match: re.Match[str]) -> str:
    return match[0] if match.lastgroup == "text" else " "


def _toml_fault(text: str, reason: str) -> str:
    start = text.lstrip()
    if start.lower().startswith(("<!doctype", "<html", "<?xml")):
        return "is a web page, not settings"
    reason = reason.replace("it is not TOML", "is not TOML", 1)
    first = next((line for line in text.splitlines() if line.strip() and line[0] != "#"), "")
    if _YAML.match(first):
        return f"{reason}. It looks like YAML, which is not read"
    return reason
