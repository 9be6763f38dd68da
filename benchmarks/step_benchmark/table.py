"""All cases in one table of Markdown: each measured by the command itself, in its own process.

A process for each case keeps the models of one out of the memory of the next. Where there is no
GPU, its rows say so; nothing is filled in.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .cases import Case

HEADER = (
    "device", "model", "precision", "batch", "rank", "s/step", "plain", "floor",
    "faster than plain", "x floor", "peak GB", "plain's peak GB",
)  # fmt: skip
WORDS = 5
"""Columns that say what was measured; the numbers come after them."""
MISSING = "not yet measured"


def table_of(cases: Sequence[Case], *, cuda: bool) -> str:
    """Measures the cases and writes them down: the machine, then a row a case and precision.

    Args:
        cases: in the order of the rows.
        cuda: whether this machine can run those for CUDA.
    """
    lines = [_row(HEADER), _row(["---"] * WORDS + ["---:"] * (len(HEADER) - WORDS))]
    machines: dict[str, None] = {}
    for case in cases:
        if case.device == "cuda" and not cuda:
            lines += [_row([*_words(case, each), MISSING]) for each in case.precisions]
            continue
        print(f"measuring: {' '.join(case.arguments())}", file=sys.stderr, flush=True)
        found = _measured(case)
        if isinstance(found, str):
            lines += [_row([*_words(case, each), found]) for each in case.precisions]
            continue
        machines[f"{case.device}: " + ", ".join(map(" ".join, found["machine"].items()))] = None
        lines += [
            _row([*_words(case, each), *_numbers(found["variants"], each)])
            for each in case.precisions
        ]
    return "\n".join([*(f"{machine}\n" for machine in machines), *lines]) + "\n"


def _measured(case: Case) -> dict[str, Any] | str:
    """What the command writes as JSON, or why it did not."""
    script = Path(__file__).parent.parent / "train_step.py"
    hidden = {"CUDA_VISIBLE_DEVICES": ""} if case.device == "cpu" else {}
    with TemporaryDirectory(prefix="train-step-") as name:
        file = Path(name) / "results.json"
        command = [sys.executable, str(script), *case.arguments(), "--memory", "--json", str(file)]
        done = subprocess.run(command, env=os.environ | hidden, stdout=sys.stderr)
        if done.returncode != 0 or not file.exists():
            return f"did not end well ({done.returncode})"
        results: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return results


def _words(case: Case, precision: str) -> list[str]:
    model = f"{case.size}, {case.resolution} px"
    return [case.device, model, precision, str(case.batch), str(case.rank)]


def _numbers(variants: Sequence[Mapping[str, Any]], precision: str) -> list[str]:
    found = {one["variant"]: one for one in variants if one["precision"] == precision}
    ours = found["ours"]
    times = [_figure(found[name]["median"]) for name in ("ours", "plain", "floor")]
    ratios = [_figure(ours[name]) for name in ("plain_times", "times_floor")]
    peaks = [found[name]["peak_bytes"] for name in ("ours", "plain")]
    return [*times, *ratios, *("-" if peak is None else f"{peak / 1e9:.1f}" for peak in peaks)]


def _figure(number: float) -> str:
    return f"{number:.3g}"


def _row(cells: Sequence[str]) -> str:
    padded = [*cells, *[""] * (len(HEADER) - len(cells))]
    return f"| {' | '.join(padded)} |"
