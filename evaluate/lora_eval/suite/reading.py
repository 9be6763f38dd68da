"""Suites from TOML files: those that come along, and people's own; all problems at once."""

from __future__ import annotations

import difflib
import hashlib
import json
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from lora_eval.errors import Problem, SuiteError
from lora_eval.suite.model import Asked, Suite, SuitePrompt
from lora_wizard.parsing import ParseError, parse_toml

SUFFIX = ".toml"
FORMAT = 1


def find_suite(name_or_path: str) -> Suite:
    """A shipped suite by its name, or one from a file.

    Raises:
        SuiteError: there is no such suite, or it is not as it should be.
    """
    path = Path(name_or_path).expanduser()
    if path.suffix == SUFFIX or path.is_file():
        return read_suite(path)
    known = {suite.name: suite for suite in shipped_suites()}
    if name_or_path not in known:
        near = difflib.get_close_matches(name_or_path, known, n=1, cutoff=0.5)
        meant = f"Did you mean {near[0]}? " if near else ""
        fix = f"{meant}Known: {', '.join(known)}; or give the path of a TOML file"
        raise SuiteError("There is no such suite", where=f'"{name_or_path}"', fix=fix)
    return known[name_or_path]


@lru_cache(maxsize=1)
def shipped_suites() -> tuple[Suite, ...]:
    """The suites of this package, the smallest first."""
    folder = files("lora_eval") / "suites"
    found = [
        parse_suite(entry.read_text(encoding="utf-8"), entry.name)
        for entry in folder.iterdir()
        if entry.name.endswith(SUFFIX)
    ]
    return tuple(sorted(found, key=lambda suite: (suite.pictures, suite.name)))


def read_suite(path: Path) -> Suite:
    """The suite in a file.

    Raises:
        SuiteError: it cannot be read, is no TOML or no suite; `problems` holds all that is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        fix = "Check the path"
        raise SuiteError(f"cannot be read: {reason}", where=str(path), fix=fix) from error
    except UnicodeDecodeError as error:
        raise SuiteError("is not a text in UTF-8", where=str(path), fix="Save it so") from error
    return parse_suite(text, str(path))


def parse_suite(text: str, where: str = "suite") -> Suite:
    """The suite that `text` (TOML) describes.

    Raises:
        SuiteError: as in `read_suite`.
    """
    try:
        data = parse_toml(text)
    except ParseError as error:
        fix = "Words need quotes, and a key stands once in its table"
        raise SuiteError(str(error), where=where, fix=fix) from error
    version = data.get("format", FORMAT)
    if isinstance(version, int) and version > FORMAT:
        what = f"this is format {version}, from a newer lora-eval; this one reads {FORMAT}"
        raise SuiteError(what, where=where, fix="Update it with: pip install -U lora-wizard")
    try:
        # By way of JSON: there arrays are tuples, while all else stays strict. Dates become texts.
        return Suite.model_validate_json(json.dumps(_seeds_listed(data), default=str))
    except ValidationError as error:
        details = [each for each in error.errors() if not _follows_from_others(each)]
        problems = [_problem(detail) for detail in details]
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise SuiteError(f"{count} to mend:", where=where, problems=problems) from error


def suite_sha256(suite: Suite) -> str:
    """Of what the suite means: comments, order of keys and its title do not change it."""
    meaning = suite.model_dump(mode="json", exclude={"title", "name"})
    plain = json.dumps(meaning, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def _seeds_listed(data: dict[str, Any]) -> dict[str, Any]:
    """`seeds = { first = 1, count = 8 }` written out."""
    seeds = data.get("seeds")
    if isinstance(seeds, dict) and seeds.keys() == {"first", "count"}:
        first, count = seeds["first"], seeds["count"]
        if isinstance(first, int) and isinstance(count, int) and 0 < count <= 10_000:
            return {**data, "seeds": list(range(first, first + count))}
    return data


def _follows_from_others(detail: Any) -> bool:
    """A list that is only short because what stands in it was refused."""
    return detail["type"] == "too_short" and bool(detail["input"])


def _problem(detail: Any) -> Problem:
    place = ".".join(str(part + 1 if isinstance(part, int) else part) for part in detail["loc"])
    key = str(detail["loc"][-1]) if detail["loc"] else ""
    if detail["type"] == "extra_forbidden":
        known = _known_keys(detail["loc"])
        near = difflib.get_close_matches(key, known, n=1)
        fix = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(known)}"
        return Problem(place, "there is no such setting", fix)
    if detail["type"] == "missing":
        return Problem(place, "is missing", _MISSING.get(key, "Write it"))
    if detail["type"] == "value_error":
        return Problem(place, str(detail["ctx"]["error"]), "Each may be there once only")
    if detail["type"] == "too_short":
        return Problem(place, "is empty", _MISSING.get(key, "Write at least one"))
    if detail["loc"] == ("seeds",):
        return Problem(place, f"{detail['input']!r} is no list of seeds", _MISSING["seeds"])
    message = detail["msg"][:1].lower() + detail["msg"][1:]
    return Problem(place, f"{detail['input']!r} does not do: {message}", "")


_MISSING = {
    "prompts": "Write at least one [[prompts]] with id and text",
    "seeds": "Write at least one, such as seeds = [1, 2], or { first = 1, count = 8 }",
    "format": f"Write format = {FORMAT}",
    "id": "Lower-case letters, digits and hyphens",
}


def _known_keys(place: tuple[int | str, ...]) -> list[str]:
    model: type[BaseModel] = Suite
    if place[:1] == ("prompts",):
        model = Asked if "asks" in place[:-1] else SuitePrompt
    return list(model.model_fields)
