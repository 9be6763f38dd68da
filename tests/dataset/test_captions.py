from __future__ import annotations

from pathlib import Path

from PIL import Image

from lora_wizard.dataset import scan
from lora_wizard.dataset.caption_notes import caption_notes
from lora_wizard.dataset.captions import FolderCaptions, read_captions
from lora_wizard.recipe import DataSettings


def read(folder: Path, *names: str, extension: str = ".txt") -> FolderCaptions:
    pictures = [folder / name for name in names]
    return read_captions(folder, pictures, extension=extension, class_tokens="riho")


def notes_of(found: FolderCaptions, extension: str = ".txt") -> tuple[str, ...]:
    return caption_notes("10_riho", found, extension=extension, class_tokens="riho")


def test_the_caption_is_the_file_beside_the_picture(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("izumi riho, smile\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("リホ, é", encoding="utf-8")
    result = read(tmp_path, "a.png", "b.jpg")
    assert result == FolderCaptions(("izumi riho, smile", "リホ, é"))


def test_a_byte_order_mark_is_no_part_of_the_caption(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("izumi riho", encoding="utf-8-sig")
    assert read(tmp_path, "a.png").captions == ("izumi riho",)


def test_the_first_line_that_is_not_blank_counts_and_more_are_noted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\r\n  \r\n riho, smile \r\nsecond\r\n")
    result = read(tmp_path, "a.png")
    assert result.captions == ("riho, smile",)
    assert "1 caption file (a.txt) is longer than one line" in notes_of(result)[0]


def test_an_empty_file_is_an_empty_caption_with_a_note(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("")
    (tmp_path / "b.txt").write_text(" \n\n")
    result = read(tmp_path, "a.png", "b.png")
    assert result.captions == ("", "")
    assert "2 caption files (a.txt, b.txt) are empty" in notes_of(result)[0]


def test_missing_captions_become_the_class_tokens_and_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("riho, smile")
    result = read(tmp_path, "a.png", *(f"{number}.png" for number in range(7)))
    assert result.captions == ("riho, smile", *["riho"] * 7)
    assert "7 of 8 pictures without a .txt file" in notes_of(result)[0]
    assert '4.png and 2 more): "riho" is their caption' in notes_of(result)[0]


def test_pictures_without_a_caption_have_the_trigger_as_theirs(tmp_path: Path) -> None:
    for number in range(2):
        Image.new("RGB", (64, 64)).save(tmp_path / f"{number}.png")
    found = scan(DataSettings(images=str(tmp_path), trigger="mira"))
    (note,) = [one for one in found.notes if "without a .txt file" in one]
    assert note.endswith('(0.png, 1.png): "mira" is their caption.')


def test_captions_with_another_extension_are_pointed_out(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("riho")
    (tmp_path / "b.txt").write_text("riho")
    notes = notes_of(read(tmp_path, "a.png", "b.png", extension=".caption"), ".caption")
    assert any(
        "captions in 2 .txt files are not used" in note and "set it to .txt" in note
        for note in notes
    )


def test_a_caption_of_no_picture_is_pointed_out_where_some_go_without(tmp_path: Path) -> None:
    (tmp_path / "riho01.txt").write_text("riho")
    notes = notes_of(read(tmp_path, "riho_01.png"))
    assert any("without a picture of the same name (riho01.txt)" in note for note in notes)


def test_the_case_of_a_caption_file_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "A.TXT").write_text("riho")
    assert read(tmp_path, "a.PNG").captions == ("riho",)


def test_the_right_case_wins_where_both_exist(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("lower")
    (tmp_path / "A.txt").write_text("upper")
    assert read(tmp_path, "a.png", "A.png").captions == ("lower", "upper")


def test_a_cut_out_face_uses_the_caption_of_its_picture(tmp_path: Path) -> None:
    (tmp_path / "riho_full.txt").write_text("riho, full")
    assert read(tmp_path, "riho_full_1_120_80_64.png").captions == ("riho, full",)


def test_captions_in_another_encoding_are_problems_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("リホ".encode("shift-jis"))
    (tmp_path / "b.txt").write_bytes("riho".encode("utf-16"))
    result = read(tmp_path, "a.png", "b.png")
    assert [Path(problem.where).name for problem in result.problems] == ["a.txt", "b.txt"]
    assert "is not UTF-8 text" in result.problems[0].what
    assert "is UTF-16 text" in result.problems[1].what
