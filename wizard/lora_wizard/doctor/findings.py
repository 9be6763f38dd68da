"""What a check is given, and what it finds."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from lora_wizard.language import Language, catalogue, text

__all__ = ["Check", "Finding", "Level", "Situation", "fix_words", "title", "words"]


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """Something will not work as well as it could."""
    ERROR = "error"
    """Training or the screens cannot work like this."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Where the checks are made: what a test wants to choose is in here."""

    root: Path
    """The folder of runs; it need not be there."""
    environment: Mapping[str, str]
    is_terminal: bool = False
    size: tuple[int, int] = (80, 24)
    """Columns and rows of the terminal."""
    encoding: str = "utf-8"
    """Of standard output."""
    with_torch: bool = False
    """Whether torch may be imported, in a process of its own: that takes seconds."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is so. Its words are `doctor.CHECK.OUTCOME` in the catalogue."""

    check: str
    outcome: str
    level: Level = Level.OK
    values: Mapping[str, object] = field(default_factory=dict)
    """What the words are filled in with."""


Check = Callable[[Situation], Iterator[Finding]]


def title(finding: Finding, language: Language = "en") -> str:
    """What was looked at."""
    return text(f"doctor.{finding.check}.title", language)


def words(finding: Finding, language: Language = "en") -> str:
    """What was found, in a sentence."""
    return text(f"doctor.{finding.check}.{finding.outcome}.what", language, **finding.values)


def fix_words(finding: Finding, language: Language = "en") -> str:
    """What to do about it; empty where there is nothing to do."""
    key = f"{finding.check}.{finding.outcome}.fix"
    if key not in catalogue("doctor", language):
        return ""
    return text(f"doctor.{key}", language, **finding.values)
