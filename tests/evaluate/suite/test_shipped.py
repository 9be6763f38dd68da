"""The suites that come along hold what they promise."""

from __future__ import annotations

import re

import pytest

from lora_eval.suite import Suite, find_suite, shipped_suites
from lora_eval.suite.model import TRIGGER
from lora_eval.vocabulary import BACKGROUNDS, OUTFITS
from lora_wizard.paperdoll import traits

SUITES = {suite.name: suite for suite in shipped_suites()}


def test_five_suites_are_there() -> None:
    assert set(SUITES) == {"article", "quick", "standard", "strength", "base-drift"}


@pytest.mark.parametrize(
    ("name", "prompts", "seeds", "strengths"),
    [
        ("quick", 8, 4, (1.0,)),
        ("standard", 8, 8, (1.0,)),
        ("strength", 6, 6, (0.3, 0.5, 0.7, 1.0)),
        ("base-drift", 8, 8, (1.0,)),
    ],
)
def test_sizes(name: str, prompts: int, seeds: int, strengths: tuple[float, ...]) -> None:
    suite = SUITES[name]
    assert (len(suite.prompts), len(suite.seeds), suite.strengths) == (prompts, seeds, strengths)


@pytest.mark.parametrize("name", ["quick", "standard", "strength"])
def test_floating_heads_have_prompts_that_ask_for_no_body(name: str) -> None:
    suite = SUITES[name]
    free = [
        prompt
        for prompt in suite.prompts
        if not prompt.asks.framing and not prompt.asks.outfit and prompt.names_character
    ]
    assert len(free) >= 2 and TRIGGER in {prompt.text for prompt in free}
    assert any(prompt.asks.framing == "full body" for prompt in suite.prompts)


def test_standard_asks_for_outfits_at_places() -> None:
    dressed = [prompt.asks for prompt in SUITES["standard"].prompts if prompt.asks.outfit]
    assert len({asks.outfit for asks in dressed}) >= 4
    assert all(asks.background for asks in dressed)


def test_base_drift_never_names_the_character() -> None:
    assert not any(prompt.names_character for prompt in SUITES["base-drift"].prompts)


@pytest.mark.parametrize("suite", SUITES.values(), ids=list(SUITES))
def test_what_is_asked_for_is_in_the_prompt_and_in_the_vocabulary(suite: Suite) -> None:
    for prompt in suite.prompts:
        asks = prompt.asks
        for word, known in ((asks.outfit, OUTFITS), (asks.background, BACKGROUNDS)):
            assert not word or (word in known and word in prompt.text), prompt.id
        assert asks.framing in prompt.text
        assert asks.subjects == (2 if "2girls" in prompt.text else 1)


@pytest.mark.parametrize("name", ["quick", "standard", "strength", "base-drift"])
def test_the_small_model_knows_every_word(name: str) -> None:
    colours = {*traits.HAIR_COLOURS, *traits.CLOTH_COLOURS, *traits.EYE_COLOURS}
    words = {"{trigger}", "1girl", "solo", "2girls", "twins", "skirt", "hair", *colours}
    for group in (traits.OUTFITS, traits.BACKGROUNDS, traits.FRAMINGS, traits.POSES):
        words |= set(group) | {word for entry in group for word in entry.split()}
    words |= {word for style in traits.HAIR_STYLES for word in style.split()}
    for prompt in find_suite(name).prompts:
        unknown = set(re.split(r"[ ,]+", prompt.text)) - words
        assert not unknown, prompt.id


def test_the_article_suite_holds_its_prompts() -> None:
    prompts = {prompt.id: prompt.text for prompt in SUITES["article"].prompts}
    text = " | ".join(prompts.values())
    for words in (
        "{trigger} |",
        "school uniform, in the school",
        "kimono, in a japanese garden",
        "us army uniform",
        "maid",
        "sundress",
        "on a tropical island",
        "capelet",
        "| {outfit} |",
        "{outfit}, {trigger}, full body",
    ):
        assert words in text
