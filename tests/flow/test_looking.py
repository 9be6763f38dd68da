"""A base's head is looked at quickly, whatever the file is."""

from __future__ import annotations

import json
import os
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.flow import look_at_base

NAME = "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight"


def header(content: object) -> bytes:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return struct.pack("<Q", len(text)) + text


@pytest.mark.parametrize(
    "content",
    [
        header({NAME: {"shape": []}}),
        header({NAME: {}}),
        header({NAME: "x"}),
        header({NAME: None}),
        header([NAME]),
        header({NAME: {"shape": ["wide"]}}),
        header(b"[" * 100_000),
        header(b"9" * 5000),
        struct.pack("<Q", 2**60) + b"{}",
        b"",
        b"\xff" * 40,
    ],
)
def test_a_head_of_nonsense_says_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    assert look_at_base(str(path)) is None


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert look_at_base(str(tmp_path / "pipe")) is None
    (tmp_path / "folder" / "unet").mkdir(parents=True)
    os.mkfifo(tmp_path / "folder" / "unet" / "config.json")
    assert look_at_base(str(tmp_path / "folder")) is None


def test_a_deep_configuration_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "unet").mkdir()
    (tmp_path / "unet" / "config.json").write_text("[" * 100_000, encoding="utf-8")
    assert look_at_base(str(tmp_path)) is None


def test_a_zip_that_is_broken_inside_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"model.diffusion_model." * 99)
    content = bytearray(path.read_bytes())
    content[60:64] = b"\xff\xff\xff\xff"
    path.write_bytes(bytes(content))
    assert look_at_base(str(path)) is None


@given(content=st.binary(max_size=100))
def test_any_bytes_are_looked_at(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "a"
    path.write_bytes(content)
    look_at_base(str(path))
