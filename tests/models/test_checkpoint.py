"""Checkpoint files are read piece by piece, and only where they are whole, sound and readable."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import CLIPTextModel

from lora_wizard.errors import ModelError
from lora_wizard.models.base import BaseModel, load_base
from lora_wizard.models.checkpoint import open_checkpoint

from .conftest import CLIP_WIDTH, library, save_sd1, text_encoder, vae
from .ldm import clip, ldm_unet, ldm_vae, save_single_file

CPU = torch.device("cpu")
NOBODY = 65534


def test_numbers_get_the_precision_asked_for_and_integers_keep_theirs(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_file({"a.w": torch.ones(2), "a.ids": torch.arange(2), "b.w": torch.ones(2)}, path)
    found = open_checkpoint(path).read("a.", device=CPU, dtype=torch.bfloat16)
    assert {name: one.dtype for name, one in found.items()} == {
        "a.w": torch.bfloat16,
        "a.ids": torch.int64,
    }


def test_weights_of_eight_bits_are_read(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_file({"a.w": torch.tensor([1.5, -2.0]).to(torch.float8_e4m3fn)}, path)
    found = open_checkpoint(path).read("a.", device=CPU, dtype=torch.bfloat16)
    assert found["a.w"].tolist() == [1.5, -2.0]


def test_only_what_is_wanted_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_file({"a.w": torch.ones(2), "a.v": torch.ones(2)}, path)
    found = open_checkpoint(path).read(
        "a.", device=CPU, dtype=torch.float32, wanted=lambda name: name.endswith("v")
    )
    assert list(found) == ["a.v"]


@pytest.mark.parametrize("suffix", ["safetensors", "ckpt"])
def test_what_was_read_does_not_change_with_the_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"model.{suffix}"
    tensors = {f"w{number}": torch.full((64,), float(number)) for number in range(60)}
    if suffix == "ckpt":
        torch.save({"state_dict": tensors}, path)
    else:
        save_file(tensors, path)
    found = open_checkpoint(path).read("w", device=CPU, dtype=torch.float32)
    with path.open("r+b") as file:
        file.write(b"\0" * path.stat().st_size)
    assert all(torch.equal(found[name], tensor) for name, tensor in tensors.items())


@pytest.mark.parametrize("form", ["safetensors", "ckpt"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_lost_weights_are_named_while_loading(
    sdxl: BaseModel, tmp_path: Path, form: str, value: float
) -> None:
    sound = load_file(save_single_file(sdxl, tmp_path / "sound.safetensors"))
    broken = "model.diffusion_model.middle_block.1.proj_in.weight"
    sound[broken][0, :3] = value
    path = tmp_path / f"broken.{form}"
    if form == "ckpt":
        torch.save(sound, path)
    else:
        save_file(sound, path)
    with pytest.raises(ModelError, match="weights are no numbers") as raised:
        load_base(str(path))
    assert f"{broken}: 3 values are infinite or no numbers" in str(raised.value)
    assert str(path) in str(raised.value)


def test_lost_weights_of_a_folder_are_named_too(sd1_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(sd1_folder, tmp_path / "broken"))
    file = folder / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(file)
    tensors["conv_in.weight"][0, 0, 0, 0] = float("nan")
    save_file(tensors, file, metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"unet/\S+: The model is broken") as raised:
        load_base(str(folder))
    assert "conv_in.weight: 1 values" in str(raised.value)


def test_weights_that_leave_the_range_of_fp16_are_told_with_the_way_out(
    sd1: BaseModel, tmp_path: Path
) -> None:
    tensors = load_file(save_single_file(sd1, tmp_path / "model.safetensors"))
    tensors["model.diffusion_model.time_embed.0.bias"][0] = 1e5
    save_file(tensors, tmp_path / "large.safetensors")
    assert load_base(str(tmp_path / "large.safetensors")).family == "sd1"
    with pytest.raises(ModelError, match=r'training\.precision = "fp32"'):
        load_base(str(tmp_path / "large.safetensors"), dtype=torch.float16)


@contextmanager
def as_nobody() -> Iterator[None]:
    """As a user who owns nothing: root may read whatever it likes."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(was)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter; pytest's own are closed."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_file_without_permission_says_so(sd1: BaseModel, open_folder: Path) -> None:
    path = save_single_file(sd1, open_folder / "closed.safetensors")
    path.chmod(0o000)
    with as_nobody(), pytest.raises(ModelError, match=r"Permission denied.*Check its permissions"):
        load_base(str(path))


