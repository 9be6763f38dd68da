"""The report on a terminal: its order, its width, and names that steer nothing."""

import io
import re

import pytest

from lora_eval.language import Language
from lora_eval.pictures import Contender
from lora_eval.report.files import to_csv, to_json
from lora_eval.report.grouping import MOST_ROWS, undecided_rows
from lora_eval.report.summarising import summarise
from lora_eval.report.summary import Summary
from lora_eval.report.terminal import show
from lora_wizard.consoles import console
from tests.evaluate.report.making import first_seeds, folder, never

HOSTILE = ("[/]", "mira [red]", "mira[bold]", ":smile:", "a\x1b]0;x\x07b", "x\u202egnp.y", "a\nb")


def printed(summary: Summary, width: int = 80, *, everything: bool = False) -> str:
    stream = io.StringIO()
    show(summary, console(file=stream, width=width), everything=everything)
    return stream.getvalue()


def labelled(*labels: str, language: Language = "en") -> Summary:
    members = {
        f"lora-{number}": Contender(
            id=f"lora-{number}", label=label, path=f"{number}", sha256=f"{number}", series=label
        )
        for number, label in enumerate(labels)
    }
    fails = {name: first_seeds(number % 3) for number, name in enumerate(members)}
    likeness = {name: 0.5 + 0.02 * number for number, name in enumerate(members)}
    return summarise([folder(fails, likeness=likeness, contenders=members)], language)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("label", HOSTILE)
def test_a_name_is_shown_as_it_is_and_steers_nothing(label: str, language: Language) -> None:
    text = printed(labelled(label, "other", language=language), 120)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    if label.isprintable():
        assert label in text
    else:
        assert "\\x1b" in text or "\\u202e" in text or "a\\nb" in text


def test_names_that_differ_in_brackets_alone_stay_apart() -> None:
    text = printed(labelled("mira [red]", "mira[bold]"), 120)
    assert "mira [red]" in text and "mira[bold]" in text


def test_what_differs_most_comes_first_and_then_what_is_open() -> None:
    summary = summarise(
        [folder({"weak": never, "good": never}, likeness={"weak": 0.18, "good": 0.57})]
    )
    lines = printed(summary).splitlines()
    assert lines[0].strip() == "good looks more like the character than weak"
    assert "0.57 against 0.18" in lines[1]
    order = ["Compare:", "No clear difference", "Not judged", "How many more", "How often"]
    heads = [line for line in lines if line.startswith(tuple(order))]
    shown = [next(each for each in order if line.startswith(each)) for line in heads]
    assert shown == [each for each in order if each in shown]
    assert "No clear difference" in shown and "How often" in shown


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_it_fits_the_width(width: int, language: Language) -> None:
    from rich.cells import cell_len

    text = printed(labelled("mira-long-name-2000", "mira-v2", language=language), width)
    assert max(cell_len(line.rstrip()) for line in text.splitlines()) <= width


def test_many_open_comparisons_are_one_row_a_failure() -> None:
    few, many = labelled("a", "b"), labelled("a", "b", "c", "d")
    assert len(few.undecided) <= MOST_ROWS < len(many.undecided)
    assert len(undecided_rows(few).rows) == len(few.undecided)
    grouped = undecided_rows(many).rows
    assert len(grouped) <= 4
    assert sum(int(row[1]) for row in grouped) == len(many.undecided)
    assert len(undecided_rows(many, grouped=False).rows) == len(many.undecided)
    assert len(printed(many).splitlines()) < len(printed(many, everything=True).splitlines())


def test_in_japanese_no_english_sentence_is_left() -> None:
    text = printed(labelled("mira", "yuki", language="ja"))
    words = set(re.findall(r"[A-Za-z]{2,}", text))
    known = {"mira", "yuki", "LoRA", "CLIP", "prompt", "paperdoll", "made", "report", "html", "all"}
    assert words <= known | {"training", "images", "suite", "strength"}


def test_files_hold_no_steering_character_and_no_formula() -> None:
    made = folder({"heads": first_seeds(1)})
    rows = tuple(
        row.__class__(
            row.picture.model_copy(update={"prompt": "=HYPERLINK(1)\x1b[2J\u202e"}),
            row.sha256, row.judgements, likeness=-0.25,
        )
        for row in made.rows
    )  # fmt: skip
    made = made.__class__(made.folder, made.manifest, made.judged_with, rows)
    text = to_csv([made])
    assert "'=HYPERLINK(1)\\x1b[2J\\u202e" in text
    assert ",-0.25," in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert to_json(summarise([made], "ja")).isascii()
