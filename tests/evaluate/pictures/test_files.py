"""Manifests on the disk, and pictures that must be whole."""

from __future__ import annotations

import json
import os
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


def with_file(folder: Path, file: str) -> None:
    write_manifest(folder, SOME)
    values = json.loads((folder / MANIFEST).read_text())
    values["pictures"][0]["file"] = file
    (folder / MANIFEST).write_text(json.dumps(values))


@pytest.mark.parametrize(
    "file",
    ["../secret/x.png", "p/../../x.png", "/etc/x.png", "", ".", "a\0b.png", "..", "link.png",
     "linked/x.png"],
)  # fmt: skip
def test_a_manifest_that_leads_out_of_its_folder_is_refused(tmp_path: Path, file: str) -> None:
    folder, outside = tmp_path / "folder", tmp_path / "secret"
    outside.mkdir()
    noisy(outside / "x.png")
    with_file(folder, file)
    (folder / "link.png").symlink_to(outside / "x.png")
    (folder / "linked").symlink_to(outside)
    with pytest.raises(PicturesError, match="outside its folder"):
        read_manifest(folder)


@pytest.mark.parametrize("file", ["p/a.png", "./p/a.png", "a..b.png", "..a/x.png", "日本/あ.png"])
def test_what_stays_inside_is_read(tmp_path: Path, file: str) -> None:
    with_file(tmp_path, file)
    assert read_manifest(tmp_path).pictures[0].file == file


def test_a_folder_that_is_a_link_itself_is_read(tmp_path: Path) -> None:
    with_file(tmp_path / "real", "p/a.png")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert read_manifest(tmp_path / "link").pictures[0].file == "p/a.png"


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"format": ' + "9" * 5000 + "}", '{"a": NaN}', '{"a": 1e999}', "\ud800"],
)
def test_json_that_nobody_can_use_is_damage(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(PicturesError, match="damaged"):
        read_manifest(tmp_path)


def test_a_strength_that_is_not_finite_is_damage(tmp_path: Path) -> None:
    write_manifest(tmp_path, SOME)
    path = tmp_path / MANIFEST
    path.write_text(path.read_text().replace('"strength": 0.7', '"strength": "nan"'))
    with pytest.raises(PicturesError, match="damaged"):
        read_manifest(tmp_path)


def test_a_word_that_is_not_utf8_is_refused_before_it_is_written(tmp_path: Path) -> None:
    contender = Contender(id="a", label="\udce3")
    with pytest.raises(PicturesError, match="not UTF-8"):
        write_manifest(tmp_path, SOME.model_copy(update={"contenders": (contender,)}))
    assert not (tmp_path / MANIFEST).exists()


def test_pipes_and_devices_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    for name in ("pipe.png", "zero.png"):
        with pytest.raises(PicturesError, match="regular file"):
            open_picture(tmp_path / name)


def test_a_picture_beyond_pillows_own_limit_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("1", (20_000, 20_000)).save(path)
    with pytest.raises(PicturesError, match="too large"):
        open_picture(path)


def test_no_other_program_is_started_for_a_picture(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n")
    with pytest.raises(PicturesError, match="cannot be read as a picture"):
        open_picture(tmp_path / "a.png")
