"""What the name of a folder of pictures must not be: a date, a huge number, or no UTF-8. Pure.

The number in front of a folder's name says how often an epoch sees each picture. `20240115_mira`
would be seen 20 million times, which nobody means.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from lora_wizard.dataset.records import Folder
from lora_wizard.errors import Problem
from lora_wizard.output import printable

MOST_REPEATS = 10_000
"""Of one picture in an epoch; far more than anybody uses."""
MOST_SHOWN = 1_000_000
"""Pictures of one epoch, repeats counted: what is planned in a second."""

_DATES = (
    ("%Y%m%d", r"\d{8}"),
    ("%y%m%d", r"\d{6}"),
    ("%Y%m", r"\d{6}"),
    ("%d%m%Y", r"\d{8}"),
    ("%m%d%Y", r"\d{8}"),
    ("%Y%m%d%H%M", r"\d{12}"),
    ("%Y%m%d%H%M%S", r"\d{14}"),
)
_YEARS = range(1900, 2100)
_SECONDS = range(946_684_800, 4_102_444_800)
"""Of a time stamp from 2000 to 2099, in seconds since 1970."""
_MONTH = re.compile(r"(0[1-9]|1[0-2])(?:[_.-]|$|\d{2}(?!\d))")


def looks_like_date(folder_name: str) -> bool:
    """Whether a folder's name begins with a date (`20240115`, `240115`, `2024_01`) or a time."""
    number, _, rest = folder_name.partition("_")
    if not (number.isascii() and number.isdecimal()):
        return False
    if len(number) == 4:
        return int(number) in _YEARS and _MONTH.match(rest) is not None
    if len(number) in (10, 13) and int(number[:10]) in _SECONDS:
        return True
    return any(
        re.fullmatch(digits, number) is not None and _is_date(number, form)
        for form, digits in _DATES
    )


def is_perhaps_year(folder: Folder) -> bool:
    """Whether the repeats of a folder may be a year, as in `2024_mira`."""
    number = folder.path.name.partition("_")[0]
    return number == str(folder.repeats) and folder.repeats in range(1980, _YEARS.stop)


def name_problems(folders: Sequence[Folder], key: str) -> list[Problem]:
    """Names of folders that cannot be used, and an epoch that would be far too long."""
    problems = [problem for folder in folders for problem in _problems(folder, key)]
    shown = sum(folder.repeats * folder.picture_count for folder in folders)
    if not problems and shown > MOST_SHOWN:
        what = (
            f"would show {shown:,} pictures in an epoch, repeats counted; "
            f"at most {MOST_SHOWN:,} are planned"
        )
        fix = "Lower the numbers in front of the folders' names, and train more epochs instead."
        problems.append(Problem(key, what, fix))
    return problems


def utf8_problem(name: str, where: str) -> list[Problem]:
    """That a name is not UTF-8, so that no recipe, caption or LoRA could hold it."""
    if is_utf8(name):
        return []
    what = f"the name {printable(name)} is not UTF-8, so that it cannot be written into a recipe"
    return [Problem(where, what, "Rename it; `convmv -f sjis -t utf8` does so for many at once.")]


def is_utf8(name: str) -> bool:
    """Whether a name that the system gave can be written as UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _problems(folder: Folder, key: str) -> list[Problem]:
    name = folder.path.name
    where = f"{key} ({folder.path})"
    found = utf8_problem(name, where)
    number, _, rest = name.partition("_")
    if folder.repeats == 1:
        return found
    is_date = looks_like_date(name)
    if folder.repeats > MOST_REPEATS or is_date:
        asked = ": a date?" if is_date else f"; at most {MOST_REPEATS:,} are accepted"
        what = (
            f"the number {number} in front of the name means {folder.repeats:,} repeats of each "
            f"picture{asked}"
        )
        tail = f"{number}_{rest}" if rest else number
        fix = f"Rename the folder to 10_{tail}: each picture is then seen 10 times an epoch."
        found.append(Problem(where, what, fix))
    return found


def _is_date(number: str, form: str) -> bool:
    try:
        return datetime.strptime(number, form).year in _YEARS
    except ValueError:
        return False
