"""One checkpoint file gives the model that its diffusers folder gives, in all three families."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lora_wizard.errors import ModelError
from lora_wizard.models.base import BaseModel, describe, load_base
from lora_wizard.models.text import encode_captions

from .conftest import library
from .ldm import save_single_file, single_file_tensors

Base = Callable[[str], BaseModel]
CAPTIONS = ["1girl, ann, smile!", ""]


@pytest.fixture(params=["sd1", "sd2", "sdxl"])
def base(request: pytest.FixtureRequest) -> BaseModel:
    """Each family's tiny model, loaded from its folder."""
    found: BaseModel = request.getfixturevalue(request.param)
    return found


def modules(base: BaseModel) -> list[Any]:
    return [base.unet, base.vae, *base.text_encoders]


def prediction(base: BaseModel, dtype: torch.dtype = torch.float32) -> Tensor:
    """What the UNet makes of noise and captions, in the precision of its weights."""
    states = encode_captions(base, CAPTIONS)
    chance = torch.Generator().manual_seed(3)
    noise = torch.randn(2, 4, 16, 16, generator=chance).to(dtype)
    inputs: dict[str, Any] = {}
    if states.pooled is not None:
        sizes = torch.tensor([[64.0, 48.0, 0.0, 8.0, 32.0, 32.0]] * 2)
        inputs["added_cond_kwargs"] = {"text_embeds": states.pooled, "time_ids": sizes}
    with torch.no_grad():
        predicted: Tensor = base.unet(noise, torch.tensor(500), states.hidden, **inputs).sample
    return predicted


def decoded(base: BaseModel) -> Tensor:
    with torch.no_grad():
        picture: Tensor = base.vae.decode(torch.ones(1, 4, 8, 8) / base.latent_scale).sample
    return picture


@pytest.mark.parametrize("form", ["safetensors", "ckpt", "old ckpt"])
def test_a_single_file_gives_the_same_model_as_its_folder(
    base: BaseModel, tmp_path: Path, form: str
) -> None:
    path = tmp_path / f"model.{form.split()[-1]}"
    save_single_file(base, path, metadata={"modelspec.prediction_type": "epsilon"})
    if form == "old ckpt":
        torch.save(torch.load(path), path, _use_new_zipfile_serialization=False)
    found = load_base(str(path), v_prediction=False)
    assert (found.family, found.name, found.latent_scale) == (
        base.family,
        "model",
        base.latent_scale,
    )
    for ours, theirs in zip(modules(found), modules(base), strict=True):
        expected = theirs.state_dict()
        assert ours.state_dict().keys() == expected.keys()
        assert all(torch.equal(value, expected[name]) for name, value in ours.state_dict().items())
        assert not any(buffer.is_meta for buffer in ours.buffers())
        assert not any(one.requires_grad for one in ours.parameters())
    assert [one.pad_token_id for one in found.tokenizers] == [
        one.pad_token_id for one in base.tokenizers
    ]
    assert torch.equal(prediction(found), prediction(base))
    assert torch.equal(decoded(found), decoded(base))


def test_the_configuration_read_from_the_shapes_is_the_folders(
    base: BaseModel, tmp_path: Path
) -> None:
    save_single_file(base, tmp_path / "model.safetensors")
    found = load_base(str(tmp_path / "model.safetensors"), v_prediction=False)
    same = (
        "block_out_channels", "down_block_types", "up_block_types", "attention_head_dim",
        "cross_attention_dim", "layers_per_block", "use_linear_projection", "upcast_attention",
        "addition_embed_type", "addition_time_embed_dim", "transformer_layers_per_block",
        "projection_class_embeddings_input_dim",
    )  # fmt: skip
    for key in same:
        values = [one.unet.config[key] for one in (found, base)]
        ours, theirs = (list(one) if isinstance(one, tuple) else one for one in values)
        assert ours == theirs, key
    for ours, theirs in zip(found.text_encoders, base.text_encoders, strict=True):
        assert ours.config.hidden_act == theirs.config.hidden_act
        assert ours.config.num_attention_heads == theirs.config.num_attention_heads


def test_our_writers_names_are_those_of_published_files(
    sd1: BaseModel, sd2: BaseModel, sdxl: BaseModel
) -> None:
    block = "transformer_blocks.0"
    published = {
        "sd1": {
            f"model.diffusion_model.input_blocks.1.1.{block}.attn2.to_k.weight",
            "model.diffusion_model.input_blocks.2.0.op.weight",
            "model.diffusion_model.middle_block.1.proj_in.weight",
            "model.diffusion_model.output_blocks.1.1.conv.weight",
            "cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight",
            "first_stage_model.encoder.mid.attn_1.q.weight",
            "first_stage_model.decoder.up.0.block.0.conv1.weight",
            "first_stage_model.quant_conv.weight",
        },
        "sd2": {
            "cond_stage_model.model.ln_final.weight",
            "cond_stage_model.model.positional_embedding",
            "cond_stage_model.model.text_projection",
            "cond_stage_model.model.token_embedding.weight",
            "cond_stage_model.model.transformer.resblocks.0.attn.in_proj_bias",
            "cond_stage_model.model.transformer.resblocks.0.attn.out_proj.weight",
            "cond_stage_model.model.transformer.resblocks.3.mlp.c_proj.weight",
        },
        "sdxl": {
            f"model.diffusion_model.input_blocks.3.1.{block}.attn2.to_k.weight",
            "model.diffusion_model.input_blocks.5.1.transformer_blocks.1.ff.net.0.proj.weight",
            "model.diffusion_model.label_emb.0.0.weight",
            "model.diffusion_model.label_emb.0.2.bias",
            "model.diffusion_model.output_blocks.1.2.conv.weight",
            "conditioner.embedders.0.transformer.text_model.embeddings.token_embedding.weight",
            "conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight",
            "conditioner.embedders.1.model.transformer.resblocks.2.ln_2.bias",
            "conditioner.embedders.1.model.text_projection",
        },
    }
    for base in (sd1, sd2, sdxl):
        assert published[base.family] <= single_file_tensors(base).keys()
    packed = single_file_tensors(sdxl)[
        "conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight"
    ]
    assert packed.shape == (96, 32)
    assert single_file_tensors(sd1)["first_stage_model.encoder.mid.attn_1.q.weight"].ndim == 4


