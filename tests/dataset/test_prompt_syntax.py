"""What in a caption is prompt syntax, and what only looks like it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.dataset.prompt_syntax import Oddity, oddities

PLAIN = [
    "mira, smile, long hair",
    "mira (blue archive), smile",
    "saber (fate/stay night), re:zero",
    "mira, :3, :d, ;), ^_^, >_<, \\m/, \\o/, 0_0, (o)_(o)",
    "a girl called Mira, sitting (at a table), her hair tied up.",
    "mira, 16:9, 3:00 pm, holding [object]",
    "mira ||| smile, hat ||| solo",
    "<sks>, smile",
    "mira, break dancing",
    "c, d-pad, x+y",
    "",
]


@pytest.mark.parametrize("text", PLAIN)
def test_plain_captions_have_nothing_odd(text: str) -> None:
    assert oddities(text) == frozenset()


@pytest.mark.parametrize(
    ("text", "oddity"),
    [
        (r"mira \(blue archive\), smile", Oddity.ESCAPED),
        (r"mira \[series\]", Oddity.ESCAPED),
        ("mira, (smile:1.3)", Oddity.WEIGHTED),
        ("mira, (long hair, smile : 0.8 )", Oddity.WEIGHTED),
        ("mira, (smile:.9)", Oddity.WEIGHTED),
        ("mira, (smile:-1)", Oddity.WEIGHTED),
        ("mira, ((smile))", Oddity.WEIGHTED),
        ("mira, [[smile]]", Oddity.WEIGHTED),
        ("mira, {{smile}}", Oddity.WEIGHTED),
        ("mira, [cat:dog:0.5]", Oddity.WEIGHTED),
        ("mira, [cat|dog]", Oddity.WEIGHTED),
        ("mira, (smile)1.3", Oddity.WEIGHTED),
        ("mira, smile++, hat", Oddity.WEIGHTED),
        ("mira, (smile)++", Oddity.WEIGHTED),
        ("mira, 1.5::smile::", Oddity.WEIGHTED),
        ("mira, smile:1.3, hat", Oddity.WEIGHTED),
        ("mira BREAK smile", Oddity.WEIGHTED),
        ("mira, {smile|grin}", Oddity.CHOICES),
        ("mira, __hair__", Oddity.CHOICES),
        ("mira, <lora:style:0.8>", Oddity.CALLING),
        ("mira, <LoRA:style>", Oddity.CALLING),
        ("mira, <lyco:style:1>", Oddity.CALLING),
        ("mira, <hypernet:x:1>", Oddity.CALLING),
        ("mira, embedding:easynegative", Oddity.CALLING),
        ('{"caption": "mira, smile"}', Oddity.STRUCTURED),
        ('{\n  "caption": "mira, smile"\n}', Oddity.STRUCTURED),
        ('["mira", "smile"]', Oddity.STRUCTURED),
        ("['mira', 'smile']", Oddity.STRUCTURED),
        ('[{"tag": "mira"}]', Oddity.STRUCTURED),
        ('{caption: "mira"}', Oddity.STRUCTURED),
        ("{", Oddity.STRUCTURED),
        ("---\ncaption: mira", Oddity.STRUCTURED),
        ('<?xml version="1.0"?><caption>mira</caption>', Oddity.STRUCTURED),
        ("caption: mira, smile", Oddity.STRUCTURED),
        ("Tags = mira, smile", Oddity.STRUCTURED),
        ("mira\nNegative prompt: lowres\nSteps: 20, Sampler: Euler", Oddity.PASTED),
        ("mira Steps: 20, Sampler: Euler a, CFG scale: 7", Oddity.PASTED),
        ("mira、smile", Oddity.FULL_WIDTH),
        ("mira，smile", Oddity.FULL_WIDTH),
        ("mira､smile", Oddity.FULL_WIDTH),
        ("m\0i\0r\0a\0", Oddity.NULS),
    ],
)
def test_each_kind_is_told(text: str, oddity: Oddity) -> None:
    assert oddity in oddities(text)


def test_choices_are_meant_with_wildcards() -> None:
    text = "mira, {smile|grin}, {{plain braces}}"
    assert oddities(text) == {Oddity.CHOICES, Oddity.WEIGHTED}
    assert oddities(text, wildcards=True) == frozenset()


def test_prompt_syntax_is_seen_through_the_nuls_of_utf_16() -> None:
    text = "mira, <lora:style:0.8>".encode("utf-16-le").decode()
    assert oddities(text) == {Oddity.NULS, Oddity.CALLING}


@pytest.mark.parametrize(
    "piece", ["(", "[", "{", "(a:", "((", "__", "a_", "<lora:", "\\(", "1::", "(" * 3 + "a"]
)
def test_the_longest_caption_takes_less_than_a_second(piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    began = time.process_time()
    oddities(text)
    assert time.process_time() - began < 1


@given(st.text())
def test_any_text_is_looked_at(text: str) -> None:
    assert oddities(text) <= {*Oddity}


@given(st.lists(st.text("abcdefghijklmnopqrstuvwxyz _'-", max_size=20), max_size=8))
def test_words_between_commas_are_never_odd(tags: list[str]) -> None:
    assert oddities(", ".join(tags)) <= {Oddity.CHOICES}  # a word between double underscores
