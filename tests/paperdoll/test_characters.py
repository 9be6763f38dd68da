"""Words for characters, outfits, names: understood, or refused with what was probably meant."""

from __future__ import annotations

import pytest

from lora_wizard.errors import LoraWizardError
from lora_wizard.paperdoll.characters import (
    DEMO_CHARACTER,
    check_name,
    check_trigger,
    choose_character,
    choose_outfits,
)
from lora_wizard.paperdoll.traits import OUTFITS, Outfit


def test_chosen_words_replace_traits_and_others_stay() -> None:
    chosen = choose_character(DEMO_CHARACTER, {"hair_colour": "Pink", "hair_style": "twin_braids"})
    assert (chosen.hair_colour, chosen.hair_style) == ("pink", "twin braids")
    assert chosen.eye_colour == DEMO_CHARACTER.eye_colour


def test_none_takes_the_ornament_off() -> None:
    assert choose_character(DEMO_CHARACTER, {"ornament": "none"}).ornament == ""


def test_all_unknown_words_are_named_at_once_with_the_nearest() -> None:
    with pytest.raises(LoraWizardError) as caught:
        choose_character(DEMO_CHARACTER, {"hair_colour": "auqa", "bangs": "swept"})
    text = str(caught.value)
    assert 'no "auqa". Did you mean "aqua"?' in text
    assert 'no "swept". Did you mean "swept bangs"?' in text


def test_an_outfit_without_a_colour_takes_its_first() -> None:
    assert choose_outfits(["kimono:blue", "coat"]) == (
        Outfit("kimono", "blue"),
        Outfit("coat", OUTFITS["coat"][0]),
    )


def test_an_outfit_in_a_colour_that_it_is_not_made_in_is_refused_beside_an_unknown_one() -> None:
    with pytest.raises(LoraWizardError) as caught:
        choose_outfits(["kimono:brown", "hoodi"])
    text = str(caught.value)
    assert "red, blue, purple, pink" in text
    assert 'Did you mean "hoodie"?' in text


def test_a_name_becomes_part_of_a_folder_name() -> None:
    assert check_name(" hoshino  mio ") == "hoshino_mio"


@pytest.mark.parametrize("name", ["", "a/b", "..", "mio,", "36:mio"])
def test_a_name_that_no_folder_can_hold_is_refused(name: str) -> None:
    with pytest.raises(LoraWizardError, match="letters, digits"):
        check_name(name)


@pytest.mark.parametrize("trigger", ["", "  ", "mio, red hair", "mio\nrei"])
def test_a_trigger_that_would_fall_apart_is_refused(trigger: str) -> None:
    with pytest.raises(LoraWizardError, match="one tag"):
        check_trigger(trigger)