@pytest.mark.parametrize("family", ["sd1", "sdxl"])
def test_diffusers_own_loader_reads_our_single_files_alike(
    family: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    base: BaseModel = request.getfixturevalue(family)
    path = save_single_file(base, tmp_path / "model.safetensors")
    for kind, part, ours in (
        (library.UNet2DConditionModel, "unet", base.unet),
        (library.AutoencoderKL, "vae", base.vae),
    ):
        theirs = kind.from_single_file(
            str(path), config=str(base.path), subfolder=part, local_files_only=True
        )
        expected = theirs.state_dict()
        assert ours.state_dict().keys() == expected.keys()
        assert all(torch.equal(value, expected[name]) for name, value in ours.state_dict().items())


def test_files_of_2022_without_the_level_text_model_load(sd1: BaseModel, tmp_path: Path) -> None:
    tensors = {
        name.replace(".text_model.", "."): value.clone().contiguous()
        for name, value in single_file_tensors(sd1).items()
    }
    tensors["cond_stage_model.transformer.embeddings.position_ids"] = torch.arange(77)[None]
    save_file(tensors, tmp_path / "old.safetensors")
    assert torch.equal(prediction(load_base(str(tmp_path / "old.safetensors"))), prediction(sd1))


def test_sd2_files_converted_back_from_diffusers_lack_the_unread_layer(
    sd2: BaseModel, tmp_path: Path
) -> None:
    path = save_single_file(sd2, tmp_path / "model.safetensors")
    tensors = {
        name: value
        for name, value in load_file(path).items()
        if ".resblocks.3." not in name and "text_projection" not in name
    }
    save_file(tensors, path)
    found = load_base(str(path), v_prediction=False)
    assert found.text_encoders[0].config.num_hidden_layers == 3
    assert torch.equal(prediction(found), prediction(sd2))


def test_projections_saved_as_convolutions_are_taken_for_linear_ones(
    sdxl: BaseModel, tmp_path: Path
) -> None:
    path = save_single_file(sdxl, tmp_path / "model.safetensors")
    tensors = {
        name: value[:, :, None, None] if "1.proj_" in name and value.ndim == 2 else value
        for name, value in load_file(path).items()
    }
    changed = sum(value.ndim == 4 for name, value in tensors.items() if ".proj_in." in name)
    assert changed >= 3
    save_file(tensors, path)
    assert torch.equal(prediction(load_base(str(path))), prediction(sdxl))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_weights_come_in_the_precision_asked_for_and_xl_spares_its_vae_fp16(
    base: BaseModel, tmp_path: Path, dtype: torch.dtype
) -> None:
    path = save_single_file(base, tmp_path / "model.safetensors")
    found = load_base(str(path), v_prediction=False, dtype=dtype)
    assert found.unet.dtype == found.text_encoders[-1].dtype == dtype
    spared = base.family == "sdxl" and dtype == torch.float16
    assert found.vae.dtype == (torch.float32 if spared else dtype)


def test_a_wrong_family_is_not_forced_upon_a_file(base: BaseModel, tmp_path: Path) -> None:
    path = save_single_file(base, tmp_path / "model.safetensors")
    for family in ("sd1", "sd2", "sdxl"):
        if family == base.family:
            assert load_base(str(path), family=family, v_prediction=False).family == family
            continue
        with pytest.raises(ModelError, match=r"The file is a Stable .* was asked for.*auto"):
            load_base(str(path), family=family)


def test_a_file_without_all_its_tensors_says_which(base: BaseModel, tmp_path: Path) -> None:
    path = save_single_file(base, tmp_path / "model.safetensors")
    tensors = load_file(path)
    for lost, said in (
        ("model.diffusion_model.middle_block.1.proj_in.weight", "mid_block.attentions.0.proj_in"),
        ("first_stage_model.decoder.conv_out.bias", "decoder.conv_out.bias is missing"),
    ):
        save_file({name: one for name, one in tensors.items() if name != lost}, path)
        with pytest.raises(ModelError, match=said):
            load_base(str(path), v_prediction=False)
    (norm,) = [name for name in tensors if name.endswith(("ln_final.bias", "layer_norm.bias"))][:1]
    save_file({name: one for name, one in tensors.items() if name != norm}, path)
    with pytest.raises(ModelError, match=r"final_layer_norm.bias is missing"):
        load_base(str(path), v_prediction=False)


def test_the_line_on_a_model_names_family_and_prediction(sdxl: BaseModel, tmp_path: Path) -> None:
    path = save_single_file(sdxl, tmp_path / "noob.safetensors", marks=("v_pred", "ztsnr"))
    line = "noob: Stable Diffusion XL, v-prediction, zero-terminal SNR"
    assert describe(load_base(str(path))) == line
    assert describe(load_base(str(path), vae=str(path))) == f"{line}, with the VAE {path.name}"


def test_shapes_that_only_a_configuration_could_explain_are_told(tmp_path: Path) -> None:
    # The small model's VAE has groups of a size that no published one has.
    path = save_single_file(load_base("paperdoll"), tmp_path / "odd.safetensors")
    with pytest.raises(ModelError, match=r"No .*1.* model can be built.*divisible.*folder"):
        load_base(str(path))
