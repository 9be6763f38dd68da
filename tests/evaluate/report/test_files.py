"""The report's files and its terminal table."""

import csv
import io
import json

from lora_eval.judges import JUDGES
from lora_eval.report.files import to_csv, to_json
from lora_eval.report.summarising import summarise
from lora_eval.report.terminal import show
from lora_wizard.consoles import console
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
