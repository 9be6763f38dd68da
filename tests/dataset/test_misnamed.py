"""Captions under a name that is not read."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_wizard.dataset.caption_notes import caption_notes
from lora_wizard.dataset.captions import FolderCaptions, read_captions


def read(folder: Path, *names: str, extension: str = ".txt") -> FolderCaptions:
    return read_captions(
        folder, [folder / name for name in names], extension=extension, class_tokens="mira"
    )


@pytest.mark.parametrize(
    "name",
    [
        *("p0.png.txt", "p0.PNG.TXT", "p0.txt.txt", "p0.json", "p0.jsonl", "p0.xml", "p0.yaml"),
        *("p0_caption.txt", "p0-tags.txt", "p0 .txt", "p0 (1).txt", "p0.caption.txt", "p0.md"),
        *("metadata.jsonl", "captions.json", "meta_cap.json", "captions.csv", "tags.txt"),
        *("metadata.parquet", "Captions.TXT"),
    ],
)
def test_a_caption_under_another_name_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mira")
    found = read(tmp_path, "p0.png")
    assert found.misnamed == (name,)
    assert found.orphans == ()
    notes = caption_notes("4_mira", found, extension=".txt", class_tokens="mira")
    assert any(name in note and "p0.txt for p0.png" in note for note in notes)


@pytest.mark.parametrize("name", ["p0.npz", "p0_sdxl.npz", "p10.txt", "p0.safetensors", ".p0.json"])
def test_other_files_are_no_captions_of_it(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    assert read(tmp_path, "p0.png").misnamed == ()


def test_the_caption_of_another_picture_is_its_own(tmp_path: Path) -> None:
    (tmp_path / "p0_2.txt").write_text("mira")
    assert read(tmp_path, "p0.png", "p0_2.png").misnamed == ()


def test_a_known_ending_is_told_by_the_setting_instead(tmp_path: Path) -> None:
    (tmp_path / "p0.caption").write_text("mira")
    found = read(tmp_path, "p0.png")
    assert (found.misnamed, found.other) == ((), ((".caption", 1),))


def test_nothing_is_told_where_every_picture_has_its_caption(tmp_path: Path) -> None:
    for name in ("p0.txt", "p0.json", "p0.png.txt", "metadata.jsonl"):
        (tmp_path / name).write_text("mira")
    assert read(tmp_path, "p0.png").misnamed == ()
