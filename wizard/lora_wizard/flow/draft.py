"""Unfinished answers on the disk: a connection that breaks in the middle of them loses nothing.

One JSON file, whole or not at all. It keeps what the user gave and where they stood; what was
suggested is computed again. It may hold paths, so it is never shared, unlike presets.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from lora_wizard.atomic import atomic_write
from lora_wizard.errors import LoraWizardError, RecipeError
from lora_wizard.files import read_regular
from lora_wizard.flow.state import REVIEW, Begin, Flow
from lora_wizard.parsing import parse_json
from lora_wizard.questions import (
    BY_KEY,
    EMBEDDED,
    LANGUAGES,
    PATH_KINDS,
    Language,
    Value,
    located,
)
from lora_wizard.recipe import parse_recipe, recipe_to_toml

FORMAT = 1

_KINDS = ("defaults", "preset", "file", "import")


def draft_path() -> Path:
    """Where the draft lies unless told otherwise; it need not exist."""
    configured = Path(os.environ.get("XDG_STATE_HOME", ""))
    base = configured if configured.is_absolute() else Path.home() / ".local" / "state"
    return base / "lora-wizard" / "draft.json"


_LARGEST = 2_000_000
"""Bytes of a draft; it has a few thousand."""


def save_draft(flow: Flow, path: Path) -> None:
    """Writes the draft over the one before.

    Raises:
        OSError: the disk is full or may not be written; the draft before is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    content = json.dumps(flow_to_json(flow), ensure_ascii=False, indent=2)
    atomic_write(path, content + "\n")


def read_draft(path: Path) -> Flow | None:
    """The flow as it was left; None where no draft lies there.

    Raises:
        RecipeError: the file cannot be read, or is no draft of this version.
    """
    try:
        content = parse_json(read_regular(path, most=_LARGEST))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(path, str(error)) from error
    try:
        return flow_from_json(content)
    except (LoraWizardError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable(path, str(error)) from error


def remove_draft(path: Path) -> None:
    """Throws the draft away: the training began, or the user said so."""
    path.unlink(missing_ok=True)


def flow_to_json(flow: Flow) -> dict[str, Any]:
    """What a draft holds."""
    return {
        "format": FORMAT,
        "begin": {
            "kind": flow.begin.kind,
            "name": flow.begin.name,
            "recipe": recipe_to_toml(flow.begin.recipe),
        },
        "given": {key: _kept(key, value) for key, value in flow.given.items()},
        "place": flow.place,
        "returning": flow.returning,
        "language": flow.language,
    }


def flow_from_json(content: Any) -> Flow:
    """The flow of a draft. Answers to questions that no longer exist are left out.

    Raises:
        RecipeError, KeyError, TypeError, ValueError: it is no draft of this version.
    """
    if content["format"] != FORMAT:
        raise ValueError(f"format {content['format']!r} is not {FORMAT}")
    begin = content["begin"]
    if begin["kind"] not in _KINDS:
        raise ValueError(f"a draft cannot begin with {begin['kind']!r}")
    start = Begin(begin["kind"], str(begin["name"]), parse_recipe(begin["recipe"]))
    language = content["language"] if content["language"] in LANGUAGES else LANGUAGES[0]
    given = {key: _value(value) for key, value in content["given"].items() if key in BY_KEY}
    flow = Flow(start, language=cast(Language, language)).with_given(given)
    place = content["place"]
    # A place that does not apply any more: the first question is never wrong.
    if place != REVIEW and place not in {one.key for one in flow.questions}:
        return flow
    return replace(flow, place=place, returning=bool(content["returning"]))


def _kept(key: str, value: Value) -> Value:
    """An answer for the draft: a path holds in whatever folder the draft is read again."""
    is_path = BY_KEY[key].kind in PATH_KINDS and isinstance(value, str) and value != EMBEDDED
    return located(value) if is_path and isinstance(value, str) else value


def _value(value: Any) -> Value:
    if isinstance(value, list):
        return tuple(value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise TypeError(f"{value!r} is no answer")


def _unreadable(path: Path, reason: str) -> RecipeError:
    return RecipeError(
        f"the unfinished answers cannot be read ({reason})",
        where=str(path),
        fix="Move this file away to begin anew.",
    )
