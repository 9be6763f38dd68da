"""Which language is spoken: the one asked for, else the one of the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Language = Literal["en", "ja"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


def choose_language(asked: str | None, environment: Mapping[str, str]) -> Language:
    """The language `asked` for where there is one, else the first that the environment names.

    Args:
        asked: A name of `LANGUAGES`, or None.
        environment: `LC_ALL`, `LC_MESSAGES` and `LANG` count in this order, as POSIX says; values
            such as `ja_JP.UTF-8`.

    Returns:
        English where the environment names no language, or one that there is no catalogue of.
    """
    set_values = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    wanted = asked or next(filter(None, set_values), "")
    short = wanted.replace("-", "_").partition("_")[0].partition(".")[0].lower()
    return next((language for language in LANGUAGES if language == short), "en")
