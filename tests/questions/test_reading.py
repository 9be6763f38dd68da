"""From a typed text to a value and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.questions import BY_KEY, Value
from lora_wizard.questions.reading import length_parts, read_value, show_value


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("number", " 1e-4 ", 1e-4),
        ("number", "１２８", 128),
        ("number", "many", "many"),
        ("yes_no", "Yes", True),
        ("yes_no", "いいえ", False),
        ("yes_no", "perhaps", "perhaps"),
        ("size", "512", (512, 512)),
        ("size", "512 x 768", (512, 768)),
        ("size", "wide", "wide"),
        ("length", "12", "12 epochs"),
        ("length", "1 epoch", "1 epochs"),
        ("length", "3200steps", "3200 steps"),
        ("length", "１２エポック", "12 epochs"),
        ("length", "300ステップ", "300 steps"),
        ("length", "long", "long"),
        ("prompts", "1girl, mio\n\n  2girls \n", ("1girl, mio", "2girls")),
        ("text", " ２人 ", "２人"),
    ],
)
def test_texts_are_read_by_the_kind_of_question(kind: str, typed: str, value: Value) -> None:
    assert read_value(kind, typed) == value


def test_nothing_is_no_number_only_where_that_may_be() -> None:
    assert BY_KEY["training.unet_lr"].read("") is None
    assert BY_KEY["network.rank"].read("") == ""


@given(st.floats(min_value=1e-9, max_value=1e9) | st.integers(0, 10**9))
def test_numbers_are_shown_as_they_are_read(value: float) -> None:
    assert read_value("number", show_value("number", value)) == value


@given(st.tuples(st.integers(1, 9999), st.integers(1, 9999)))
def test_sizes_are_shown_as_they_are_read(value: tuple[int, int]) -> None:
    assert read_value("size", show_value("size", value)) == value


def test_a_length_has_a_count_and_a_unit() -> None:
    assert length_parts("12 epochs") == (12, "epochs")
    assert length_parts("twelve") is None
    assert length_parts(None) is None


@pytest.mark.parametrize("kind", ["file", "folder", "model"])
def test_a_dropped_path_is_read_as_the_path(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "my pics"
    folder.mkdir()
    for typed in (f"'{folder}' ", str(folder).replace(" ", "\\ "), folder.as_uri(), str(folder)):
        assert read_value(kind, typed) == str(folder)
    assert read_value(kind, " paperdoll ") == "paperdoll" and read_value(kind, "") == ""
    assert read_value("text", "'quoted'") == "'quoted'"
