"""Diffusers folders in the forms in which they are passed on: variants, shards, tokenizers."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import CLIPTextModel, CLIPTextModelWithProjection

from lora_wizard.errors import ModelError
from lora_wizard.models.base import BaseModel, load_base
from lora_wizard.models.text import tokenise

from .conftest import library

PARTS = {
    "unet": library.UNet2DConditionModel,
    "vae": library.AutoencoderKL,
    "text_encoder": CLIPTextModel,
    "text_encoder_2": CLIPTextModelWithProjection,
}


def saved_again(folder: Path, target: Path, **how: Any) -> Path:
    """The same model, each of its parts saved in another way."""
    shutil.copytree(folder, target)
    for part, kind in PARTS.items():
        if (target / part).is_dir():
            for old in (target / part).glob("*.safetensors"):
                old.unlink()
            kind.from_pretrained(folder / part).save_pretrained(target / part, **how)
    return target


def same(first: BaseModel, second: BaseModel) -> bool:
    pairs = zip(
        (first.unet, first.vae, *first.text_encoders),
        (second.unet, second.vae, *second.text_encoders),
        strict=True,
    )
    return all(
        torch.equal(one, theirs.state_dict()[name])
        for ours, theirs in pairs
        for name, one in ours.state_dict().items()
    )


@pytest.mark.parametrize("variant", [None, "fp16", "non_ema"])
@pytest.mark.parametrize("size", ["10GB", "200KB"], ids=["one file", "shards"])
def test_variants_and_shards_load(
    sdxl: BaseModel, sdxl_folder: Path, tmp_path: Path, variant: str | None, size: str
) -> None:
    folder = saved_again(sdxl_folder, tmp_path / "again", variant=variant, max_shard_size=size)
    names = [path.name for path in (folder / "unet").iterdir()]
    assert any("-of-" in name for name in names) == (size == "200KB")
    assert any(f".{variant}" in name for name in names) == (variant is not None)
    assert same(load_base(str(folder)), sdxl)


def test_plain_weights_go_before_a_variant(
    sdxl: BaseModel, sdxl_folder: Path, tmp_path: Path
) -> None:
    folder = saved_again(sdxl_folder, tmp_path / "again")
    file = folder / "unet" / "diffusion_pytorch_model.safetensors"
    shutil.copy(file, file.with_suffix(".fp16.safetensors"))
    assert same(load_base(str(folder)), sdxl)


def test_a_missing_shard_is_told(sdxl_folder: Path, tmp_path: Path) -> None:
    folder = saved_again(sdxl_folder, tmp_path / "again", max_shard_size="200KB")
    next((folder / "unet").glob("*-00001-of-*")).unlink()
    with pytest.raises(ModelError, match=r"unet: This part of the model cannot be loaded"):
        load_base(str(folder))


def test_the_whole_file_goes_before_its_shards(
    sdxl: BaseModel, sdxl_folder: Path, tmp_path: Path
) -> None:
    folder = saved_again(sdxl_folder, tmp_path / "again", max_shard_size="200KB")
    for shard in (folder / "unet").glob("*-of-*.safetensors"):
        tensors = load_file(shard)
        save_file({name: one + 1 for name, one in tensors.items()}, shard)
    whole = "unet/diffusion_pytorch_model.safetensors"
    shutil.copy(sdxl_folder / whole, folder / whole)
    assert same(load_base(str(folder)), sdxl)


@pytest.mark.parametrize("part", ["text_encoder", "text_encoder_2"])
def test_text_encoders_load_with_the_level_of_names_that_a_library_took_away_and_without(
    sdxl: BaseModel, sdxl_folder: Path, tmp_path: Path, part: str
) -> None:
    folder = Path(shutil.copytree(sdxl_folder, tmp_path / "old"))
    file = folder / part / "model.safetensors"
    level = "text_model."
    for add in (True, False):
        tensors = {
            name
            if "projection" in name.split(".")[0]
            else level * add + name.removeprefix(level): t
            for name, t in load_file(file).items()
        }
        save_file(tensors, file, metadata={"format": "pt"})
        assert same(load_base(str(folder)), sdxl)


def test_a_vae_with_the_names_of_2022_loads(
    sd1: BaseModel, sd1_folder: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(sd1_folder, tmp_path / "old"))
    file = folder / "vae" / "diffusion_pytorch_model.safetensors"
    old = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    tensors = load_file(file)
    for new, name in old.items():
        tensors = {
            key.replace(f".{new}.", f".{name}.") if "attentions" in key else key: one
            for key, one in tensors.items()
        }
    assert any(".proj_attn." in name for name in tensors)
    save_file(tensors, file, metadata={"format": "pt"})
    assert same(load_base(str(folder)), sd1)


def test_without_tokenizers_the_vocabulary_of_the_package_serves(
    sd1: BaseModel, sd2: BaseModel, sdxl: BaseModel, tmp_path: Path
) -> None:
    for base in (sd1, sd2, sdxl):
        folder = Path(shutil.copytree(base.path, tmp_path / base.family))
        for tokenizer in folder.glob("tokenizer*"):
            shutil.rmtree(tokenizer)
        found = load_base(str(folder))
        for caption in ("1girl, ann", "", "smile!", "ミオ, 笑顔", "cat " * 80):
            for ours, theirs in zip(
                tokenise(found, [caption]), tokenise(base, [caption]), strict=True
            ):
                assert torch.equal(ours, theirs)


def test_the_xl_refiner_is_called_by_its_name(sdxl_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(sdxl_folder, tmp_path / "refiner"))
    index = folder / "model_index.json"
    text = index.read_text().replace(
        """"text_encoder": [
    "transformers",
    "CLIPTextModel"
  ]""",
        """"text_encoder": [null, null]""",
    )
    assert "null, null" in text
    index.write_text(text)
    with pytest.raises(ModelError, match="SDXL refiner"):
        load_base(str(folder))


def test_a_family_that_does_not_fit_the_folder_is_not_forced_upon_it(
    sdxl_folder: Path, sd2_folder: Path
) -> None:
    for folder, family in ((sdxl_folder, "sd1"), (sdxl_folder, "sd2"), (sd2_folder, "sdxl")):
        with pytest.raises(ModelError, match="was asked for"):
            load_base(str(folder), family=family)  # type: ignore[arg-type]
