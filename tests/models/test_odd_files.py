"""Pickles and headers of odd shapes are damaged files, whatever goes wrong inside the libraries."""

from __future__ import annotations

import io
import json
import pickle
import pickletools
import struct
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.errors import ModelError
from lora_wizard.models.base import BaseModel, load_base
from lora_wizard.models.checkpoint import open_checkpoint

from .ldm import save_single_file

CPU = torch.device("cpu")


def opened(content: bytes, name: str) -> None:
    """Opens and reads a file, which either succeeds or ends in a `ModelError` with its name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        try:
            open_checkpoint(path).read("", device=CPU, dtype=torch.float32)
        except ModelError as error:
            assert name in str(error)


def zipped(data: bytes, **others: bytes) -> bytes:
    """A file of torch.save with this pickle in it."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("archive/data.pkl", data)
        archive.writestr("archive/version", "3\n")
        archive.writestr("archive/byteorder", "little")
        for name, content in others.items():
            archive.writestr(f"archive/data/{name}", content)
    return memory.getvalue()


def holding_itself() -> bytes:
    content: dict[str, Any] = {"a.weight": 1}
    content["state_dict"] = content
    return pickle.dumps(content, protocol=2)


STORAGE = (
    b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQ"
)
REBUILD = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n"
ODD = {
    "holds itself": holding_itself(),
    "nothing on the stack": b"\x80\x02.",
    "a missing memo": b"\x80\x02h\x05.",
    "a number as the whole": b"\x80\x02K\x05.",
    "a list": b"\x80\x02]q\x00.",
    "setting an item of a number": b"\x80\x02K\x01K\x02K\x03s.",
    "a reduce of numbers": b"\x80\x02K\x01K\x02R.",
    "a build of a number": b"\x80\x02K\x01K\x02b.",
    "a persistent id that is none": b"\x80\x02K\x01Q.",
    "an unknown storage": b"\x80\x02X\x01\x00\x00\x00aQ.",
    "a tensor without its arguments": REBUILD + b")R.",
    "a tensor of words": REBUILD + b"(X\x01\x00\x00\x00aK\x00))tR.",
    "a tensor beyond its storage": REBUILD + b"(" + STORAGE + b"K\x00K\x09\x85K\x01\x85\x89}tR.",
    "cut short": b"\x80\x02}q\x00X\xff\xff\x00\x00abc",
    "names that are numbers": pickle.dumps({1: 2, (3,): {}}, protocol=2),
    "nested deeply": b"\x80\x02" + b"]" * 5000 + b"a" * 4999 + b".",
    "an unknown code": b"\x80\x02\xee.",
    "code": b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00echoq\x00\x85R.",
}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("in_zip", [True, False])
def test_pickles_of_odd_shapes_are_refused_in_words(data: bytes, in_zip: bool) -> None:
    opened(zipped(data, **{"0": b"\0" * 16}) if in_zip else data, "odd.ckpt")


def test_a_state_that_holds_itself_ends_and_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "self.ckpt"
    content: dict[str, Any] = {"epoch": 3}
    content["state_dict"] = content
    torch.save(content, path)
    with pytest.raises(ModelError, match=r"self\.ckpt"):
        load_base(str(path))


def test_two_states_that_hold_each_other_end_too(tmp_path: Path) -> None:
    path = tmp_path / "ring.ckpt"
    first: dict[str, Any] = {}
    first["state_dict"] = {"state_dict": first}
    torch.save(first, path)
    with pytest.raises(ModelError):
        load_base(str(path))


def test_a_state_within_a_state_is_still_found(tmp_path: Path) -> None:
    path = tmp_path / "deep.ckpt"
    torch.save({"state_dict": {"state_dict": {"a.weight": torch.ones(2)}}}, path)
    assert list(open_checkpoint(path).shapes) == ["a.weight"]


def test_sparse_tensors_and_other_values_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "sparse.ckpt"
    tensors = {"a": torch.ones(2), "b": torch.ones(2, 2).to_sparse(), 3: torch.ones(1), "c": "x"}
    torch.save(tensors, path)
    assert list(open_checkpoint(path).shapes) == ["a"]


SOUND = pickletools.optimize(pickle.dumps({"state_dict": {"a": [1, 2.5, "x", None]}}, protocol=2))


@given(data=st.data())
def test_any_change_of_a_pickle_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(SOUND)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(2, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    raw = bytes(content)
    opened(zipped(raw) if data.draw(st.booleans()) else raw, "changed.ckpt")


@given(content=st.binary(max_size=120), name=st.sampled_from(["a.ckpt", "a.safetensors", "a.pt"]))
def test_any_bytes_are_refused_in_words(content: bytes, name: str) -> None:
    opened(content, name)


def safetensors_of(header: object, data: bytes = b"\0" * 16) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


TENSOR = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
HEADERS: dict[str, object] = {
    "deep": b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "no object": b"[1, 2]",
    "offsets backwards": {"a": {**TENSOR, "data_offsets": [16, 0]}},
    "offsets beyond": {"a": {**TENSOR, "data_offsets": [0, 10**12]}},
    "a huge shape": {"a": {**TENSOR, "shape": [2**62, 2**62]}},
    "a negative shape": {"a": {**TENSOR, "shape": [-4]}},
    "an unknown kind": {"a": {**TENSOR, "dtype": "F33"}},
    "metadata of numbers": {"__metadata__": {"a": 1}, "a": TENSOR},
    "metadata of a list": {"__metadata__": [], "a": TENSOR},
    "text for a tensor": {"a": "b"},
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_headers_of_odd_shapes_are_refused_in_words(header: object) -> None:
    opened(safetensors_of(header), "odd.safetensors")


@given(data=st.data())
def test_any_change_of_a_header_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(safetensors_of({"a.weight": TENSOR, "__metadata__": {"k": "v"}}))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    opened(bytes(content), "changed.safetensors")


@pytest.mark.parametrize("shape", [[], [1], [1, 1], [1, 1, 1, 1, 1], [0, 4], [4, 0, 3, 3]])
def test_a_base_with_a_tensor_of_another_shape_is_refused_in_words(
    sd1: BaseModel, tmp_path: Path, shape: list[int]
) -> None:
    path = save_single_file(sd1, tmp_path / "whole.ckpt")
    content = torch.load(path, weights_only=True)
    names = [
        "model.diffusion_model.input_blocks.0.0.weight",
        "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight",
        "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight",
        "first_stage_model.decoder.conv_in.weight",
    ]
    for name in names:
        tensors = {**content["state_dict"], name: torch.zeros(shape)}
        assert name in content["state_dict"]
        torch.save({"state_dict": tensors}, path)
        with pytest.raises(ModelError):
            load_base(str(path))