def test_a_file_in_a_folder_without_permission_says_so(sd1: BaseModel, open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir()
    path = save_single_file(sd1, closed / "model.safetensors")
    closed.chmod(0o000)
    with as_nobody(), pytest.raises(ModelError, match=r"Permission denied.*Check its permissions"):
        load_base(str(path))


@pytest.mark.parametrize("family", ["sd2", "sdxl"])
@pytest.mark.parametrize("suffix", ["safetensors", "ckpt"])
def test_cut_files_are_damaged(
    family: str, suffix: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    base: BaseModel = request.getfixturevalue(family)
    path = save_single_file(base, tmp_path / f"model.{suffix}")
    whole = path.read_bytes()
    for length in (5, 3000, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(ModelError, match="damaged"):
            load_base(str(path))


_MEASURE = """
import sys, torch
from lora_wizard.models.base import load_base
from lora_wizard.models.single_file import load_single_file
import transformers.models.clip.modeling_clip, diffusers.models.unets.unet_2d_condition
import diffusers.models.autoencoders.autoencoder_kl, torch.nn.functional

def kib(name):
    return next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith(name))

load_base("paperdoll")  # the libraries with everything they take at first use
with open("/proc/self/clear_refs", "w") as refs:
    refs.write("5")  # the high-water mark begins anew
before = kib("VmHWM")
base = load_base(sys.argv[1], dtype=getattr(torch, sys.argv[2]))
print((kib("VmHWM") - before) * 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["safetensors", "ckpt", "folder"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_loading_takes_at_most_a_tenth_more_memory_than_the_file(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, dtype: str
) -> None:
    room = tmp_path_factory.mktemp("large")
    if suffix == "folder":
        path = large_folder(room / "model")
    else:
        path = large_file(room / f"model.{suffix}")
    size = sum(file.stat().st_size for file in (path, *path.rglob("*")) if file.is_file())
    assert size > 0.9e9
    measured = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(path), dtype],
        capture_output=True,
        text=True,
        check=True,
    )
    share = int(measured.stdout.split()[-1]) / size
    assert share <= (1.1 if dtype == "float32" else 0.6)
    shutil.rmtree(room)


def large_folder(path: Path) -> Path:
    """A diffusers folder of about 1 GB in fp32: an SD1 of half the width."""
    save_sd1(path)
    torch.manual_seed(0)
    unet = library.UNet2DConditionModel(
        block_out_channels=(160, 320, 640, 704), cross_attention_dim=CLIP_WIDTH
    )
    shutil.rmtree(path / "unet")
    unet.save_pretrained(path / "unet")
    return path


def large_file(path: Path) -> Path:
    """An SD1-shaped file of about 1 GB in fp32: half as wide as the real one."""
    torch.manual_seed(0)
    unet = library.UNet2DConditionModel(
        block_out_channels=(160, 320, 640, 704), cross_attention_dim=32
    )
    parts = {
        "model.diffusion_model.": ldm_unet(unet),
        "first_stage_model.": ldm_vae(vae((64, 128, 256))),
        "cond_stage_model.transformer.text_model.": clip(text_encoder(CLIPTextModel)),
    }
    tensors = {
        prefix + name: one.contiguous()
        for prefix, part in parts.items()
        for name, one in part.items()
    }
    if path.suffix == ".ckpt":
        torch.save({"state_dict": tensors}, path)
    else:
        save_file(tensors, path)
    return path
