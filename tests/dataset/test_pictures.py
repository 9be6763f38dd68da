from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lora_wizard.dataset import LoadedPicture, Picture, choose_bucket, load_picture
from lora_wizard.dataset.decoding import Inspection, inspect_picture, open_upright
from lora_wizard.errors import DatasetError, Problem
from lora_wizard.recipe import DataSettings

SMALL = DataSettings(resolution=(64, 64), buckets=False)
ORIENTATION = 0x0112


def load(path: Path, data: DataSettings = SMALL) -> LoadedPicture:
    seen = inspect_picture(path)
    assert isinstance(seen, Inspection)
    bucket = choose_bucket(seen.width, seen.height, data)
    picture = Picture(
        path=path, folder=0, repeats=1, is_regularisation=False, caption="",
        width=seen.width, height=seen.height, bucket=bucket, has_alpha=seen.has_alpha,
    )  # fmt: skip
    return load_picture(picture, data)


def save(path: Path, pixels: np.ndarray, **options: object) -> Path:
    Image.fromarray(pixels).save(path, **options)  # type: ignore[arg-type]
    return path


def corner_marked(width: int, height: int) -> Image.Image:
    """Grey with a red upper left quarter."""
    image = Image.new("RGB", (width, height), (128, 128, 128))
    image.paste((255, 0, 0), (0, 0, width // 2, height // 2))
    return image


def test_a_picture_comes_at_its_buckets_size_in_rows_then_columns(tmp_path: Path) -> None:
    corner_marked(300, 200).save(tmp_path / "a.png")
    loaded = load(tmp_path / "a.png", DataSettings())
    assert loaded.crop.bucket == (640, 384)
    assert loaded.pixels.shape == (384, 640, 3)
    assert loaded.pixels.dtype == np.uint8
    assert loaded.original_size == (300, 200)
    assert loaded.mask is None


def test_the_crop_shows_what_its_box_says(tmp_path: Path) -> None:
    image = Image.new("RGB", (192, 64), "black")
    image.paste((255, 255, 255), (64, 0, 128, 64))
    image.save(tmp_path / "a.png")
    loaded = load(tmp_path / "a.png")
    assert loaded.crop.box == (64, 0, 128, 64)
    assert loaded.pixels.min() == 255


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_applied(tmp_path: Path, orientation: int) -> None:
    """The file is stored so that the orientation tag turns it upright again."""
    upright = corner_marked(128, 64)
    stored_by = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = upright if stored_by is None else upright.transpose(stored_by)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored.save(tmp_path / "a.jpg", exif=exif, quality=95)
    assert inspect_picture(tmp_path / "a.jpg") == Inspection(128, 64, has_alpha=False)
    opened = np.asarray(open_upright(tmp_path / "a.jpg"), dtype=int)
    assert np.abs(opened - np.asarray(upright, dtype=int)).mean() < 3


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_exif_is_no_reason_to_refuse_a_picture(tmp_path: Path) -> None:
    corner_marked(64, 64).save(tmp_path / "a.jpg", exif=b"Exif\x00\x00MM\x00\x2a\xff\xff\xff\xff")
    assert load(tmp_path / "a.jpg").pixels.shape == (64, 64, 3)


def test_transparent_parts_become_the_background(tmp_path: Path) -> None:
    pixels = np.zeros((64, 64, 4), dtype=np.uint8)
    pixels[:, :32] = (10, 200, 30, 255)
    path = save(tmp_path / "a.png", pixels)
    white = load(path).pixels
    assert (white[:, 60] == (255, 255, 255)).all()
    assert (white[:, 4] == (10, 200, 30)).all()
    teal = load(path, SMALL.model_copy(update={"background": "#008080"})).pixels
    assert (teal[:, 60] == (0, 128, 128)).all()


@pytest.mark.parametrize("side", [64, 37, 500])
def test_colours_hidden_under_transparency_never_surface(tmp_path: Path, side: int) -> None:
    hidden = np.zeros((side, side, 4), dtype=np.uint8)
    hidden[..., :3] = np.random.default_rng(0).integers(0, 256, (side, side, 3))
    shape = np.zeros((side, side, 4), dtype=np.uint8)
    shape[side // 4 : side // 2, side // 4 : side // 2] = (200, 40, 40, 255)
    mixed = np.where(shape[..., 3:] > 0, shape, hidden)
    clean = load(save(tmp_path / "clean.png", shape)).pixels
    assert (load(save(tmp_path / "hidden.png", mixed)).pixels == clean).all()


def test_half_transparent_pixels_are_blended(tmp_path: Path) -> None:
    pixels = np.full((64, 64, 4), (0, 0, 0, 128), dtype=np.uint8)
    assert (load(save(tmp_path / "a.png", pixels)).pixels == 127).all()


def test_the_alpha_mask_follows_the_crop(tmp_path: Path) -> None:
    pixels = np.zeros((64, 192, 4), dtype=np.uint8)
    pixels[:, 64:96, 3] = 255
    mask = load(
        save(tmp_path / "a.png", pixels), SMALL.model_copy(update={"alpha_mask": True})
    ).mask
    assert mask is not None
    assert mask.dtype == np.float32
    assert mask.shape == (64, 64)
    assert (mask[:, :32] == 1).all()
    assert (mask[:, 32:] == 0).all()


def test_the_mask_of_an_opaque_picture_is_all_ones(tmp_path: Path) -> None:
    corner_marked(200, 100).save(tmp_path / "a.png")
    mask = load(tmp_path / "a.png", SMALL.model_copy(update={"alpha_mask": True})).mask
    assert mask is not None
    assert (mask == 1).all()


def test_an_alpha_channel_without_transparency_does_not_count(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (1, 2, 3, 255)).save(tmp_path / "opaque.png")
    Image.new("RGBA", (8, 8), (1, 2, 3, 254)).save(tmp_path / "clear.png")
    assert inspect_picture(tmp_path / "opaque.png") == Inspection(8, 8, has_alpha=False)
    assert inspect_picture(tmp_path / "clear.png") == Inspection(8, 8, has_alpha=True)


def test_a_palette_with_a_transparent_colour(tmp_path: Path) -> None:
    image = Image.new("P", (64, 64), 0)
    image.putpalette([250, 0, 0, 0, 0, 250])
    image.paste(1, (32, 0, 64, 64))
    image.save(tmp_path / "a.png", transparency=0)
    assert inspect_picture(tmp_path / "a.png") == Inspection(64, 64, has_alpha=True)
    pixels = load(tmp_path / "a.png").pixels
    assert (pixels[:, 4] == 255).all()
    assert (pixels[:, 60] == (0, 0, 250)).all()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P"])
def test_greys_and_palettes_become_colour(tmp_path: Path, mode: str) -> None:
    Image.new("L", (64, 64), 255).convert(mode).save(tmp_path / "a.png")
    assert (load(tmp_path / "a.png").pixels == 255).all()


def test_a_grey_with_a_transparent_value(tmp_path: Path) -> None:
    Image.new("L", (64, 64), 7).save(tmp_path / "a.png", transparency=7)
    assert inspect_picture(tmp_path / "a.png") == Inspection(64, 64, has_alpha=True)
    assert (load(tmp_path / "a.png").pixels == 255).all()


def test_sixteen_bit_greys_keep_their_shades(tmp_path: Path) -> None:
    ramp = np.repeat(np.linspace(0, 65535, 64).astype(np.uint16)[None], 64, axis=0)
    pixels = load(save(tmp_path / "a.png", ramp)).pixels[0, :, 0].astype(int)
    assert (pixels[0], pixels[-1]) == (0, 255)
    assert np.abs(pixels - np.linspace(0, 255, 64)).max() <= 1


def test_cmyk_jpegs_become_rgb(tmp_path: Path) -> None:
    corner_marked(64, 64).convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    pixels = load(tmp_path / "a.jpg").pixels.astype(int)
    assert np.abs(pixels[10, 10] - (255, 0, 0)).max() < 12
    assert np.abs(pixels[50, 50] - (128, 128, 128)).max() < 12


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.bmp"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_file_cut_short_is_refused_by_scan_and_load(
    tmp_path: Path, name: str, share: float
) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    path = save(tmp_path / name, noise)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    problem = inspect_picture(path)
    assert isinstance(problem, Problem)
    assert problem.where == str(path)
    with pytest.raises(DatasetError, match=name):
        open_upright(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"nothing that anybody knows", "no picture of a known kind"),
        (b"<html>not found</html>", "is no .png picture: by its first bytes it is HTML"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "by its first bytes it is HEIC"),
        (b"\xff\x0a\0\0\0\0", "by its first bytes it is JPEG XL"),
        (b"version https://git-lfs.github.com/spec/v1\n", "the picture itself was not fetched"),
    ],
)
def test_what_is_no_picture_is_said_plainly(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    problem = inspect_picture(path)
    assert isinstance(problem, Problem)
    assert words in problem.what


def test_damaged_bytes_never_escape_as_another_error(tmp_path: Path) -> None:
    generator = random.Random(3)
    noise = np.random.default_rng(1).integers(0, 256, (32, 32, 4), dtype=np.uint8)
    for name in ("a.png", "a.webp", "a.bmp"):
        whole = bytearray(save(tmp_path / name, noise).read_bytes())
        for _ in range(60):
            damaged = bytearray(whole)
            for _ in range(4):
                damaged[generator.randrange(len(damaged))] = generator.randrange(256)
            (tmp_path / name).write_bytes(damaged)
            assert isinstance(inspect_picture(tmp_path / name), Inspection | Problem)


def test_a_picture_edited_after_the_scan_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    corner_marked(100, 100).save(path)
    picture = Picture(path, 0, 1, False, "", 100, 100, (64, 64), has_alpha=False)
    corner_marked(90, 100).save(path)
    with pytest.raises(DatasetError, match="when it was scanned"):
        load_picture(picture, SMALL)
