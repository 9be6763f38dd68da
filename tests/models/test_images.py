"""Pictures are numbered, whole, never overwritten, and tell how they were made."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from lora_wizard.models.images import (
    Generation,
    generation_text,
    picture_files,
    save_numbered,
    save_sheet,
)
from lora_wizard.models.sheet import SheetRow, contact_sheet

MADE = Generation(
    prompt="1girl, <lora:ann:0.8>",
    negative="lowres",
    seed=7,
    steps=20,
    sampler="DDIM",
    guidance=7.0,
    width=64,
    height=48,
    model="paperdoll",
    loras=(("ann", "0123456789ab"),),
)
PICTURE = Image.new("RGB", (64, 48), (200, 30, 90))


def test_the_text_is_a1111s() -> None:
    assert generation_text(MADE) == (
        "1girl, <lora:ann:0.8>\n"
        "Negative prompt: lowres\n"
        "Steps: 20, Sampler: DDIM, CFG scale: 7, Seed: 7, Size: 64x48, Model: paperdoll, "
        'Lora hashes: "ann: 0123456789ab"'
    )
    plain = replace(MADE, negative="", loras=(), clip_skip=2, guidance=5.5, model="a, b")
    assert generation_text(plain).splitlines() == [
        "1girl, <lora:ann:0.8>",
        "Steps: 20, Sampler: DDIM, CFG scale: 5.5, Seed: 7, Size: 64x48, "
        'Model: "a, b", Clip skip: 2',
    ]


def test_a_saved_picture_holds_its_text_and_nothing_else_is_left(tmp_path: Path) -> None:
    made = replace(MADE, prompt="初音ミク")
    path = save_numbered(tmp_path / "new", PICTURE, made)
    assert [file.name for file in path.parent.iterdir()] == ["00001-seed7.png"]
    with Image.open(path) as picture:
        assert picture.info["parameters"] == generation_text(made)
        assert picture.getpixel((0, 0)) == (200, 30, 90)


def test_numbers_go_on_after_the_last_and_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "00007-seed1.png").write_text("mine")
    (tmp_path / "100-cat.png").write_text("not numbered")
    (tmp_path / "00003.png").write_text("mine too")
    assert save_numbered(tmp_path, PICTURE, MADE).name == "00008-seed7.png"
    assert save_sheet(tmp_path, PICTURE).name == "00009-sheet.png"
    assert (tmp_path / "00007-seed1.png").read_text() == "mine"
    numbers = [path.name[:5] for path in picture_files(tmp_path)]
    assert numbers == ["00003", "00007", "00008", "00009"]


def test_a_failed_save_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        save_numbered(tmp_path / "file", PICTURE, MADE)
    floats = Image.new("F", (4, 4))  # PNG has no such mode
    with pytest.raises(OSError):
        save_numbered(tmp_path / "pictures", floats, MADE)
    assert list((tmp_path / "pictures").iterdir()) == []


def test_a_sheet_shows_every_picture_in_its_place() -> None:
    colours = [(200, 0, 0), (0, 200, 0), (0, 0, 200)]
    pictures = [Image.new("RGB", (32, 32), colour) for colour in colours]
    sheet = contact_sheet(
        [SheetRow("first row", pictures[:2]), SheetRow("second", pictures[2:])],
        columns=["seed 1", "seed 2"],
        title="Both",
        cell_px=64,
    )
    counts = {colour: count for count, colour in sheet.getcolors(1 << 20) or []}
    assert [counts[colour] for colour in colours] == [64 * 64] * 3
    assert contact_sheet([SheetRow("", pictures)], cell_px=32).width < sheet.width * 2
