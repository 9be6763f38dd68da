from __future__ import annotations

from pathlib import Path

import pytest

from lora_wizard.dataset.layout import Layout, find_folders
from lora_wizard.dataset.listing import repeats_and_name

from .conftest import WritePicture


def found(path: Path, *, is_regularisation: bool = False) -> Layout:
    return find_folders(str(path), is_regularisation=is_regularisation)


def only_problem(path: Path, *, is_regularisation: bool = False) -> str:
    (problem,) = found(path, is_regularisation=is_regularisation).problems
    return str(problem)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("10_riho", (10, "riho")),
        ("1_izumi riho_v2", (1, "izumi riho_v2")),
        ("7", (7, "")),
        ("3_", (3, "")),
        ("0_riho", None),
        ("-1_riho", None),
        ("riho_10", None),
        ("10riho", None),
        ("riho", None),
    ],
)
def test_repeats_are_the_number_before_the_first_underscore(
    name: str, expected: tuple[int, str] | None
) -> None:
    assert repeats_and_name(name) == expected


def test_numbered_folders_are_found_in_order_of_their_names(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    for name in ("16_riho", "2_b", "16_kk_dancer"):
        write_picture(f"{name}/b.png")
        write_picture(f"{name}/a.png")
    layout = found(tmp_path)
    assert [folder.path.name for folder in layout.folders] == ["16_kk_dancer", "16_riho", "2_b"]
    assert [folder.repeats for folder in layout.folders] == [16, 16, 2]
    assert layout.folders[0].class_tokens == "kk_dancer"
    assert [path.name for path in layout.pictures[0]] == ["a.png", "b.png"]
    assert (layout.notes, layout.problems) == ((), ())


def test_extensions_are_accepted_in_any_case(tmp_path: Path, write_picture: WritePicture) -> None:
    names = ["a.Png", "b.JPG", "c.jpeg", "d.WebP", "e.bmp", "f.jpg"]
    for name in names:
        write_picture(f"1_x/{name}")
    assert [path.name for path in found(tmp_path).pictures[0]] == names


def test_hidden_files_and_folders_are_passed_over(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    write_picture("10_x/a.png")
    write_picture("10_x/._a.png")
    write_picture(".cache/a.png")
    layout = found(tmp_path)
    assert layout.folders[0].picture_count == 1
    assert layout.notes == ()


def test_a_leaf_folder_is_accepted_and_said_to_be_one(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    write_picture("10_riho/a.png")
    layout = found(tmp_path / "10_riho")
    assert (layout.folders[0].repeats, layout.folders[0].class_tokens) == (10, "riho")
    assert layout.notes == (
        "10_riho was taken as one folder of pictures, each seen 10 times an epoch.",
    )


def test_a_bare_folder_is_taken_as_one_repeat(tmp_path: Path, write_picture: WritePicture) -> None:
    write_picture("riho/a.png")
    layout = found(tmp_path / "riho")
    assert (layout.folders[0].repeats, layout.folders[0].class_tokens) == (1, "riho")
    assert "riho was taken as 1_riho" in layout.notes[0]


def test_a_bare_folder_named_by_a_year_is_not_two_thousand_repeats(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    write_picture("2024/a.png")
    assert found(tmp_path / "2024").folders[0].repeats == 1


def test_numbered_folders_inside_win_over_the_folders_own_name(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    write_picture("2024_project/10_riho/a.png")
    layout = found(tmp_path / "2024_project")
    assert [folder.path.name for folder in layout.folders] == ["10_riho"]


def test_regularisation_folders_are_marked(tmp_path: Path, write_picture: WritePicture) -> None:
    write_picture("reg/1_1girl/a.png")
    write_picture("bare/a.png")
    for path in (tmp_path / "reg", tmp_path / "reg" / "1_1girl", tmp_path / "bare"):
        (folder,) = found(path, is_regularisation=True).folders
        assert folder.is_regularisation


def test_what_is_left_out_is_named(tmp_path: Path, write_picture: WritePicture) -> None:
    write_picture("set/10_riho/a.png")
    write_picture("set/10_riho/old/b.png")
    (tmp_path / "set/10_riho/c.heic").write_bytes(b"....ftypheic")
    write_picture("set/misc/a.png")
    write_picture("set/0_zero/a.png")
    write_picture("set/loose.png")
    (tmp_path / "set/5_empty").mkdir()
    layout = found(tmp_path / "set")
    assert [folder.path.name for folder in layout.folders] == ["10_riho"]
    notes = "\n".join(layout.notes)
    assert "2 folders (0_zero, misc) not used" in notes
    assert "no pictures in 5_empty" in notes
    assert "1 picture beside the numbered folders left out" in notes
    assert "10_riho: folders inside it are not used (old)" in notes
    assert "pictures of kinds that are not read are not used: 1 .heic" in notes


def test_no_folder_given(tmp_path: Path) -> None:
    (problem,) = find_folders("", is_regularisation=False).problems
    assert str(problem).startswith("data.images: no folder is given. Set data.images")


def test_a_missing_folder_suggests_its_nearest_sibling(tmp_path: Path) -> None:
    (tmp_path / "riho_pictures").mkdir()
    text = only_problem(tmp_path / "riho_picture")
    assert "does not exist" in text
    assert f"Did you mean {tmp_path / 'riho_pictures'}?" in text


def test_a_missing_parent_is_said(tmp_path: Path) -> None:
    assert "nor does the folder above it" in only_problem(tmp_path / "no" / "where")


def test_a_file_in_place_of_a_folder(write_picture: WritePicture) -> None:
    picture = write_picture("set/a.png")
    text = only_problem(picture)
    assert "is a file, not a folder" in text
    assert str(picture.parent) in text


def test_an_empty_folder(tmp_path: Path) -> None:
    text = only_problem(tmp_path)
    assert "is an empty folder" in text
    assert str(tmp_path / "10_name") in text


def test_a_folder_without_pictures_names_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "a.jxl").write_bytes(b"")
    text = only_problem(tmp_path)
    assert "holds no pictures, only files of other kinds (.jxl, .txt)" in text


def test_pointing_one_level_too_high_names_the_right_one(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    write_picture("project/img/10_riho/a.png")
    (tmp_path / "project/log").mkdir()
    text = only_problem(tmp_path / "project")
    assert "too deep, in img/10_riho" in text
    assert text.endswith(f"Set data.images to {tmp_path / 'project' / 'img'}.")


def test_a_regularisation_folder_too_high_offers_each_candidate(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    write_picture("img/10_riho/a.png")
    write_picture("reg/1_girl/a.png")
    text = only_problem(tmp_path, is_regularisation=True)
    assert f"Set data.regularisation to {tmp_path / 'img'} or {tmp_path / 'reg'}." in text


def test_folders_without_numbers_are_to_be_renamed(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    write_picture("set/riho/a.png")
    text = only_problem(tmp_path / "set")
    assert "folders count only if named such as 10_riho" in text
    assert f"or set data.images to {tmp_path / 'set' / 'riho'}" in text


def test_pictures_below_a_numbered_folder_are_to_be_moved_up(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    write_picture("set/10_riho/originals/a.png")
    text = only_problem(tmp_path / "set")
    assert "one level too deep, in 10_riho/originals" in text
    assert f"up into {tmp_path / 'set' / '10_riho'}." in text


def test_only_empty_folders(tmp_path: Path) -> None:
    (tmp_path / "10_a" / "b").mkdir(parents=True)
    assert "holds only folders without pictures" in only_problem(tmp_path)
