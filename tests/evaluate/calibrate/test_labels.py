"""Labels: a plain file, all mistakes told together, several people kept apart."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_eval.calibrate.labels import COLUMNS, Label, agreed, read_labels, write_labels
from lora_eval.errors import LabelError

LABELS = (
    Label("a.png", "floating_head", "yes", "AB", "2026-01-02"),
    Label("a.png", "split_view", "unsure", "AB", "2026-01-02"),
    Label("b.png", "floating_head", "no", "AB", "2026-01-02"),
)


def test_labels_come_back_as_they_were_written_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "labels.tsv"
    write_labels(path, reversed(LABELS))
    assert read_labels(path) == LABELS
    before = path.read_bytes()
    write_labels(path, LABELS)
    assert path.read_bytes() == before


def test_all_mistakes_are_told_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "labels.tsv"
    rows: list[tuple[str, ...]] = [
        COLUMNS,
        ("a.png", "floating_heads", "yes", "AB", ""),
        ("a.png", "noise", "maybe", "AB", ""),
        ("a.png", "noise", "yes", "", ""),
        ("a.png",),
    ]
    path.write_text("".join("\t".join(row) + "\n" for row in rows))
    with pytest.raises(LabelError) as error:
        read_labels(path)
    text = str(error.value)
    assert "Did you mean floating_head?" in text
    for line in ("line 2", "line 3", "line 4", "line 5"):
        assert line in text


def test_a_person_cannot_say_both(tmp_path: Path) -> None:
    path = tmp_path / "labels.tsv"
    both = (*LABELS, Label("a.png", "floating_head", "no", "AB", "2026-01-03"))
    write_labels(path, both)
    with pytest.raises(LabelError, match="says both"):
        read_labels(path)


def test_what_people_do_not_agree_on_is_left_out() -> None:
    second = Label("b.png", "floating_head", "yes", "CD")
    assert agreed(LABELS) == {("a.png", "floating_head"): True, ("b.png", "floating_head"): False}
    assert agreed((*LABELS, second)) == {("a.png", "floating_head"): True}


@pytest.mark.parametrize(("length", "holds"), [(4096, True), (4097, False), (200_000, False)])
def test_a_field_without_end_is_an_error_in_words(tmp_path: Path, length: int, holds: bool) -> None:
    path = tmp_path / "labels.tsv"
    line = "\t".join(("a" * length, "floating_head", "yes", "AB", ""))
    path.write_text("\t".join(COLUMNS) + "\n" + line + "\n")
    if holds:
        assert len(read_labels(path)) == 1
    else:
        with pytest.raises(LabelError, match="4,096 letters"):
            read_labels(path)


@pytest.mark.parametrize("file", ["a\tb.png", "a\nb.png", "a\rb.png", "\udce3.png"])
def test_a_name_that_no_field_can_hold_is_refused(tmp_path: Path, file: str) -> None:
    with pytest.raises(LabelError, match="Rename the file"):
        write_labels(tmp_path / "labels.tsv", [Label(file, "floating_head", "yes", "AB")])
    assert not (tmp_path / "labels.tsv").exists()


@given(st.binary(max_size=200))
def test_any_bytes_are_labels_or_an_error_in_words(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.tsv"
        path.write_bytes("\t".join(COLUMNS).encode() + b"\n" + content)
        try:
            read_labels(path)
        except LabelError as error:
            assert str(error)
