"""The results as a table to read and as data to keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from .agreement import Curve, Who, compared, learned
from .settings import Precision, Settings, VariantName
from .sizes import SIZES
from .timing import Measured
from .variants import EXPLANATIONS

HEADER = (
    "variant", "precision", "s/step", "min", "max", "x floor", "x faster than plain",
    "than plain fp32", "trained", "peak MB",
)  # fmt: skip


def heading(settings: Settings, machine: Mapping[str, str]) -> str:
    """Two lines: the machine and the job."""
    size = SIZES[settings.size]
    job = (
        f"{settings.size} ({size.weights} weights), {settings.resolution} px, "
        f"batch {settings.batch}, rank {settings.rank}, text encoder and U-Net"
    )
    return f"{', '.join(f'{key} {value}' for key, value in machine.items())}\n{job}"


def table(measured: Sequence[Measured]) -> str:
    """A line for each variant and precision, and what the variants are."""
    lines = [HEADER, *(_cells(one, measured) for one in measured)]
    used = dict.fromkeys(one.variant for one in measured)
    said = [f"{variant}: {EXPLANATIONS[variant]}" for variant in used]
    return "\n".join([*_aligned(lines), *said])


def data(settings: Settings, machine: Mapping[str, str], results: Any) -> dict[str, Any]:
    """Everything as JSON takes it."""
    return {"machine": dict(machine), "settings": asdict(settings), **results}


def timing_data(measured: Sequence[Measured]) -> dict[str, Any]:
    return {
        "variants": [
            {**asdict(one), "median": one.median, **_compared(one, measured)} for one in measured
        ]
    }


def agreement_text(curves: Mapping[Who, Curve]) -> str:
    """How far apart, and how much was learned."""
    lines: list[Sequence[str]] = [("curve", "against", "mean |difference|", "shift", "largest")]
    for each in compared(curves):
        shares = (each.difference, each.shift, each.largest)
        numbers = [_percent(share) for share in shares]
        lines.append((" ".join(each.second), " ".join(each.first), *numbers))
    gains = [
        f"{' '.join(who)}: the last quarter's loss is {share:.3%} below the frozen model's"
        for who, share in learned(curves).items()
    ]
    return "\n".join([*_aligned(lines), *gains])


def agreement_data(curves: Mapping[Who, Curve]) -> dict[str, Any]:
    return {
        "losses": {" ".join(who): list(curve) for who, curve in curves.items()},
        "apart": [asdict(each) for each in compared(curves)],
        "learned": {" ".join(who): share for who, share in learned(curves).items()},
    }


def _cells(one: Measured, measured: Sequence[Measured]) -> tuple[str, ...]:
    return (
        one.variant,
        one.precision,
        _seconds(one.median),
        _seconds(min(one.seconds)),
        _seconds(max(one.seconds)),
        *(_ratio(ratio) for ratio in _compared(one, measured).values()),
        f"{one.trained:,}" if one.trained else "-",
        "-" if one.peak_bytes is None else f"{one.peak_bytes / 1e6:,.0f}",
    )


def _compared(one: Measured, measured: Sequence[Measured]) -> dict[str, float | None]:
    """Times as long as the floor in the same precision; and how many times as long plain takes."""
    floor = _found("floor", one.precision, measured)
    plain = _found("plain", one.precision, measured)
    plain_fp32 = _found("plain", "fp32", measured)
    return {
        "times_floor": one.times(floor) if floor else None,
        "plain_times": plain.times(one) if plain else None,
        "plain_fp32_times": plain_fp32.times(one) if plain_fp32 else None,
    }


def _found(
    variant: VariantName, precision: Precision, measured: Sequence[Measured]
) -> Measured | None:
    for one in measured:
        if (one.variant, one.precision) == (variant, precision):
            return one
    return None


def _ratio(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.4g}"


def _percent(share: float) -> str:
    return f"{share:.4%}"


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Words to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
