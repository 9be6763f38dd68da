"""Files that are no base model of these families are refused by what they are."""

import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from lora_wizard.errors import ModelError
from lora_wizard.models.base import load_base
from lora_wizard.models.families import recognise_file

UNET = "model.diffusion_model."
PLAIN: dict[str, tuple[int, ...]] = {f"{UNET}input_blocks.0.0.weight": (320, 4, 3, 3)}
SDXL = PLAIN | {"conditioner.embedders.1.model.ln_final.weight": (1280,)}

KINDS: dict[str, dict[str, tuple[int, ...]]] = {
    "a LoRA": {"lora_unet_mid_block.lora_down.weight": (4, 8)},
    "a LoRA, not": {"transformer.single_blocks.0.lora_A.weight": (4, 8)},
    "a Flux model": {"double_blocks.0.img_attn.qkv.weight": (3, 4)},
    "a Flux model$": {f"{UNET}double_blocks.0.img_attn.qkv.weight": (3, 4)},
    "a Flux 2 model": {
        "double_blocks.0.img_attn.qkv.weight": (3, 4),
        "single_stream_modulation.lin.weight": (3, 4),
    },
    "a Chroma model": {
        "double_blocks.0.img_attn.qkv.weight": (3, 4),
        "distilled_guidance_layer.in_proj.bias": (4,),
    },
    "a Stable Diffusion 3 model": {f"{UNET}joint_blocks.0.x_block.mlp.fc1.weight": (3, 4)},
    "a HiDream model": {"double_stream_blocks.0.block.adaLN_modulation.1.bias": (4,)},
    "an AuraFlow model": {"double_layers.0.attn.w1q.weight": (4, 4)},
    "a PixArt model": {"y_embedder.y_proj.fc1.weight": (4, 4)},
    "a HunyuanDiT model": {"mlp_t5.0.weight": (4, 4)},
    "a Z-Image model": {
        "cap_embedder.0.weight": (4,),
        "layers.0.adaLN_modulation.0.weight": (4, 4),
    },
    "a Lumina model": {
        f"{UNET}cap_embedder.0.weight": (4,),
        f"{UNET}layers.0.adaLN_modulation.1.weight": (4, 4),
    },
    "a Qwen-Image model": {"transformer_blocks.0.img_mod.1.weight": (4, 4)},
    "an Anima model": {"net.llm_adapter.embed.weight": (4, 4)},
    "a Wan video model": {f"{UNET}head.modulation": (1, 2, 4)},
    "an LTX video model": {"patchify_proj.weight": (4, 4)},
    "a Stable Cascade model": {"clip_txt_mapper.weight": (4, 4)},
    "a ControlNet": {"control_model.input_blocks.0.0.weight": (4, 4, 3, 3)},
    "a motion module": {"down_blocks.0.motion_modules.0.temporal_transformer.norm.bias": (4,)},
    "an IP-Adapter": {"ip_adapter.1.to_k_ip.weight": (4, 4)},
    "a video model": PLAIN | {f"{UNET}input_blocks.1.0.time_stack.in_layers.0.weight": (4,)},
    "the SDXL refiner": PLAIN | {"conditioner.embedders.0.model.ln_final.weight": (4,)},
    "an inpainting or editing model .9 input": {f"{UNET}input_blocks.0.0.weight": (320, 9, 3, 3)},
    "an inpainting or editing model .8 input": {f"{UNET}input_blocks.0.0.weight": (320, 8, 3, 3)},
    "an SDXL made for another kind": SDXL | {"edm_mean": (4,), "edm_std": (4,)},
    "another kind of noise .EDM": SDXL | {"edm_vpred.sigma_max": (1,), "v_pred": (1,)},
    "a shrunk SDXL": SDXL | {f"{UNET}label_emb.0.0.weight": (4, 4)},
    "prompted by pictures": PLAIN
    | {
        f"{UNET}label_emb.0.0.weight": (4, 4),
        "cond_stage_model.model.ln_final.weight": (4,),
    },
    "textual inversion": {"emb_params": (1, 768)},
    "textual inversion embedding": {"clip_g": (1, 1280), "clip_l": (1, 768)},
    "only a VAE": {"encoder.down.0.block.0.conv1.weight": (3, 4)},
    "only a VAE$": {"first_stage_model.decoder.conv_in.weight": (3, 4, 3, 3)},
    "only the UNet": {"down_blocks.0.resnets.0.conv1.weight": (3, 4)},
    "only a UNet": {"input_blocks.0.0.weight": (320, 4, 3, 3)},
    "only a text encoder": {"text_model.embeddings.position_embedding.weight": (77, 4)},
    "not a Stable Diffusion": {"weight": (2, 2)},
    "a family that is not known here": {f"{UNET}blocks.0.weight": (2, 2)},
}


@pytest.mark.parametrize("sentence", KINDS)
def test_what_a_file_is_can_be_told_from_its_names(sentence: str) -> None:
    found = recognise_file(KINDS[sentence])
    assert found.family is None
    assert re.search(sentence, found.sentence)


def test_an_empty_file_of_tensors_is_called_empty() -> None:
    assert "holds no tensors" in recognise_file({}).sentence


@pytest.mark.parametrize("sentence", ["a Flux model", "a LoRA", "only a VAE", "an SDXL made for"])
def test_loading_refuses_them_by_their_sentence(sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "file.safetensors"
    full = next(kind for kind in KINDS if kind.startswith(sentence))
    save_file({name: torch.zeros(shape) for name, shape in KINDS[full].items()}, path)
    with pytest.raises(ModelError, match=f"The file is {sentence}") as raised:
        load_base(str(path))
    assert raised.value.where == str(path) and "Give a Stable Diffusion" in raised.value.fix


def test_the_headers_own_word_is_passed_on(tmp_path: Path) -> None:
    path = tmp_path / "file.safetensors"
    save_file({"weight": torch.zeros(2)}, path, metadata={"modelspec.architecture": "Kandinsky-9"})
    with pytest.raises(ModelError, match=r'its header says "Kandinsky-9"'):
        load_base(str(path))
