"""Manifests of pictures that other programs made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from lora_eval.errors import PicturesError
from lora_eval.pictures import BASE, CharacterFacts
from lora_eval.pictures.foreign import manifest_of
from lora_eval.suite import find_suite

MIO = CharacterFacts(trigger="Mio")


def put(path: Path, text: str | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    information = PngInfo()
    if text is not None:
        information.add_text("parameters", text)
    Image.new("RGB", (8, 8)).save(path, pnginfo=information)


def made(prompt: str, seed: int = 1, settings: Mapping[str, str] | None = None) -> str:
    facts = {"Steps": "20", "Sampler": "DDIM", "CFG scale": "5", "Seed": str(seed), "Model": "any"}
    line = ", ".join(f"{key}: {value}" for key, value in {**facts, **(settings or {})}.items())
    return f"{prompt}\nNegative prompt: lowres\n{line}"


def test_loras_and_strengths_come_from_the_prompt(tmp_path: Path) -> None:
    put(tmp_path / "1.png", made("mio, maid <lora:a:0.7>", settings={"Lora hashes": '"a: 0123"'}))
    put(tmp_path / "2.png", made("mio, maid"))
    put(tmp_path / "deep" / "3.png", made("<lora:b:1>, mio, maid"))
    manifest = manifest_of(tmp_path, character=MIO)
    assert [each.id for each in manifest.contenders] == [BASE, "a", "b"]
    assert manifest.by_contender["a"].sha256 == "0123"
    pictures = {each.file: each for each in manifest.pictures}
    assert pictures["1.png"].strength == 0.7 and pictures["2.png"].strength == 0
    assert len({each.prompt_id for each in manifest.pictures}) == 1
    assert {each.prompt for each in manifest.pictures} == {"mio, maid"}
    assert pictures["deep/3.png"].asks.outfit == "maid"
    assert all(each.names_character for each in manifest.pictures)
    assert (manifest.base, manifest.steps, manifest.guidance) == ("any", 20, 5.0)
    assert manifest.negative == "lowres" and manifest.notes == ()


def test_pictures_without_text_are_told_apart_by_folder_and_never_paired(tmp_path: Path) -> None:
    for name in ("a/1.png", "b/1.png", "base/1.png", "2.png"):
        put(tmp_path / name)
    manifest = manifest_of(tmp_path, character=MIO)
    assert {each.id for each in manifest.contenders} == {"a", "b", BASE, "pictures"}
    assert len({each.seed for each in manifest.pictures}) == 4
    assert all(each.seed < 0 and each.names_character for each in manifest.pictures)
    assert "4 of 4 pictures hold no generation text" in manifest.notes[0]


def test_a_suites_prompts_are_recognised(tmp_path: Path) -> None:
    suite = find_suite("quick")
    put(tmp_path / "1.png", made("Mio, kimono, red kimono, garden"))
    put(tmp_path / "2.png", made("something else, city"))
    manifest = manifest_of(tmp_path, character=MIO, suite=suite)
    first, second = manifest.pictures
    assert (first.prompt_id, first.asks.background) == ("kimono", "garden")
    assert (second.prompt_id, second.asks.background) == ("prompt-1", "city")
    assert not second.names_character and manifest.suite == "quick"


def test_names_that_look_alike_stay_apart(tmp_path: Path) -> None:
    for number, name in enumerate(("a b", "a-b", "A-B", "base", "../x", "...")):
        put(tmp_path / f"{number}.png", made(f"mio <lora:{name}:1>"))
    put(tmp_path / "9.png", made("mio"))
    contenders = manifest_of(tmp_path).contenders
    assert len({each.id.casefold() for each in contenders}) == 7
    assert contenders[0].id == BASE and contenders[0].path == ""
    assert not any("/" in each.id or each.id.startswith(".") for each in contenders)


def test_what_differs_besides_the_lora_is_told(tmp_path: Path) -> None:
    put(tmp_path / "1.png", made("mio"))
    put(tmp_path / "2.png", made("mio", seed=2, settings={"Model": "other"}))
    notes = manifest_of(tmp_path).notes
    assert len(notes) == 1 and "Model (any, other)" in notes[0]


def test_doubles_and_contact_sheets_stay_out(tmp_path: Path) -> None:
    for name in ("1.png", "2.png", "grid-0001.png", ".hidden.png"):
        put(tmp_path / name, made("mio"))
    manifest = manifest_of(tmp_path)
    assert [each.file for each in manifest.pictures] == ["1.png"]
    assert "1 picture repeats" in manifest.notes[0]


def test_a_damaged_picture_stays_in_to_be_told_when_it_is_judged(tmp_path: Path) -> None:
    put(tmp_path / "1.png", made("mio"))
    (tmp_path / "2.png").write_bytes(b"\x89PNG no")
    assert {each.file for each in manifest_of(tmp_path).pictures} == {"1.png", "2.png"}


def test_the_syntax_of_other_programs_is_no_error(tmp_path: Path) -> None:
    put(tmp_path / "1.png", made("mio <lora::> <lora:x:high>, [a|b]"))
    (picture,) = manifest_of(tmp_path).pictures
    assert picture.prompt == "mio, [a|b]" and picture.contender == "unknown"


def test_trained_outfits_name_the_character_too(tmp_path: Path) -> None:
    put(tmp_path / "1.png", made("miocloth, city"))
    known = CharacterFacts(trigger="hoshino", outfit_triggers=("miocloth",))
    assert manifest_of(tmp_path, character=known).pictures[0].names_character


def test_a_folder_without_pictures_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(PicturesError, match="no pictures"):
        manifest_of(tmp_path)
    with pytest.raises(PicturesError, match="no such folder"):
        manifest_of(tmp_path / "absent")
