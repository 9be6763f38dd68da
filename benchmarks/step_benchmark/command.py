"""The command line: what to measure, and where the results go."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import torch

from lora_wizard.errors import LoraWizardError

from .agreement import loss_curves
from .cases import CASES
from .job import made_jobs
from .machine import machine
from .memory import CHILD, own_peak, peaks
from .report import agreement_data, agreement_text, data, heading, table, timing_data
from .settings import LEARNING_RATE, PRECISIONS, VARIANTS, Precision, Settings, VariantName
from .sizes import SIZES
from .table import table_of
from .timing import Measured, measure

AGREE_STEPS = 40


def main(arguments: list[str]) -> int:
    """Runs the benchmark. 0 = measured."""
    chosen = _parser().parse_args(arguments)
    if chosen.table:
        return _table(chosen.table)
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    settings = _settings(chosen)
    try:
        if chosen.as_memory_child:
            print(json.dumps({"peak_bytes": own_peak(settings)}))
            return 0
        about = machine()
        print(heading(settings, about), flush=True)
        if chosen.agree:
            results = _agree(settings, chosen.agree)
        else:
            results = _time(settings, arguments, with_memory=chosen.memory)
    except LoraWizardError as error:
        print(error, file=sys.stderr)
        return 1
    if chosen.json:
        content = json.dumps(data(settings, about, results), indent=2)
        chosen.json.write_text(content + "\n", encoding="utf-8")
    return 0


def _table(file: Path) -> int:
    content = table_of(CASES, cuda=torch.cuda.is_available())
    print(content)
    file.write_text(content, encoding="utf-8")
    return 0


def _time(settings: Settings, arguments: list[str], *, with_memory: bool) -> dict[str, Any]:
    # First, while this process is small: two full-size models at once would not fit.
    peak = peaks(settings, arguments) if with_memory else {}
    with made_jobs(settings) as jobs:
        measured = measure(settings, jobs)
    measured = [one.with_peak(peak.get((one.variant, one.precision))) for one in measured]
    _check_same_size(measured)
    print(f"{settings.rounds} rounds of {settings.steps_per_turn} step(s) each, in turns")
    print(table(measured))
    return timing_data(measured)


def _agree(settings: Settings, steps: int) -> dict[str, Any]:
    with made_jobs(settings) as jobs:
        curves = loss_curves(settings, jobs, steps)
    print(f"{steps} steps at learning rate {settings.learning_rate:g}")
    print(agreement_text(curves))
    return agreement_data(curves)


def _check_same_size(measured: list[Measured]) -> None:
    counts = {one.trained for one in measured if one.trained}
    if len(counts) > 1:
        raise RuntimeError(f"the variants train unequally many numbers: {sorted(counts)}")


def _settings(chosen: argparse.Namespace) -> Settings:
    size = SIZES[chosen.size]
    return Settings(
        size=chosen.size,
        resolution=chosen.resolution or size.resolution,
        batch=chosen.batch or size.batch,
        rank=chosen.rank or size.rank,
        precisions=cast(tuple[Precision, ...], chosen.precision),
        variants=cast(tuple[VariantName, ...], chosen.variants),
        rounds=chosen.rounds,
        steps_per_turn=chosen.steps_per_turn,
        warm_up=chosen.warm_up,
        learning_rate=chosen.learning_rate,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="train_step.py",
        description="Seconds and memory of one training step of a LoRA: this trainer, diffusers + "
        "peft in a plain loop, and the frozen model alone, in turns.",
    )
    add = parser.add_argument
    add("--size", choices=list(SIZES), default="paperdoll", help="the model (default paperdoll)")
    add("--resolution", type=_count, help="side of the pictures in pixels")
    add("--batch", type=_count, help="pictures in a step")
    add("--rank", type=_count, help="rank of every adapted layer; alpha is the same")
    add(
        "--precision",
        type=_several(PRECISIONS),
        default=PRECISIONS,
        help="fp32, bf16 or both (default: fp32,bf16)",
    )
    add(
        "--variants",
        type=_several(VARIANTS),
        default=VARIANTS,
        help=f"which to measure (default: {','.join(VARIANTS)})",
    )
    add("--rounds", type=_count, default=10, help="turns of each variant (default 10)")
    add("--steps-per-turn", type=_count, default=1, help="steps in a turn (default 1)")
    add("--warm-up", type=_count, default=1, help="turns before, not counted (default 1)")
    add("--threads", type=_count, help="threads of PyTorch (default: PyTorch's own choice)")
    add("--learning-rate", type=float, default=LEARNING_RATE, help=f"default {LEARNING_RATE:g}")
    add("--memory", action="store_true", help="peak memory too, each variant in its own process")
    add(
        "--agree",
        type=_count,
        nargs="?",
        const=AGREE_STEPS,
        metavar="STEPS",
        help="instead of timing, compare the loss curves of "
        f"precisions and trainers (default {AGREE_STEPS} steps)",
    )
    add(
        "--table",
        type=Path,
        metavar="FILE",
        help="measure all usual cases, one after the other, and write a table of Markdown there; "
        "other options do not count then",
    )
    add("--json", type=Path, metavar="FILE", help="write the results there too")
    add(CHILD, action="store_true", help=argparse.SUPPRESS)
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _several(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """Reads names with commas between them; each once, in the order of `known`."""

    def read(text: str) -> tuple[str, ...]:
        asked = {name.strip() for name in text.split(",")}
        if unknown := sorted(asked - set(known)):
            raise argparse.ArgumentTypeError(
                f"{', '.join(unknown)}: known here are {', '.join(known)}"
            )
        return tuple(name for name in known if name in asked)

    return read
