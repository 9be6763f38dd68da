from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.dataset import shape_caption
from lora_wizard.recipe import DataSettings

CAPTION = "izumi riho, skirt, smile , brown hair,plaid"
TAGS = st.lists(st.text("abcdef ", min_size=1).filter(str.strip), max_size=12)
SEEDS = st.integers(0, 1000)


def shaped(caption: str, data: DataSettings, seed: int = 0) -> str:
    return shape_caption(caption, data, random.Random(seed))


@given(st.text(), SEEDS)
def test_text_is_untouched_where_nothing_is_asked_for(caption: str, seed: int) -> None:
    assert shaped(caption, DataSettings(shuffle_captions=False), seed) == caption


def test_nothing_asked_for_draws_no_randomness() -> None:
    generator = random.Random(5)
    shape_caption(CAPTION, DataSettings(shuffle_captions=False), generator)
    assert generator.getstate() == random.Random(5).getstate()


@given(TAGS, st.integers(0, 4), SEEDS)
def test_shuffling_keeps_the_first_tags_in_front_and_loses_none(
    tags: list[str], kept: int, seed: int
) -> None:
    stripped = [tag.strip() for tag in tags]
    result = shaped(",".join(tags), DataSettings(keep_tokens=kept), seed)
    found = result.split(", ") if result else []
    assert found[:kept] == stripped[:kept]
    assert sorted(found) == sorted(stripped)


def test_shuffling_moves_tags_and_joins_them_with_comma_and_space() -> None:
    results = {shaped(CAPTION, DataSettings(), seed) for seed in range(40)}
    assert len(results) > 10
    assert all(result.startswith("izumi riho, ") for result in results)
    assert all(len(result.split(", ")) == 5 for result in results)


@given(TAGS, SEEDS)
def test_the_same_seed_gives_the_same_caption(tags: list[str], seed: int) -> None:
    data = DataSettings(tag_dropout=0.5, caption_dropout=0.1)
    assert shaped(",".join(tags), data, seed) == shaped(",".join(tags), data, seed)


@given(SEEDS)
def test_the_keep_separator_fixes_front_and_end(seed: int) -> None:
    result = shaped("a, b ||| c, d, e ||| f, g", DataSettings(keep_tokens=1), seed).split(", ")
    assert result[:2] == ["a", "b"]
    assert result[-2:] == ["f", "g"]
    assert sorted(result[2:-2]) == ["c", "d", "e"]


def test_one_keep_separator_fixes_the_front_alone() -> None:
    results = {shaped("a, b ||| c, d", DataSettings(), seed) for seed in range(20)}
    assert results == {"a, b, c, d", "a, b, d, c"}


def test_caption_dropout_empties_the_caption_at_its_rate() -> None:
    data = DataSettings(caption_dropout=0.3)
    generator = random.Random(1)
    dropped = sum(shape_caption(CAPTION, data, generator) == "" for _ in range(2000))
    assert 540 < dropped < 660


def test_caption_dropout_leaves_other_captions_untouched() -> None:
    data = DataSettings(caption_dropout=0.3, shuffle_captions=False)
    assert {shaped(CAPTION, data, seed) for seed in range(40)} == {"", CAPTION}


def test_tag_dropout_never_takes_kept_tags_and_keeps_the_order() -> None:
    data = DataSettings(shuffle_captions=False, tag_dropout=0.5)
    results = [shaped("a, b, c, d, e", data, seed).split(", ") for seed in range(400)]
    assert all(result[0] == "a" and result == sorted(result) for result in results)
    left = sum(len(result) - 1 for result in results) / (400 * 4)
    assert 0.44 < left < 0.56


def test_a_tag_dropout_of_one_leaves_the_kept_tags() -> None:
    assert shaped("a, b, c", DataSettings(tag_dropout=1.0)) == "a"


def test_empty_tags_between_commas_disappear_when_shuffled() -> None:
    assert shaped("a,, b ,", DataSettings()) == "a, b"


def test_an_empty_caption_stays_empty() -> None:
    assert shaped("", DataSettings(tag_dropout=0.5)) == ""
