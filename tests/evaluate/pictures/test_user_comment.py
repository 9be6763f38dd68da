"""EXIF's user comment in all the ways that programs write it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, features
from PIL.PngImagePlugin import PngInfo

from lora_eval.pictures.read_metadata import metadata_in, metadata_of
from lora_eval.pictures.user_comment import comment_text

TEXT = "mira, 制服 <lora:mira:0.8>\nNegative prompt: bad\nSteps: 20, Seed: 7, Size: 64x64"
PLAIN = TEXT.replace("制服", "maid")


@pytest.mark.parametrize(
    "comment",
    [
        b"UNICODE\0" + TEXT.encode("utf-16-be"),
        b"UNICODE\0" + TEXT.encode("utf-16-le"),
        b"UNICODE\0" + TEXT.encode("utf-16-le") + b"\0\0",
        b"UNICODE\0\xff\xfe" + TEXT.encode("utf-16-le"),
        b"UNICODE\0\xfe\xff" + TEXT.encode("utf-16-be"),
        b"UNICODE\0" + TEXT.encode(),
        b"UNICODE\0\xef\xbb\xbf" + TEXT.encode(),
        b"Unicode\0" + TEXT.encode("utf-16-le"),
        b"ASCII\0\0\0" + TEXT.encode(),
        b"ASCII\0\0\0" + TEXT.encode() + b"\0\0",
        b"JIS\0\0\0\0\0" + TEXT.encode("iso2022_jp"),
        b"JIS\0\0\0\0\0" + TEXT.encode("shift_jis"),
        b"\0\0\0\0\0\0\0\0" + TEXT.encode(),
        TEXT.encode(),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT,
        TEXT.encode().decode("latin-1"),
        tuple(TEXT.encode()),
    ],
)
def test_every_form_is_the_same_text(comment: object) -> None:
    assert comment_text(comment) == TEXT


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_text_of_kanji_alone_is_read_in_its_order(encoding: str) -> None:
    assert comment_text(b"UNICODE\0" + "制服の少女、笑顔".encode(encoding)) == "制服の少女、笑顔"


@given(st.binary(max_size=200))
@example(b"UNICODE\0\xd8")
@example(b"UNICODE\0" + b"\xd8\x00" * 9)
@example(b"ASCII\0\0\0")
def test_any_bytes_are_some_text(comment: bytes) -> None:
    text = comment_text(comment)
    text.encode("utf-8")
    metadata_in({"UserComment": text})


@pytest.mark.parametrize("suffix", ["jpg", "webp", "png", "avif"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8"])
def test_it_is_found_in_every_kind_of_file(tmp_path: Path, suffix: str, encoding: str) -> None:
    if suffix == "avif" and not features.check("avif"):
        return  # this Pillow writes none
    exif = Image.Exif()
    exif[0x0131] = "a web UI"  # an EXIF block without any such field is not saved in PNG
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + PLAIN.encode(encoding)
    Image.new("RGB", (16, 16)).save(tmp_path / f"a.{suffix}", exif=exif)
    found = metadata_of(tmp_path / f"a.{suffix}")
    assert found.seed == 7 and found.prompt.strip() == "mira, maid"
    assert [(call.name, call.strength) for call in found.loras] == [("mira", 0.8)]


def test_a_text_behind_the_pixels_is_found(tmp_path: Path) -> None:
    information = PngInfo()
    information.add_text("parameters", PLAIN, zip=False)
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png", pnginfo=information)
    content = (tmp_path / "a.png").read_bytes()
    start = content.index(b"tEXt") - 4
    length = int.from_bytes(content[start : start + 4], "big") + 12
    chunk, rest = content[start : start + length], content[:start] + content[start + length :]
    (tmp_path / "a.png").write_bytes(rest[:-12] + chunk + rest[-12:])
    assert metadata_of(tmp_path / "a.png").seed == 7


@given(st.binary(max_size=300))
def test_any_file_has_metadata_or_none(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.png"
        path.write_bytes(content)
        metadata_of(path)
