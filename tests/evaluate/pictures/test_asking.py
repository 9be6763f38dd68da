"""What a prompt's tags ask for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_eval.errors import LoraWizardError
from lora_eval.pictures.asking import asked_of
from lora_eval.suite import Asked, shipped_suites


@pytest.mark.parametrize(
    ("prompt", "asks"),
    [
        ("mio", Asked()),
        ("mio, red kimono, garden", Asked(outfit="kimono", background="garden")),
        ("mio, (maid:1.3), [full_body]", Asked(outfit="maid", framing="full body")),
        ("mio, school uniform, maid", Asked(outfit="school uniform")),
        ("masterpiece\nmio in a japanese garden", Asked(background="japanese garden")),
        ("closed eyes, close-up", Asked(framing="close-up", closed_eyes=True)),
        ("1girl, solo", Asked()),
        ("1girl, 1boy", Asked(subjects=2)),
        ("2girls, 2girls, twins, 1boy", Asked(subjects=3)),
        ("6+girls, 5boys", Asked(subjects=9)),
        ("multiple girls", Asked(subjects=2)),
        ("no humans, city", Asked(subjects=0, background="city")),
        ("<lora:maid:1> mio", Asked()),
    ],
)
def test_tags(prompt: str, asks: Asked) -> None:
    assert asked_of(prompt) == asks


def test_the_shipped_prompts_are_read_as_the_suites_say() -> None:
    for suite in shipped_suites():
        for prompt in suite.prompts:
            told, read = prompt.asks, asked_of(prompt.text)
            if suite.name == "article":
                # Its words for places and clothes are people's; the tags beside them are asked.
                continue
            assert read == told, prompt.id


@given(st.text(max_size=80))
def test_any_words_ask_for_something_or_nothing(text: str) -> None:
    try:
        assert 0 <= asked_of(text).subjects <= 9
    except LoraWizardError:
        assert "<lora:" in text
