"""Prompts are read as A1111 reads them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.errors import LoraWizardError
from lora_wizard.models.prompt import LoraCall, Span, escape, extract_loras, parse_prompt


def spans(text: str) -> list[tuple[str, Any]]:
    (section,) = parse_prompt(text).sections
    return [(span.text, pytest.approx(span.weight)) for span in section]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1girl, solo", [("1girl, solo", 1)]),
        ("(smile:1.3), hat", [("smile", 1.3), (", hat", 1)]),
        ("a ((b)) c", [("a ", 1), ("b", 1.21), (" c", 1)]),
        ("[b] c", [("b", 1 / 1.1), (" c", 1)]),
        ("(a (b:1.5) c)", [("a ", 1.1), ("b", 1.65), (" c", 1.1)]),
        (r"saber \(fate\)", [("saber (fate)", 1)]),
        (r"(saber \(fate\):0.8)", [("saber (fate)", 0.8)]),
        ("(a, b", [("a, b", 1.1)]),
        ("[[a", [("a", 1 / 1.21)]),
        ("a) b]", [("a) b]", 1)]),
        ("time 12:30", [("time 12:30", 1)]),
        ("(a:b)", [("a:b", 1.1)]),
        ("(a:1.2.3)", [("a:1.2.3", 1.1)]),
        ("(a: 1.2 )", [("a", 1.2)]),
        ("(a:-0.5)", [("a", -0.5)]),
        ("(a:.5)", [("a", 0.5)]),
        ("a:1.2)", [("a:1.2)", 1)]),
        ("", []),
        ("()", []),
    ],
)
def test_brackets_weigh_words(text: str, expected: list[tuple[str, float]]) -> None:
    assert spans(text) == expected


def test_break_starts_a_new_section() -> None:
    sections = parse_prompt("a, b BREAK (c:1.2)\nBREAK d BREAKFAST").sections
    assert sections == ((Span("a, b"),), (Span("c", 1.2),), (Span("d BREAKFAST"),))
    assert parse_prompt("BREAK a").sections == ((), (Span("a"),))
    assert parse_prompt("a BREAK b").text == "a b"


def test_lora_calls_are_taken_out() -> None:
    prompt = parse_prompt("1girl<lora:ann:0.7>, <lora:style>hat<lora:x y:-1:lbw=ALL>")
    assert prompt.loras == (LoraCall("ann", 0.7), LoraCall("style", 1.0), LoraCall("x y", -1.0))
    assert prompt.text == "1girl, hat"
    assert extract_loras("plain") == ("plain", ())


@pytest.mark.parametrize("call", ["<lora:ann:strong>", "<lora::1>", "<lora:>"])
def test_a_broken_lora_call_is_an_error_that_shows_it(call: str) -> None:
    with pytest.raises(LoraWizardError) as raised:
        parse_prompt(f"1girl, {call}")
    assert call in str(raised.value)


@given(st.text(st.characters(exclude_characters="<")))
def test_any_text_can_be_read_and_keeps_its_words(text: str) -> None:
    prompt = parse_prompt(text)
    kept = set(prompt.text)
    assert kept <= set(text) | {" "}
    assert all(span.text for section in prompt.sections for span in section)


@given(st.text(st.characters(exclude_characters="<")).filter(lambda text: "BREAK" not in text))
def test_escaped_text_is_read_as_it_stands(text: str) -> None:
    assert spans(escape(text)) == ([(text, 1)] if text else [])


@given(st.integers(0, 12), st.sampled_from(["()", "[]"]))
def test_nested_brackets_multiply(depth: int, brackets: str) -> None:
    (span,) = parse_prompt(brackets[0] * depth + "word" + brackets[1] * depth).sections[0]
    factor = 1.1 if brackets == "()" else 1 / 1.1
    assert span.text == "word"
    assert span.weight == pytest.approx(factor**depth)


@given(
    st.lists(
        st.tuples(st.text("abc ,", min_size=1), st.integers(1, 300).map(lambda n: n / 100)),
        max_size=6,
    )
)
def test_written_weights_are_read_back(pieces: list[tuple[str, float]]) -> None:
    text = "".join(f"({words}:{weight})" for words, weight in pieces)
    assert parse_prompt(text).text == "".join(words for words, _ in pieces)
    if len(pieces) == 1:
        assert spans(text) == pieces
