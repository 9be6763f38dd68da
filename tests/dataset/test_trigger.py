"""The trigger: found in captions, and put into those that training uses."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.dataset import shape_caption, with_trigger
from lora_wizard.dataset.tags import split_tags
from lora_wizard.dataset.trigger import Captioned, found_triggers, plain_tag
from lora_wizard.recipe import DataSettings


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("smile, hat", "mira, smile, hat"),
        ("", "mira"),
        ("mira, smile", "mira, smile"),
        ("Mira, smile", "mira, smile"),
        ("1girl, mira, smile", "mira, 1girl, smile"),
        ("1girl, (mira:1.2), smile", "mira, 1girl, smile"),
        ("((MIRA)), [mira], smile", "mira, smile"),
        ("smile ||| hat, mira ||| end", "mira, smile ||| hat ||| end"),
        ("||| hat", "mira ||| hat"),
        ("miranda, smile", "mira, miranda, smile"),
        ("mira dress, smile", "mira dress, smile"),
        ("mira_dress, smile", "mira_dress, smile"),
        ("a picture of Mira in a garden, smile", "a picture of Mira in a garden, smile"),
        ("smile, mira's room", "mira, smile, mira's room"),
        ("ｍｉｒａ, smile", "mira, smile"),
    ],
)
def test_a_caption_gets_the_trigger_in_front_and_once(caption: str, expected: str) -> None:
    assert with_trigger(caption, "mira") == expected


@pytest.mark.parametrize(
    "spelling",
    ["mira (saga)", "mira_(saga)", r"mira \(saga\)", r"Mira_\(Saga\)", "(mira (saga):0.9)"],
)
def test_every_spelling_of_a_trigger_with_brackets_becomes_the_one_asked_for(spelling: str) -> None:
    assert with_trigger(f"1girl, {spelling}, hat", "mira (saga)") == "mira (saga), 1girl, hat"


def test_a_trigger_in_japanese_is_a_word_of_its_own() -> None:
    assert with_trigger("笑顔, ミオ", "ミオ") == "ミオ, 笑顔"
    assert with_trigger("ミオの部屋", "ミオ") == "ミオ, ミオの部屋"


def test_without_a_trigger_a_caption_stays_as_it_is() -> None:
    assert with_trigger(" 1girl ,, Mira ", "") == " 1girl ,, Mira "


@given(
    caption=st.text(alphabet="ab (){}[]\\_:1.,|Mmira", max_size=40),
    trigger=st.sampled_from(["mira", "mira (a)", "ミオ", "a b"]),
)
def test_the_trigger_is_in_the_first_tag_whatever_the_caption(caption: str, trigger: str) -> None:
    shaped = with_trigger(caption, trigger)
    first = split_tags(shaped.replace("|||", ","))[0]
    assert plain_tag(trigger) in plain_tag(first)
    assert with_trigger(shaped, trigger) == shaped


@pytest.mark.parametrize("keep", [0, 1, 3])
def test_shuffling_leaves_the_trigger_in_front(keep: int) -> None:
    data = DataSettings(trigger="mira", keep_tokens=keep)
    for seed in range(20):
        shaped = shape_caption("a, b, mira, c, d", data, random.Random(seed))
        assert shaped.startswith("mira, ")
        assert sorted(split_tags(shaped)) == ["a", "b", "c", "d", "mira"]


def test_regularisation_goes_without_the_trigger() -> None:
    data = DataSettings(trigger="mira", shuffle_captions=False)
    chance = random.Random(1)
    assert shape_caption("1girl, hat", data, chance, is_regularisation=True) == "1girl, hat"
    assert shape_caption("1girl, hat", data, chance) == "mira, 1girl, hat"


def test_the_trigger_stands_before_a_prefix_and_after_a_choice() -> None:
    data = DataSettings(
        trigger="mira", caption_prefix="art,", wildcards=True, shuffle_captions=False
    )
    assert shape_caption("{hat|hat}", data, random.Random(1)) == "mira, art, hat"


def test_a_dropped_caption_is_dropped_with_its_trigger() -> None:
    data = DataSettings(trigger="mira", caption_dropout=1.0)
    assert shape_caption("hat", data, random.Random(1)) == ""


def _of(*captions: str, folder: str = "10_x") -> list[Captioned]:
    return [Captioned(folder, caption) for caption in captions]


@pytest.mark.parametrize(
    ("captions", "expected"),
    [
        (["mira, a", "mira, b", "Mira, c"], ("mira",)),
        (["1girl, mira, a", "1girl, solo, mira"], ()),
        (["smile, a", "smile, b"], ()),
        (["full body, a", "full body, b", "white background"], ()),
        (["1girl, aqua hair, a", "1girl, aqua hair, b"], ()),
        (["masterpiece, best quality, 1girl", "score_9, score_8_up, rating: general"], ()),
        ([r"mira \(saga\), a", "mira_(saga), b", "mira (saga), c"], ("mira (saga)",)),
        (["mira", "kana", "rio"], ()),
        (["she is standing there in a long coat", "she is sitting down on some chair"], ()),
        (["", ""], ()),
        ([], ()),
    ],
)
def test_the_trigger_is_what_half_of_the_captions_begin_with(
    captions: list[str], expected: tuple[str, ...]
) -> None:
    assert found_triggers(_of(*captions)) == expected


@pytest.mark.parametrize(
    "first",
    ["mira、smile、long hair", "mira，smile", "m\0i\0r\0a\0", "\x1b[2J", "<lora:mira:1>", "a|b"],
)
def test_several_tags_or_bytes_of_another_encoding_are_no_trigger(first: str) -> None:
    assert found_triggers([Captioned("4_mira", first)] * 3) == ()


def test_folders_with_triggers_of_their_own_have_several() -> None:
    pictures = _of("mira, a", "mira, b", folder="10_mira")
    pictures += _of("mira_dress, a", "mira_dress, b", folder="10_mira_dress")
    pictures += _of("mira_coat, a", "mira_coat, b", folder="10_mira_coat")
    assert found_triggers(pictures) == ("mira", "mira_dress", "mira_coat")


def test_two_characters_in_two_folders_have_two_triggers_however_many_pictures_each_has() -> None:
    pictures = _of(*["mira, a"] * 9, folder="10_mira") + _of("kana, a", "kana, b", folder="9_kana")
    assert found_triggers(pictures) == ("mira", "kana")


def test_one_stray_picture_makes_no_second_trigger() -> None:
    pictures = _of("mira, a", "mira, b", folder="10_mira") + _of("sketch, mira", folder="1_other")
    assert found_triggers(pictures) == ("mira",)


def test_folders_that_spell_their_trigger_differently_have_one() -> None:
    pictures = _of("Mira, a", "Mira, b", folder="a") + _of("mira, a", "mira, b", folder="b")
    assert len(found_triggers(pictures)) == 1


def test_repeats_count_when_a_trigger_is_looked_for() -> None:
    pictures = [Captioned("a", "mira, x", 10), Captioned("a", "kana, y"), Captioned("a", "rio")]
    assert found_triggers(pictures) == ("mira",)
