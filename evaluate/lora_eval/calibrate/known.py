"""What is known of the judges' reliability: the shipped result of `lora-eval calibrate`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lora_wizard.parsing import parse_json

SHIPPED = Path(__file__).parent / "calibration.json"
FORMAT = 1
AIM = 0.9
"""F1 from which a judge is called reliable."""


@dataclass(frozen=True, slots=True)
class KnownReliability:
    """One judge with one detector, on held-out pictures that a model made."""

    judge: str
    detector: str
    thresholds_version: int
    pictures: int
    positives: int
    f1: float
    f1_low: float
    f1_high: float
    sensitivity: float
    specificity: float
    staged: int = 0
    """Positives that were drawn with words that make the failure."""

    @property
    def reliable(self) -> bool:
        """Whether F1 reaches the aim."""
        return self.f1 >= AIM

    def __str__(self) -> str:
        staged = f" ({self.staged} staged)" if self.staged else ""
        return (
            f"F1 {self.f1:.2f} ({self.f1_low:.2f} to {self.f1_high:.2f}) on {self.pictures} "
            f"held-out pictures, {self.positives} of them with the failure{staged}"
        )


def known(judge: str, detector: str) -> KnownReliability | None:
    """The shipped reliability of a judge; None where it was not calibrated with this detector."""
    return _shipped().get((judge, detector))


@lru_cache(maxsize=1)
def _shipped() -> dict[tuple[str, str], KnownReliability]:
    try:
        table: Any = parse_json(SHIPPED.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    rows = [row for row in table["rows"] if row["part"] == "held out"]
    return {
        (row["judge"], table["detector"]): KnownReliability(
            judge=row["judge"],
            detector=table["detector"],
            thresholds_version=table["thresholds_version"],
            pictures=row["pictures"],
            positives=row["positives"],
            f1=row["f1"][0],
            f1_low=row["f1"][1],
            f1_high=row["f1"][2],
            sensitivity=row["recall"][0],
            specificity=row["specificity"][0],
            staged=row.get("staged_positives", 0),
        )
        for row in rows
        if None not in row["f1"] and None not in (row["recall"][0], row["specificity"][0])
    }
