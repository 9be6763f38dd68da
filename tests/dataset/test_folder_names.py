"""Folder names that are dates, huge numbers or no UTF-8."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.dataset.folder_names import (
    MOST_REPEATS,
    MOST_SHOWN,
    is_perhaps_year,
    looks_like_date,
    name_problems,
)
from lora_wizard.dataset.layout import find_folders
from lora_wizard.dataset.listing import repeats_and_name
from lora_wizard.dataset.records import Folder

from .conftest import WritePicture


def folder(name: str, pictures: int = 1) -> Folder:
    repeats, tokens = repeats_and_name(name) or (1, name)
    return Folder(Path("/set") / name, repeats, tokens, False, pictures)


def problems(*folders: Folder) -> list[str]:
    return [str(problem) for problem in name_problems(folders, "data.images")]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "20240115_mira",
            "240115_mira",
            "202401_mira",
            "2024_01_15_mira",
            "2024_01-15",
            "2024_12",
        ),
        *("20240115", "15012024_mira", "01312024_mira", "20240115123000_mira", "202401151230_x"),
        *("1705312345_mira", "1705312345123_mira", "19991231_mira", "2024_0115"),
    ],
)
def test_a_date_is_asked_about_and_a_name_suggested(name: str) -> None:
    assert looks_like_date(name)
    (said,) = problems(folder(name))
    assert "a date?" in said
    assert f"Rename the folder to 10_{name}: each picture is then seen 10 times" in said


@pytest.mark.parametrize(
    "name",
    ["10_mira", "1_20240115", "400_mira", "2024_mira", "2024_1girl", "2024_13", "mira_20240115"],
)
def test_plain_repeats_are_no_dates(name: str) -> None:
    assert not looks_like_date(name)
    assert problems(folder(name)) == []


@pytest.mark.parametrize(("repeats", "count"), [(MOST_REPEATS, 0), (MOST_REPEATS + 1, 1)])
def test_repeats_over_ten_thousand_are_refused_by_number(repeats: int, count: int) -> None:
    found = problems(folder(f"{repeats}_mira"))
    assert len(found) == count
    assert all("10,001 repeats" in said and "at most 10,000" in said for said in found)


def test_a_number_of_250_digits_is_refused() -> None:
    assert len(problems(folder("9" * 250))) == 1


@pytest.mark.parametrize(
    ("pictures", "count"), [(MOST_SHOWN // 100, 0), (MOST_SHOWN // 100 + 1, 1)]
)
def test_an_epoch_over_a_million_pictures_is_refused_by_number(pictures: int, count: int) -> None:
    found = problems(folder("100_mira", pictures))
    assert len(found) == count
    assert all("1,000,100 pictures in an epoch" in said for said in found)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2024_mira", True),
        ("1980_x", True),
        ("1979_x", False),
        ("2100_x", False),
        ("20_mira", False),
    ],
)
def test_a_year_is_doubted(name: str, expected: bool) -> None:
    assert is_perhaps_year(folder(name)) is expected


def test_a_year_is_noted_not_refused(tmp_path: Path, write_picture: WritePicture) -> None:
    write_picture("set/2024_mira/a.png")
    layout = find_folders(str(tmp_path / "set"), is_regularisation=False)
    assert not layout.problems
    assert "If it is a year, rename it to 10_2024_mira." in "\n".join(layout.notes)


@pytest.mark.parametrize("place", ["set", "set/20240115_mira"])
def test_a_date_is_refused_at_either_level(
    tmp_path: Path, write_picture: WritePicture, place: str
) -> None:
    write_picture("set/20240115_mira/a.png")
    (problem,) = find_folders(str(tmp_path / place), is_regularisation=False).problems
    assert "20,240,115 repeats of each picture: a date?" in problem.what


def test_a_folder_of_pictures_that_is_only_a_date_is_seen_once(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    write_picture("20240115/a.png")
    layout = find_folders(str(tmp_path / "20240115"), is_regularisation=False)
    assert (layout.problems, layout.folders[0].repeats) == ((), 1)


@pytest.mark.parametrize("at_root", [True, False])
def test_names_that_are_not_utf_8_are_problems(
    tmp_path: Path, write_picture: WritePicture, at_root: bool
) -> None:
    odd = os.fsdecode(b"10_\x83\x7e\x83\x89")
    write_picture("plain/10_mira/a.png")
    inner = tmp_path / "plain/10_mira"
    target = (inner.parent if at_root else inner).rename(
        (tmp_path if at_root else inner.parent) / odd
    )
    root = target if at_root else target.parent
    layout = find_folders(str(root), is_regularisation=False)
    (problem,) = layout.problems
    assert "is not UTF-8" in problem.what
    assert r"\x83" in problem.what or r"\udc83" in problem.what
    assert len(layout.pictures[0]) == 1
    layout.folders[0].class_tokens.encode()


@given(st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=60))
def test_any_folder_name_is_answered(name: str) -> None:
    one = folder(name)
    found = problems(one)
    assert bool(found) is (
        one.repeats != 1 and (one.repeats > MOST_REPEATS or looks_like_date(name))
    )


_DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31))


@given(_DAYS, st.sampled_from(["%Y%m%d", "%y%m%d", "%Y_%m_%d", "%Y_%m", "%Y%m", "%d%m%Y"]))
def test_any_day_of_these_two_centuries_is_a_date(day: date, form: str) -> None:
    assert looks_like_date(f"{day:{form}}_mira")
