"""The readers of JSON and TOML, fed with whatever a file may hold."""

import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.parsing import (
    MOST_DEPTH,
    MOST_DIGITS,
    ParseError,
    finite_number,
    parse_json,
    parse_toml,
    whole_number,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.text(max_size=9),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=5), each),
    max_leaves=20,
)


@given(VALUES)
def test_ordinary_json_is_read_as_it_is(value: Any) -> None:
    assert parse_json(json.dumps(value)) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=200))
def test_no_bytes_surprise_either_reader(content: bytes) -> None:
    with contextlib.suppress(ParseError):
        json.dumps(parse_json(content), allow_nan=False).encode()
    with contextlib.suppress(ParseError):
        assert isinstance(parse_toml(content), dict)


@pytest.mark.parametrize("depth", [MOST_DEPTH + 1, 1_000, 100_000])
def test_too_much_depth_is_refused(depth: int) -> None:
    with pytest.raises(ParseError, match="nested"):
        parse_json("[" * depth + "]" * depth)
    with pytest.raises(ParseError, match="nested"):
        parse_toml(f"a = {'[' * depth}{']' * depth}")
    with pytest.raises(ParseError):
        parse_toml(".".join("a" * depth) + " = 1")


def test_depth_up_to_the_limit_is_read() -> None:
    text = "[" * MOST_DEPTH + "]" * MOST_DEPTH
    assert isinstance(parse_json(text), list)
    text = "[" * (MOST_DEPTH - 1) + "]" * (MOST_DEPTH - 1)
    assert isinstance(parse_toml(f"a = {text}"), dict)


def test_a_number_of_too_many_digits_is_refused() -> None:
    assert parse_json("9" * MOST_DIGITS) == 10**MOST_DIGITS - 1
    assert parse_toml("a = " + "9" * MOST_DIGITS) == {"a": 10**MOST_DIGITS - 1}
    for digits in (MOST_DIGITS + 1, 5_000):
        with pytest.raises(ParseError, match="digits"):
            parse_json("9" * digits)
        with pytest.raises(ParseError, match="digits"):
            parse_toml("a = [1, -" + "9" * digits + "]")


@pytest.mark.parametrize("text", ["1e999", "-1e999", "NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_not_finite_are_refused_unless_wanted(text: str) -> None:
    with pytest.raises(ParseError):
        parse_json(f'{{"loss": {text}}}')
    assert not math.isfinite(parse_json(text, nan=True))


def test_halves_of_surrogate_pairs_are_replaced() -> None:
    found = parse_json('{"a\\ud800": ["\\udce3", "\\ud83d\\ude00"]}')
    assert found == {"a\ufffd": ["\ufffd", "\U0001f600"]}


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert parse_json(b"\xef\xbb\xbf{}") == {}
    assert parse_toml(b"\xef\xbb\xbfa = 1") == {"a": 1}


@pytest.mark.parametrize("text", ["", "{", "{'a': 1}", "{} {}", "// a\n{}"])
def test_what_is_no_json_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(ParseError, match=r"not JSON: .* line \d+, column \d+"):
        parse_json(text)


def test_text_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(ParseError, match="UTF-8: byte 1"):
        parse_json(b'"\xe3"')


def test_a_whole_number_is_taken_in_its_range_only() -> None:
    assert [whole_number(value, least=1, most=3) for value in (0, 1, 3, 4)] == [None, 1, 3, None]
    assert whole_number(3.0) == 3
    others: list[object] = [True, "3", None, 3.5, math.inf, []]
    assert [whole_number(value) for value in others] == [None] * 6


def test_a_finite_number_is_taken_only() -> None:
    assert [finite_number(value) for value in (1, 0.5, 10**400, math.nan, True, "1", None)] == [
        1.0,
        0.5,
        *[None] * 5,
    ]
