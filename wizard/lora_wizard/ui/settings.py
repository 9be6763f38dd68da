"""How the screens are shown on this terminal, as asked for and as the terminal is. Pure."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lora_wizard.language import Language, choose_language
from lora_wizard.runs import DEFAULT_ROOT

__all__ = ["UiSettings", "choose_settings", "is_remote", "terminal_environment"]


@dataclass(frozen=True, slots=True)
class UiSettings:
    """What every screen respects."""

    language: Language = "en"
    ascii: bool = False
    """No character outside ASCII in frames, charts and bars."""
    slow: bool = False
    """A slow connection: few redraws, and pictures only on demand."""
    root: Path = DEFAULT_ROOT
    """The folder of runs."""
    pictures: Literal["half", "off"] = "half"
    """Samples drawn as coloured half blocks, or named only."""

    encoding: str = "utf-8"
    """Of the terminal."""
    paced: bool = False
    """A line between, on which a key's answer would have to queue behind what was sent before."""

    @property
    def redraw_seconds(self) -> float:
        """The least time between two redraws of what moves by itself."""
        return 5.0 if self.slow else 1.0


def choose_settings(
    *,
    language: str | None,
    ascii: bool | None,
    slow: bool,
    root: Path,
    environment: Mapping[str, str],
    encoding: str,
) -> UiSettings:
    """Settings from what was asked for and what the terminal tells of itself.

    Args:
        language: As asked for; None for the terminal's.
        ascii: As asked for; None for what the encoding can show.
        slow: Whether the connection is slow.
        root: The folder of runs.
        environment: Of the process.
        encoding: Of standard output, such as `utf-8`.
    """
    plain = not is_utf8(encoding) if ascii is None else ascii
    return UiSettings(
        language=choose_language(language, environment),
        ascii=plain,
        slow=slow,
        root=root,
        pictures="off" if plain or environment.get("NO_COLOR") else "half",
        encoding=encoding,
        paced=slow or is_remote(environment),
    )


def is_utf8(encoding: str) -> bool:
    """Whether an encoding, by any of its names, holds every character."""
    try:
        return codecs.lookup(encoding).name == "utf-8"
    except LookupError:
        return False


def is_remote(environment: Mapping[str, str]) -> bool:
    """Whether the terminal is at the other end of an SSH connection."""
    return bool(environment.get("SSH_TTY") or environment.get("SSH_CONNECTION"))


def terminal_environment(environment: Mapping[str, str], *, slow: bool) -> dict[str, str]:
    """What Textual has to find in the environment when it is imported.

    Each frame is sent over the wire: nothing glides, and few frames a second are plenty. What the
    user set counts.
    """
    frames = "5" if slow else "15" if is_remote(environment) else "30"
    wishes = {
        "TEXTUAL_ANIMATIONS": "none",
        "TEXTUAL_SMOOTH_SCROLL": "0",
        "TEXTUAL_FPS": frames,
    }
    return {name: value for name, value in wishes.items() if name not in environment}
