"""What a file is, its first bytes say, whatever its name ends in."""

from __future__ import annotations

import gzip
import os
import zipfile
from pathlib import Path

import pytest
import torch

from lora_wizard.errors import ModelError
from lora_wizard.models.base import BaseModel, load_base
from lora_wizard.models.checkpoint import open_checkpoint

from .ldm import save_single_file


@pytest.mark.parametrize("ending", [".ckpt", ".pt", ".bin", ".sft", ".txt", ""])
def test_a_safetensors_file_is_read_under_any_name(
    sd1: BaseModel, tmp_path: Path, ending: str
) -> None:
    right = save_single_file(sd1, tmp_path / "right.safetensors")
    wrong = right.rename(tmp_path / f"wrong{ending}")
    assert load_base(str(wrong)).family == "sd1"


@pytest.mark.parametrize("ending", [".safetensors", ".model"])
def test_a_pickle_is_read_under_any_name(sd1: BaseModel, tmp_path: Path, ending: str) -> None:
    right = save_single_file(sd1, tmp_path / "right.ckpt")
    wrong = right.rename(tmp_path / f"wrong{ending}")
    assert load_base(str(wrong)).family == "sd1"


@pytest.mark.parametrize("ending", [".safetensors", ".ckpt"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!DOCTYPE html>\n<html><body>Log in</body></html>", "a web page"),
        (b"\n <html lang='en'>", "a web page"),
        (b"GGUF\x03\x00\x00\x00" + b"\0" * 90, "a GGUF file"),
        (gzip.compress(b"x" * 99, mtime=0), "a gzip archive"),
        (b"7z\xbc\xaf\x27\x1c" + b"\0" * 90, "a 7-Zip archive"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 90, "a picture"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"),
        (b"", "empty"),
        (b"just a text, long enough to be no header", "damaged, cut short or not a checkpoint"),
        (b"\0" * 200, "damaged, cut short or not a checkpoint"),
    ],
)
def test_what_is_certainly_something_else_is_called_by_its_name(
    tmp_path: Path, ending: str, content: bytes, words: str
) -> None:
    path = tmp_path / f"model{ending}"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=words):
        open_checkpoint(path)


def test_a_zip_of_something_else_is_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "model.ckpt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ModelError, match="not a checkpoint"):
        open_checkpoint(path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    os.mkfifo(path)
    with pytest.raises(ModelError, match="not a regular file"):
        open_checkpoint(path)


def test_a_text_file_is_no_base(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello, this is a long enough text", encoding="utf-8")
    with pytest.raises(ModelError, match=r"ending in \.txt is not a model"):
        load_base(str(path))


def test_pickles_of_the_old_format_are_still_read(tmp_path: Path) -> None:
    path = tmp_path / "old.safetensors"
    torch.save({"a.weight": torch.ones(2)}, path, _use_new_zipfile_serialization=False)
    assert dict(open_checkpoint(path).shapes) == {"a.weight": (2,)}
