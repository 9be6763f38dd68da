"""What is never read from another program's file, and never shown: secrets, and things to run."""

from __future__ import annotations

import re
from typing import Any

HIDDEN = "(hidden)"
LONGEST_SHOWN = 60

_SECRET_KEY = re.compile(
    r"api_?key|secret|passw|credential|(^|[_.])(access|auth|hf|huggingface|hub|wandb)_?token|^token$",
    re.IGNORECASE,
)
# Tokens of a model hub, of the experiment trackers that trainers log to, and of code hosts.
_SECRET_VALUE = re.compile(r"\b(hf_|api_org_|sk-|ghp_|github_pat_)[A-Za-z0-9_-]{16,}")
_SECRET_OPTION = re.compile(r"(token|api_?key|secret|passw)\w*[=\s]+\S", re.IGNORECASE)


def is_secret(key: str, value: Any) -> bool:
    """Whether a setting holds a secret, by its name or by the look of its value.

    `keep_tokens`, `class_tokens` and their like are words of captions, no secrets.
    """
    if _SECRET_KEY.search(key):
        return True
    shown = str(value)
    option = key == "additional_parameters" and _SECRET_OPTION.search(shown)
    return bool(_SECRET_VALUE.search(shown) or option)


def shown(value: Any) -> str:
    """A value for the eye: short, on one line, and without letters that steer a terminal."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    words = str(value)
    plain = "".join(letter if letter.isprintable() else " " for letter in words)
    return plain if len(plain) <= LONGEST_SHOWN else plain[: LONGEST_SHOWN - 3] + "..."
