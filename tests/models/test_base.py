"""Base models load from folders and single files; what is no base model is refused in words."""

import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from lora_wizard.errors import ModelError
from lora_wizard.models import base as base_module
from lora_wizard.models.base import BaseModel, describe, load_base

Tensors = Callable[[], dict[str, Tensor]]


def test_a_folder_loads_frozen_and_in_evaluation_mode(sd1: BaseModel) -> None:
    assert sd1.family == "sd1" and sd1.name == "tiny-sd1"
    assert sd1.prediction_type == "epsilon" and sd1.latent_scale == pytest.approx(0.18215)
    assert sd1.native_size == 32 and sd1.pixels_per_latent == 2
    for module in (sd1.unet, sd1.vae, *sd1.text_encoders):
        assert not module.training
        assert not any(parameter.requires_grad for parameter in module.parameters())
    assert "Stable Diffusion 1" in describe(sd1)


def test_an_xl_folder_has_two_encoders(sdxl: BaseModel) -> None:
    assert sdxl.family == "sdxl"
    assert len(sdxl.text_encoders) == len(sdxl.tokenizers) == 2
    assert [tokenizer.pad_token_id for tokenizer in sdxl.tokenizers] == [49407, 0]


def test_weights_are_loaded_in_the_precision_asked_for(sdxl_folder: Path) -> None:
    base = load_base(str(sdxl_folder), dtype=torch.float16)
    assert base.unet.dtype == base.text_encoders[1].dtype == torch.float16
    assert base.vae.dtype == torch.float32  # in fp16 it gives black pictures


def test_files_named_fp16_serve_where_there_are_no_plain_ones(
    sd1_folder: Path, sd1: BaseModel, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(sd1_folder, tmp_path / "half"))
    for file in folder.glob("*/*.safetensors"):
        file.rename(file.with_suffix(f".fp16{file.suffix}"))
    base = load_base(str(folder))
    assert torch.equal(base.unet.conv_in.weight, sd1.unet.conv_in.weight)


def test_the_schedule_of_the_folder_is_kept_and_can_be_overridden(
    sd1_folder: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(sd1_folder, tmp_path / "velocity"))
    file = folder / "scheduler" / "scheduler_config.json"
    config = json.loads(file.read_text()) | {"prediction_type": "v_prediction"}
    file.write_text(json.dumps(config))
    assert load_base(str(folder)).prediction_type == "v_prediction"
    assert load_base(str(folder), v_prediction=False).prediction_type == "epsilon"


class Evil:
    """A pickle of this runs a command when it is opened without care."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (self.command,)


@pytest.mark.parametrize("modern", [True, False])
def test_a_checkpoint_with_code_in_it_is_refused_and_not_run(tmp_path: Path, modern: bool) -> None:
    trace = tmp_path / "was-run"
    path = tmp_path / "evil.ckpt"
    content = {"state_dict": {"a": torch.zeros(1)}, "evil": Evil(f"touch {trace}")}
    torch.save(content, path, _use_new_zipfile_serialization=modern)
    with pytest.raises(ModelError, match="holds code") as raised:
        load_base(str(path))
    assert not trace.exists()
    assert str(path) in str(raised.value) and ".safetensors" in str(raised.value)


def test_code_in_a_folders_weight_file_is_refused_and_not_run(
    sd1_folder: Path, tmp_path: Path
) -> None:
    trace = tmp_path / "was-run"
    for part in ("unet/diffusion_pytorch_model", "text_encoder/model"):
        folder = Path(shutil.copytree(sd1_folder, tmp_path / part.replace("/", "-")))
        (folder / f"{part}.safetensors").unlink()
        name = "pytorch_model" if "text" in part else "diffusion_pytorch_model"
        torch.save({"a": Evil(f"touch {trace}")}, folder / part.split("/")[0] / f"{name}.bin")
        with pytest.raises(ModelError, match="holds code"):
            load_base(str(folder))
        assert not trace.exists()


def test_a_bare_pickle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bare.pt"
    path.write_bytes(pickle.dumps(Evil(f"touch {tmp_path / 'was-run'}"), protocol=2))
    with pytest.raises(ModelError, match=r"holds code|damaged"):
        load_base(str(path))
    assert not (tmp_path / "was-run").exists()


@pytest.mark.parametrize("suffix", ["safetensors", "ckpt"])
def test_empty_and_cut_files_are_damaged(ldm_tensors: Tensors, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"model.{suffix}"
    path.touch()
    with pytest.raises(ModelError, match="empty"):
        load_base(str(path))
    if suffix == "ckpt":
        torch.save(ldm_tensors(), path)
    else:
        save_file({name: tensor.contiguous() for name, tensor in ldm_tensors().items()}, path)
    whole = path.read_bytes()
    for part in (whole[:5], whole[:3000], whole[: len(whole) // 2]):
        path.write_bytes(part)
        with pytest.raises(ModelError, match="damaged"):
            load_base(str(path))
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:1")
    with pytest.raises(ModelError, match="Git LFS"):
        load_base(str(path))


def test_wrong_paths_say_what_is_wrong(sd1_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such file or folder"):
        load_base(str(tmp_path / "nowhere"))
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(ModelError, match=r"ending in \.txt"):
        load_base(str(tmp_path / "notes.txt"))
    with pytest.raises(ModelError, match=r"holds no model_index.json.*mean the folder tiny-sd1"):
        load_base(str(sd1_folder.parent))
    save_file({"a": torch.zeros(1)}, tmp_path / "x.safetensors")
    with pytest.raises(ModelError, match=r"mean the file x\.safetensors"):
        load_base(str(tmp_path))


def test_a_folder_of_another_pipeline_or_family_is_refused(
    sd1_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match="XL was asked for"):
        load_base(str(sd1_folder), family="sdxl")
    assert load_base(str(sd1_folder), family="sd2").family == "sd2"
    index = {"_class_name": "FluxPipeline", "text_encoder": ["a", "b"], "unet": ["a", "b"]}
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(ModelError, match="FluxPipeline"):
        load_base(str(tmp_path))


def test_missing_and_damaged_parts_of_a_folder_are_named(sd1_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(sd1_folder, tmp_path / "broken"))
    file = folder / "unet" / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"unet/.*safetensors: The file is damaged"):
        load_base(str(folder))
    shutil.rmtree(folder / "vae")
    shutil.rmtree(folder / "text_encoder")
    with pytest.raises(ModelError) as raised:
        load_base(str(folder))
    assert str(folder / "vae") in str(raised.value)
    assert str(folder / "text_encoder") in str(raised.value)


def test_the_missing_small_model_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_module, "_PAPERDOLL_FOLDER", tmp_path)
    with pytest.raises(ModelError, match="train-base"):
        load_base("paperdoll")
