"""The U-Net's blocks by name, and values given to some of them: `input_4-8=16`.

Blocks are numbered as in the checkpoint (LDM), which is how other trainers count them, too:
`input_1` to `input_11`, `middle` and `output_0` to `output_11` in SD1 and SD2; in SDXL up to
`input_8` and `output_8`. `middle_0` to `middle_2` are the parts of the middle.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

SIDES = {"input": 12, "middle": 3, "output": 12}
"""How many blocks each part of the U-Net may have."""
_ENTRY = re.compile(r"\s*(input|middle|output)(?:_(\d+)(?:-(\d+))?)?\s*=\s*(\S+)\s*")
EXAMPLE = "Write it as input_4=16, output_3-5=0.5 or middle=0."


def block_values(entries: Sequence[str]) -> dict[str, float]:
    """The value of every block that is named; of several entries for one the last counts.

    Args:
        entries: `NAME=VALUE` each: a block, a run of blocks, or a whole side.

    Raises:
        ValueError: an entry has not this form; its text says why.
    """
    found: dict[str, float] = {}
    for entry in entries:
        names, value = _taken_apart(entry)
        found |= dict.fromkeys(names, value)
    return found


def wrong_blocks(
    key: str, entries: Sequence[str], least: float, most: float, *, whole: bool
) -> list[tuple[str, str, str]]:
    """What is wrong with the entries of a setting: key, what, fix.

    Args:
        least: The smallest value that is allowed.
        most: The largest.
        whole: Whether values are whole numbers.
    """
    findings = []
    for entry in entries:
        try:
            _, value = _taken_apart(entry)
        except ValueError as error:
            findings.append((key, str(error), EXAMPLE))
            continue
        if not least <= value <= most or (whole and value != int(value)):
            kind = "a whole number" if whole else "a number"
            what = f"{entry!r}: the value must be {kind} from {least:g} to {most:g}"
            findings.append((key, what, ""))
    return findings


def entries_of(values: Iterable[tuple[str, float]]) -> tuple[str, ...]:
    """Values of blocks as entries, runs of equal ones in one."""
    return tuple(_written(*run) for run in _runs(values))


def _taken_apart(entry: str) -> tuple[list[str], float]:
    match = _ENTRY.fullmatch(entry)
    if match is None:
        raise ValueError(f"{entry!r} is not BLOCK=VALUE")
    side, first, last, text = match.groups()
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{entry!r}: {text!r} is no number") from None
    if first is None:
        return [f"{side}_{number}" for number in range(SIDES[side])], value
    numbers = range(int(first), int(last or first) + 1)
    if not numbers or numbers[-1] >= SIDES[side]:
        raise ValueError(f"{entry!r}: {side} blocks run from 0 to {SIDES[side] - 1}")
    return [f"{side}_{number}" for number in numbers], value


def _runs(values: Iterable[tuple[str, float]]) -> Iterator[tuple[str, int, int, float]]:
    run: tuple[str, int, int, float] | None = None
    for name, value in values:
        side, _, number = name.partition("_")
        place = int(number)
        if run is not None and run[0] == side and run[2] == place - 1 and run[3] == value:
            run = (side, run[1], place, value)
            continue
        if run is not None:
            yield run
        run = (side, place, place, value)
    if run is not None:
        yield run


def _written(side: str, first: int, last: int, value: float) -> str:
    if (first, last) == (0, SIDES[side] - 1):
        return f"{side}={value:g}"
    run = f"{first}" if first == last else f"{first}-{last}"
    return f"{side}_{run}={value:g}"
