"""Which formats are read, how big a picture may be, and what is no file at all."""

from __future__ import annotations

import os
import struct
import threading
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from lora_wizard.dataset import load_picture, scan
from lora_wizard.dataset.decoding import (
    Glance,
    Inspection,
    glance_at,
    inspect_picture,
    open_upright,
    strips,
)
from lora_wizard.dataset.listing import list_folder, unread_pictures
from lora_wizard.dataset.opening import extensions, opened
from lora_wizard.dataset.room import MOST_PIXELS, Room
from lora_wizard.errors import DatasetError, Problem
from lora_wizard.recipe import DataSettings

SETTINGS = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)


def problem(path: Path) -> str:
    found = inspect_picture(path)
    assert isinstance(found, Problem), found
    assert isinstance(glance_at(path), Problem)
    with pytest.raises(DatasetError):
        open_upright(path)
    return found.what


def grey_png(width: int, height: int, depth: int = 16) -> bytes:
    """A PNG of one grey of any size, a few kB for each 10 million pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

    packer = zlib.compressobj(9)
    row = b"\0" * (1 + width * depth // 8)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", head), chunk(b"IDAT", packed), chunk(b"IEND", b"")]
    )


@pytest.mark.parametrize("ending", [".gif", ".tif", ".tiff", ".tga", ".avif", ".jfif", ".GIF"])
def test_what_pillow_reads_is_read(tmp_path: Path, ending: str) -> None:
    if ending.lower() not in extensions():
        assert ending == ".avif", "only AVIF depends on how Pillow was built"
        return
    path = tmp_path / "10_mira" / f"a{ending}"
    path.parent.mkdir()
    kind = {".jfif": "JPEG", ".tif": "TIFF"}.get(ending.lower())
    Image.new("RGB", (40, 24), "#204060").save(path, kind)
    assert inspect_picture(path) == Inspection(40, 24, False)
    data = DataSettings(images=str(tmp_path), resolution=(64, 64), bucket_min=32)
    (picture,) = scan(data).pictures
    pixel = load_picture(picture, data).pixels[10, 10]
    assert abs(pixel.astype(int) - [0x20, 0x40, 0x60]).max() < 12


@pytest.mark.parametrize("ending", [".jxl", ".heic", ".HEIF", ".psd", ".svg", ".jp2", ".mp4"])
def test_other_kinds_are_listed_as_not_read(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"a{ending}").write_bytes(b"x")
    listing = list_folder(tmp_path)
    assert listing.pictures == ()
    assert unread_pictures(listing) == (f"a{ending}",)


@pytest.mark.parametrize("ending", [".gif", ".webp", ".png", ".tiff"])
def test_the_first_frame_of_several_is_used(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert inspect_picture(path) == Inspection(16, 16, False, has_frames=True)
    assert open_upright(path).convert("RGB").getpixel((8, 8))[0] > 200  # type: ignore[index]


def test_a_picture_of_one_frame_has_no_others(tmp_path: Path) -> None:
    Image.new("RGB", (16, 16)).save(tmp_path / "a.gif")
    assert inspect_picture(tmp_path / "a.gif") == Inspection(16, 16, False)


def test_a_transparent_gif_is_transparent(tmp_path: Path) -> None:
    image = Image.new("P", (8, 8), 0)
    image.putpixel((1, 1), 1)
    image.save(tmp_path / "a.gif", transparency=1)
    assert inspect_picture(tmp_path / "a.gif") == Inspection(8, 8, True)
    assert open_upright(tmp_path / "a.gif").mode == "RGBA"


def test_a_pipe_under_a_picture_s_name_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    assert list_folder(tmp_path).pictures == (tmp_path / "a.png",)
    assert "not a regular file" in problem(tmp_path / "a.png")


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom"])
def test_a_link_to_a_device_is_refused(tmp_path: Path, device: str) -> None:
    (tmp_path / "a.webp").symlink_to(device)
    assert "not a regular file" in problem(tmp_path / "a.webp")


def test_other_formats_are_not_opened_under_a_picture_s_name(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n")
    assert "by its first bytes it is PDF or PostScript" in problem(path)
    Image.new("RGB", (8, 8)).save(path, "PPM")
    assert "no picture of a known kind" in problem(path)


def test_pixels_that_are_no_colours_are_refused(tmp_path: Path) -> None:
    Image.new("F", (8, 8)).save(tmp_path / "a.tiff")
    assert "has pixels of a kind that is not read (F)" in problem(tmp_path / "a.tiff")


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ((13_000, 13_000), "169 million pixels (13000x13000); at most 80 million"),
        ((40_000, 2_001), "80 million pixels (40000x2001)"),
        ((65_000, 65_000), "4225 million pixels; at most 80 million"),
    ],
)
def test_too_many_pixels_are_refused_by_number(
    tmp_path: Path, size: tuple[int, int], words: str
) -> None:
    content = bytearray(grey_png(8, 8))
    content[16:24] = struct.pack(">II", *size)
    content[29:33] = struct.pack(">I", zlib.crc32(bytes(content[12:29])))
    path = tmp_path / "a.png"
    path.write_bytes(content)
    assert words in problem(path)


def test_eighty_million_pixels_are_opened(tmp_path: Path) -> None:
    content = bytearray(grey_png(8, 8))
    content[16:24] = struct.pack(">II", 40_000, MOST_PIXELS // 40_000)
    content[29:33] = struct.pack(">I", zlib.crc32(bytes(content[12:29])))
    (tmp_path / "a.png").write_bytes(content)
    with opened(tmp_path / "a.png") as image:
        assert image.width * image.height == MOST_PIXELS


def test_a_big_picture_is_looked_at_smaller(tmp_path: Path) -> None:
    image = Image.new("RGBA", (5000, 4000), "#00000000")
    image.paste("red", (1000, 500, 2000, 3500))
    image.save(tmp_path / "a.png", compress_level=1)
    found = glance_at(tmp_path / "a.png")
    assert isinstance(found, Glance)
    assert found.inspection == Inspection(5000, 4000, True)
    assert found.image.size == (1667, 1334)
    assert found.image.getpixel((500, 500)) == (255, 0, 0, 255)
    assert found.image.getpixel((10, 10))[3] == 0  # type: ignore[index]


def test_strips_are_the_whole_picture() -> None:
    image = Image.frombytes("L", (1000, 2500), os.urandom(2_500_000))
    again = Image.new("L", image.size)
    tops = []
    for top, strip in strips(image, 7):
        again.paste(strip, (0, top))
        tops.append(top)
    assert again.tobytes() == image.tobytes()
    assert len(tops) > 1
    assert all(top % 7 == 0 for top in tops)


def test_room_is_waited_for_and_given_back() -> None:
    room = Room(10)
    order = []

    def late() -> None:
        with room.taken(4):
            order.append("late")

    with room.taken(8):
        thread = threading.Thread(target=late)
        thread.start()
        time.sleep(0.05)
        order.append("early")
    thread.join(timeout=5)
    assert order == ["early", "late"]
    with room.taken(10_000):  # more than there is: alone
        pass


@given(
    content=st.binary(max_size=200), start=st.sampled_from(["png", "gif", "jpeg", "bmp", "none"])
)
@SETTINGS
def test_any_bytes_are_a_picture_or_a_problem(tmp_path: Path, content: bytes, start: str) -> None:
    heads = {"png": grey_png(8, 8)[:33], "gif": b"GIF89a\x08\0\x08\0", "bmp": b"BM", "none": b""}
    path = tmp_path / "a.png"
    path.write_bytes(heads.get(start, b"\xff\xd8\xff\xe0") + content)
    assert isinstance(inspect_picture(path), Inspection | Problem)
    assert isinstance(glance_at(path), Glance | Problem)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 255), st.integers(0, 7))
@SETTINGS
def test_any_header_of_a_png_is_answered(
    tmp_path: Path, width: int, height: int, depth: int, kind: int
) -> None:
    content = bytearray(grey_png(8, 8))
    content[16:26] = struct.pack(">IIBB", width, height, depth, kind)
    content[29:33] = struct.pack(">I", zlib.crc32(bytes(content[12:29])))
    path = tmp_path / "a.png"
    path.write_bytes(content)
    assert isinstance(inspect_picture(path), Inspection | Problem)


@pytest.mark.parametrize("place", range(0, 700, 23))
@pytest.mark.parametrize("kind", ["PNG", "GIF", "JPEG", "WEBP", "TIFF", "BMP"])
def test_a_picture_with_one_byte_changed_or_cut_short_is_answered(
    tmp_path: Path, place: int, kind: str
) -> None:
    path = tmp_path / "a.png"
    Image.linear_gradient("L").resize((20, 20)).save(path, kind)
    whole = path.read_bytes()
    place %= len(whole)
    for content in (
        whole[:place],
        whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :],
    ):
        path.write_bytes(content)
        assert isinstance(glance_at(path), Glance | Problem)
