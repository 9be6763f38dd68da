"""Manifests on the disk, and pictures that must be whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lora_eval.errors import PicturesError
from lora_eval.pictures import (
    BASE,
    Contender,
    Manifest,
    Picture,
    open_picture,
    read_manifest,
    write_manifest,
)
from lora_eval.pictures.files import LARGEST_PIXELS, MANIFEST, is_whole_png

SOME = Manifest(
    suite="mine",
    suite_sha256="0",
    base="any <b>",
    contenders=(Contender(id=BASE, label="base"), Contender(id="a", label="あ", moved=0.05)),
    pictures=(
        Picture(file="p/a.png", contender="a", prompt_id="x", prompt="日本", seed=1, strength=0.7),
    ),
)


def noisy(path: Path, **options: Any) -> Image.Image:
    pixels = np.random.default_rng(1).integers(0, 255, (64, 48, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    image.save(path, **options)
    return image


def test_a_manifest_comes_back_as_it_was(tmp_path: Path) -> None:
    write_manifest(tmp_path / "new", SOME)
    assert read_manifest(tmp_path / "new") == SOME
    before = (tmp_path / "new" / MANIFEST).read_bytes()
    write_manifest(tmp_path / "new", SOME)
    assert (tmp_path / "new" / MANIFEST).read_bytes() == before


def test_a_folder_without_manifest_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(PicturesError, match="lora-eval run"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("cut", [0, 1, 40, -3])
def test_a_torn_manifest_is_told(tmp_path: Path, cut: int) -> None:
    write_manifest(tmp_path, SOME)
    path = tmp_path / MANIFEST
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(PicturesError, match="damaged"):
        read_manifest(tmp_path)


def test_a_newer_format_is_explained(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text('{"format": 2, "of": "the future"}')
    with pytest.raises(PicturesError, match="newer lora-eval"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("text", ["[]", "null", '"x"', "{}", '{"format": 1, "suite": 3}'])
def test_what_is_no_manifest_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(PicturesError, match="damaged"):
        read_manifest(tmp_path)


def test_unknown_fields_are_refused(tmp_path: Path) -> None:
    write_manifest(tmp_path, SOME)
    values = json.loads((tmp_path / MANIFEST).read_text())
    (tmp_path / MANIFEST).write_text(json.dumps({**values, "extra": 1}))
    with pytest.raises(PicturesError, match="extra"):
        read_manifest(tmp_path)


def test_a_manifest_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PicturesError, match="--out"):
        write_manifest(tmp_path / "file", SOME)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.95])
def test_a_picture_that_was_cut_off_is_refused(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.png"
    noisy(path)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(PicturesError, match="judged without it"):
        open_picture(path)


def test_the_last_bytes_count_too(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    noisy(path)
    assert is_whole_png(path)
    path.write_bytes(path.read_bytes()[:-5])
    assert not is_whole_png(path)


def test_a_picture_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PicturesError, match=r"a\.png"):
        open_picture(tmp_path / "a.png")


def test_an_enormous_picture_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("1", (LARGEST_PIXELS // 1000 + 1, 1000)).save(path)
    with pytest.raises(PicturesError, match="too large"):
        open_picture(path)


def test_pictures_stand_upright_in_rgb(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a camera held on its side
    noisy(tmp_path / "a.jpg", exif=exif)
    assert open_picture(tmp_path / "a.jpg").size == (64, 48)
    Image.new("LA", (4, 4), (10, 0)).save(tmp_path / "b.png")
    Image.new("P", (4, 4)).save(tmp_path / "c.png")
    assert open_picture(tmp_path / "b.png").mode == "RGBA"
    assert open_picture(tmp_path / "c.png").mode == "RGB"
