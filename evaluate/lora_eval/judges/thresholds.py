"""The judges' thresholds out of their one file, checked against what the rules read."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lora_eval.errors import DetectorError, Problem
from lora_eval.judges import registered
from lora_eval.judges.needs import needed_by
from lora_eval.judges.registry import Thresholds
from lora_wizard.parsing import parse_toml

SHIPPED_THRESHOLDS = Path(__file__).with_name("thresholds.toml")
DETECTORS: tuple[str, ...] = ("paperdoll", "deepghs", "animeface")
"""The detectors that may have sections of their own; any other gets the defaults."""


@dataclass(frozen=True, slots=True)
class AllThresholds:
    """Every judge's numbers."""

    version: int
    sha256: str
    """Of the file's bytes."""
    defaults: Mapping[str, Thresholds]
    by_detector: Mapping[tuple[str, str], Thresholds]
    """What differs, by judge and detector."""

    def of(self, judge: str, detector: str) -> Thresholds:
        """One judge's numbers for a detector. Raises KeyError for an unknown judge."""
        return {**self.defaults[judge], **self.by_detector.get((judge, detector), {})}


def load_thresholds(path: Path = SHIPPED_THRESHOLDS) -> AllThresholds:
    """Reads and checks a file of thresholds.

    Raises:
        DetectorError: it cannot be read, or a judge lacks a number, or a name is unknown; all
            problems together.
    """
    try:
        content = path.read_bytes()
        table: dict[str, Any] = parse_toml(content)
    except (OSError, ValueError) as error:
        raise DetectorError(f"the thresholds cannot be read ({error})", where=str(path)) from error
    problems: list[Problem] = []
    version = table.pop("version", None)
    if not isinstance(version, int) or isinstance(version, bool):
        problems.append(Problem("version", "there is no whole number", "Write `version = 1`."))
    defaults: dict[str, Thresholds] = {}
    special: dict[tuple[str, str], Thresholds] = {}
    for judge in registered():
        section = table.pop(judge, {})
        if isinstance(section, dict):
            _take(judge, section, defaults, special, problems)
        else:
            problems.append(Problem(judge, "is no section", f"Begin it with [{judge}]."))
    problems += [Problem(name, "there is no such judge", "Remove it.") for name in table]
    if problems:
        raise DetectorError("These thresholds cannot be used:", where=str(path), problems=problems)
    assert isinstance(version, int)
    return AllThresholds(version, hashlib.sha256(content).hexdigest(), defaults, special)


def _take(
    judge: str,
    section: Mapping[str, Any],
    defaults: dict[str, Thresholds],
    special: dict[tuple[str, str], Thresholds],
    problems: list[Problem],
) -> None:
    """One judge's section, into `defaults` and `special`."""
    needed = needed_by(registered()[judge].rule)
    plain = {name: value for name, value in section.items() if name not in DETECTORS}
    for name in sorted(needed - plain.keys()):
        problems.append(Problem(f"{judge}.{name}", "is missing", "Give it a number."))
    defaults[judge] = _numbers(judge, plain, needed, problems)
    for detector in DETECTORS:
        if detector in section:
            where = f"{judge}.{detector}"
            special[judge, detector] = _numbers(where, section[detector], needed, problems)


def _numbers(
    where: str, values: object, needed: frozenset[str], problems: list[Problem]
) -> Thresholds:
    if not isinstance(values, dict):
        problems.append(Problem(where, "is no section", f"Begin it with [{where}]."))
        return {}
    numbers: dict[str, float] = {}
    for name, value in values.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if name not in needed:
            problems.append(Problem(f"{where}.{name}", "no rule reads it", "Remove it."))
        elif not is_number or not math.isfinite(value):
            problems.append(Problem(f"{where}.{name}", "is no number", "Give it one."))
        else:
            numbers[name] = float(value)
    return numbers
