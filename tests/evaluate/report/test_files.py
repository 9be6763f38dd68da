"""The report's files and its terminal table."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from lora_eval.judges import JUDGES
from lora_eval.report.files import to_csv, to_json, write
from lora_eval.report.summarising import summarise
from lora_eval.report.terminal import show
from lora_wizard.consoles import console
from lora_wizard.output import printable
from tests.evaluate.report.making import first_seeds, folder, never


def test_the_same_folders_give_the_same_bytes() -> None:
    made = [folder({"heads": first_seeds(2), "bodies": never}) for _ in range(2)]
    assert to_json(summarise([made[0]])) == to_json(summarise([made[1]]))
    assert json.loads(to_json(summarise([made[0]])))["format"] == 2
    assert to_csv([made[0]]) == to_csv([made[1]])


def test_the_csv_has_a_row_a_picture_and_two_columns_a_judge() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv([folder({"heads": first_seeds(2)})]))))
    assert len(rows) == 128
    assert sum(row["floating_head"] == "yes" for row in rows) == 16
    assert all(f"{judge}_score" in rows[0] for judge in JUDGES)


def test_the_table_fits_80_columns_and_says_who_fails_less() -> None:
    stream = io.StringIO()
    printer = console(file=stream, width=80)
    show(summarise([folder({"heads": first_seeds(2), "bodies": never})]), printer)
    text = stream.getvalue()
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    assert "25% (16–37%)" in text
    assert "bodies shows floating heads less often than heads" in " ".join(text.split())


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠"])
def test_no_cell_of_the_csv_is_a_formula(start: str) -> None:
    made = folder({"heads": first_seeds(2)})
    row = made.rows[0]
    picture = row.picture.model_copy(update={"prompt": f"{start}cmd|'/C calc'!A0"})
    problem = f"{start}1+1"
    changed = replace(made, rows=(replace(row, picture=picture, problem=problem), *made.rows[1:]))
    first = next(csv.DictReader(io.StringIO(to_csv([changed]))))
    shown = printable(start)
    assert first["prompt"] == f"'{shown}cmd|'/C calc'!A0"
    assert first["problem"] == f"'{shown}1+1"


def test_negative_numbers_stay_numbers_in_the_csv() -> None:
    made = folder({"heads": first_seeds(2)})
    picture = made.rows[0].picture.model_copy(update={"strength": -0.5, "seed": -3})
    changed = replace(made, rows=(replace(made.rows[0], picture=picture, likeness=-0.25),))
    first = next(csv.DictReader(io.StringIO(to_csv([changed]))))
    assert (first["strength"], first["seed"], first["likeness"]) == ("-0.5", "-3", "-0.25")


def test_a_folder_whose_name_is_not_utf8_is_written_as_its_escape(tmp_path: Path) -> None:
    made = replace(folder({"heads": first_seeds(2)}), folder="out\udce3")
    for name, text in (("a.csv", to_csv([made])), ("a.json", to_json(summarise([made])))):
        write(tmp_path / name, text)
        assert "e3" in (tmp_path / name).read_text(encoding="utf-8")
