"""Who the character is."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_eval.errors import SuiteError
from lora_eval.generate.character import caption_hints, complete_character
from lora_eval.generate.contenders import Entrant
from lora_eval.pictures import CharacterFacts, Contender
from lora_eval.suite import find_suite
from tests.evaluate.generate.making import small_suite, tags

NOBODY = CharacterFacts()


def entrant(name: str, **folders: dict[str, int]) -> Entrant:
    return Entrant(Contender(id=name, label=name), tags(**folders), "")


def captions(folder: Path, *texts: str) -> str:
    folder.mkdir(parents=True)
    for number, text in enumerate(texts):
        (folder / f"{number}.txt").write_text(text, encoding="utf-8")
    return str(folder.parent)


def test_what_the_user_says_goes_first() -> None:
    said = CharacterFacts(trigger="me", outfit_triggers=("o",), training_outfits=("coat",))
    told = entrant("a", **{"5_mio": {"mio": 9, "kimono": 9}, "5_c": {"cloth": 5}})
    assert complete_character(said, small_suite(), [told]) == said


def test_headers_fill_in_the_rest() -> None:
    told = entrant("a", **{"5_mio": {"mio": 9, "kimono": 9, "coat": 9}, "5_c": {"cloth": 5}})
    known = complete_character(NOBODY, small_suite(), [told])
    assert (known.trigger, known.outfit_triggers) == ("mio", ("cloth",))
    assert known.training_outfits == ("kimono",)  # the suite asks for no coat


def test_captions_of_the_training_images_fill_in_what_headers_leave_out(tmp_path: Path) -> None:
    folder = captions(tmp_path / "5_mio", "mio, kimono, smile", "mio, kimono\ngarden", "mio")
    said = CharacterFacts(training_images=folder)
    known = complete_character(said, small_suite(), [entrant("a")])
    assert (known.trigger, known.training_outfits) == ("mio", ("kimono",))


def test_a_name_that_nobody_tells_is_asked_for() -> None:
    with pytest.raises(SuiteError, match="--trigger"):
        complete_character(NOBODY, small_suite(), [entrant("a")])


def test_a_suite_that_does_not_name_her_needs_no_name() -> None:
    assert complete_character(NOBODY, find_suite("base-drift"), []).trigger == ""


def test_loras_that_name_different_characters_are_told() -> None:
    both = [entrant("a", **{"5_mio": {"mio": 9}}), entrant("b", **{"5_kana": {"kana": 9}})]
    with pytest.raises(SuiteError, match='b: says "kana"'):
        complete_character(NOBODY, small_suite(), both)
    said = CharacterFacts(trigger="mio")
    assert complete_character(said, small_suite(), both).trigger == "mio"


def test_loras_that_say_nothing_do_not_contradict() -> None:
    some = [entrant("a"), entrant("b", **{"5_mio": {"mio": 9}}), entrant("c", x={"Mio": 1})]
    assert complete_character(NOBODY, small_suite(), some).trigger == "mio"


def test_a_folder_without_captions_tells_nothing(tmp_path: Path) -> None:
    assert caption_hints(str(tmp_path)).trigger == "" and caption_hints("").trigger == ""
