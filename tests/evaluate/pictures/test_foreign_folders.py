"""Folders of other programs' pictures: contenders, files that stay out, and what is not known."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lora_eval.errors import PicturesError
from lora_eval.pictures import BASE
from lora_eval.pictures.foreign import manifest_of
from lora_eval.pictures.foreign_files import LEFT_OUT, tidy_prompt

from .test_foreign import made, put


def contenders(folder: Path) -> dict[str, str]:
    return {each.file: each.contender for each in manifest_of(folder).pictures}


def test_what_may_have_a_lora_is_unknown_and_never_the_base(tmp_path: Path) -> None:
    put(tmp_path / "1.png", made("mio <lora:x:nan>"))
    put(tmp_path / "2.png", made("mio", seed=2))
    put(tmp_path / "3.png", made("mio <lora:a:0.8> <lora:b:on>", seed=3))
    put(tmp_path / "a" / "4.png", made("mio <lora:x:nan>", seed=4))
    put(tmp_path / "base" / "5.png", made("mio <lora:x:nan>", seed=5))
    manifest = manifest_of(tmp_path)
    assert contenders(tmp_path) == {
        "1.png": "unknown", "2.png": BASE, "3.png": "a", "a/4.png": "a", "base/5.png": "unknown",
    }  # fmt: skip
    assert any("2 of 5 pictures may have been made with a LoRA" in note for note in manifest.notes)
    assert any("a further LoRA cannot be read (<lora:b:on>" in note for note in manifest.notes)


def test_a_folder_called_unknown_is_no_other_contender_by_chance(tmp_path: Path) -> None:
    put(tmp_path / "pictures" / "1.png", made("mio"))
    put(tmp_path / "2.png")
    assert set(contenders(tmp_path).values()) == {"pictures"}


def test_prompts_pair_wherever_the_call_stood(tmp_path: Path) -> None:
    texts = ["mio, red dress", "<lora:a:1> mio, red dress", "mio <lora:a:1>, red dress",
             "mio, <lora:a:1>, red dress", "mio, red dress, <lora:a:1>",
             "mio, red  dress\n<lora:a:1>"]  # fmt: skip
    for number, text in enumerate(texts):
        put(tmp_path / f"{number}.png", made(text, seed=number))
    assert {each.prompt for each in manifest_of(tmp_path).pictures} == {"mio, red dress"}
    assert tidy_prompt("a,,b , c\n\n d,") == "a, b, c\nd"


def test_names_are_short_where_they_stay_apart(tmp_path: Path) -> None:
    for number, name in enumerate(("sub/mira.safetensors", "mira2 ", "x/same", "y/same")):
        put(tmp_path / f"{number}.png", made(f"mio <lora:{name}:1>"))
    manifest = manifest_of(tmp_path)
    assert {each.label for each in manifest.contenders} == {"mira", "mira2", "x/same", "y/same"}
    assert any("finds a LoRA by its name alone" in note for note in manifest.notes)


def test_strengths_beside_the_first_tell_contenders_apart(tmp_path: Path) -> None:
    calls = ["<lora:a:1><lora:b:0.5>", "<lora:a:1><lora:b:0.8>", "<lora:a:0.7><lora:b:0.8>"]
    for number, call in enumerate(calls):
        put(tmp_path / f"{number}.png", made(f"mio {call}"))
    manifest = manifest_of(tmp_path)
    assert {each.label for each in manifest.contenders} == {"a + b x 0.5", "a + b x 0.8"}
    assert len(manifest.pictures) == 3


def test_text_weights_tell_apart_only_what_would_be_lost_otherwise(tmp_path: Path) -> None:
    put(tmp_path / "1.png", made("mio <lora:a:te=0.5:unet=1>"))
    put(tmp_path / "2.png", made("mio <lora:a:1>", seed=2))
    assert set(contenders(tmp_path).values()) == {"a"}
    put(tmp_path / "3.png", made("mio <lora:a:1>"))
    assert {each.label for each in manifest_of(tmp_path).contenders} == {"a", "a (text 0.5)"}


def test_a_lora_at_strength_0_beside_another_is_left_out(tmp_path: Path) -> None:
    put(tmp_path / "1.png", made("mio <lora:a:0.5><lora:b:0>"))
    put(tmp_path / "2.png", made("mio <lora:b:0>"))
    assert contenders(tmp_path) == {"1.png": "a", "2.png": "b"}


def test_a_name_that_is_not_utf8_stays_out_and_is_named(tmp_path: Path) -> None:
    put(tmp_path / "1.png", made("mio"))
    put(tmp_path / os.fsdecode(b"\x83e\x83X.png"), made("mio", seed=2))
    put(tmp_path / os.fsdecode(b"\x83dir") / "3.png", made("mio", seed=3))
    manifest = manifest_of(tmp_path)
    assert [each.file for each in manifest.pictures] == ["1.png"]
    notes = [note for note in manifest.notes if note.startswith(LEFT_OUT)]
    assert len(notes) == 2 and all("not UTF-8" in note and "\\x83" in note for note in notes)
    for note in manifest.notes:
        note.encode("utf-8")


def test_only_such_names_say_so_in_the_error(tmp_path: Path) -> None:
    put(tmp_path / os.fsdecode(b"\x83.png"))
    with pytest.raises(PicturesError, match="not UTF-8"):
        manifest_of(tmp_path)


def test_links_out_of_the_folder_and_pipes_stay_out(tmp_path: Path) -> None:
    put(tmp_path / "secret.png")
    folder = tmp_path / "folder"
    put(folder / "1.png", made("mio"))
    (folder / "2.png").symlink_to(tmp_path / "secret.png")
    (folder / "3.png").symlink_to(folder / "1.png")
    (folder / "zero.png").symlink_to("/dev/zero")
    os.mkfifo(folder / "4.png")
    (folder / "5.heic").touch()
    manifest = manifest_of(folder)
    assert [each.file for each in manifest.pictures] == ["1.png"]  # 3.png is the same picture
    notes = "\n".join(manifest.notes)
    assert "2.png is a link out of the folder" in notes and "zero.png" in notes
    assert "4.png is not a regular file" in notes and "1 .heic files" in notes


@pytest.mark.parametrize("key", ["Seed", "Steps", "Size", "Clip skip", "CFG scale"])
@pytest.mark.parametrize("value", ["9" * 5000, f"{'9' * 5000}x{'9' * 5000}", "nan", "-5", "1e999"])
def test_odd_numbers_are_no_numbers(tmp_path: Path, key: str, value: str) -> None:
    put(tmp_path / "1.png", made("mio", settings={key: value}))
    manifest = manifest_of(tmp_path)
    assert manifest.steps in (0, 20) and manifest.clip_skip == 1 and manifest.width == 0
    assert abs(manifest.guidance) <= 5 and abs(manifest.pictures[0].seed) < 2**64
