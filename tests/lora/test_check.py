"""A written file loads in diffusers with nothing left over and acts there as it does here."""

import copy
from pathlib import Path

import pytest
import safetensors.torch
import torch
from diffusers.loaders.lora_pipeline import (
    StableDiffusionLoraLoaderMixin,
    StableDiffusionXLLoraLoaderMixin,
)
from torch import nn

from lora_wizard.errors import LoraFileError
from lora_wizard.lora import attach, check_loads_in_diffusers, load_lora, save_lora
from lora_wizard.recipe import NetworkSettings

from .tiny import (
    predict,
    predict_sdxl,
    stir,
    tiny_sdxl_unet,
    tiny_second_text_encoder,
    tiny_text_encoder,
    tiny_unet,
)

PLAIN = NetworkSettings(rank=4, alpha=2)
LOCON = NetworkSettings(rank=4, alpha=2, conv_rank=3, conv_alpha=1.5)
UNET_ONLY = NetworkSettings(rank=4, alpha=2, parts="unet")
TEXT_ONLY = NetworkSettings(rank=4, alpha=2, parts="text_encoder")
ALL = [PLAIN, LOCON, UNET_ONLY, TEXT_ONLY]


class Loader(StableDiffusionLoraLoaderMixin):
    """Only what `load_lora_weights` of a pipeline needs: its models."""

    hf_device_map = None

    def __init__(self, unet: nn.Module, text_encoder: nn.Module) -> None:
        self.unet, self.text_encoder = unet, text_encoder
        self.components = {"unet": unet, "text_encoder": text_encoder}


class XlLoader(StableDiffusionXLLoraLoaderMixin):
    hf_device_map = None

    def __init__(self, unet: nn.Module, text_encoders: list[nn.Module]) -> None:
        self.unet, self.text_encoder, self.text_encoder_2 = unet, *text_encoders
        self.components = {"unet": unet}


def close(ours: torch.Tensor, theirs: torch.Tensor, base: torch.Tensor) -> None:
    """The same prediction, and not because the LoRA does nothing."""
    assert float((ours - theirs).norm() / theirs.norm()) < 1e-3
    assert float((ours - base).norm() / base.norm()) > 1e-2


@pytest.mark.parametrize("settings", ALL)
def test_sd1_is_the_same_in_diffusers(tmp_path: Path, settings: NetworkSettings) -> None:
    unet, encoder = tiny_unet(), tiny_text_encoder()
    theirs = Loader(copy.deepcopy(unet), copy.deepcopy(encoder))
    base = predict(unet, encoder).detach()
    network = attach(unet, [encoder], settings)
    stir(network.parameters(), size=0.4)
    path = tmp_path / "a.safetensors"
    save_lora(path, network.tensors(), {"ss_v2": "False"}, precision="fp32")
    check_loads_in_diffusers(path, unet, [encoder])
    ours = predict(unet, encoder).detach()
    theirs.load_lora_weights(str(tmp_path), weight_name=path.name, local_files_only=True)
    with torch.no_grad():
        close(ours, predict(theirs.unet, theirs.text_encoder), base)
    assert torch.equal(predict(unet, encoder).detach(), ours)


@pytest.mark.parametrize("settings", ALL)
def test_sdxl_is_the_same_in_diffusers(tmp_path: Path, settings: NetworkSettings) -> None:
    unet, encoders = tiny_sdxl_unet(), [tiny_text_encoder(), tiny_second_text_encoder()]
    theirs = XlLoader(copy.deepcopy(unet), copy.deepcopy(encoders))
    base = predict_sdxl(unet, encoders).detach()
    network = attach(unet, encoders, settings)
    stir(network.parameters(), size=0.4)
    path = tmp_path / "a.safetensors"
    save_lora(path, network.tensors(), {}, precision="fp32")
    check_loads_in_diffusers(path, unet, encoders)
    ours = predict_sdxl(unet, encoders).detach()
    theirs.load_lora_weights(str(tmp_path), weight_name=path.name, local_files_only=True)
    with torch.no_grad():
        close(ours, predict_sdxl(theirs.unet, [theirs.text_encoder, theirs.text_encoder_2]), base)


def test_half_precision_passes_the_check(tmp_path: Path) -> None:
    unet, encoder = tiny_unet(), tiny_text_encoder()
    network = attach(unet, [encoder], NetworkSettings(rank=4, alpha=0.1, conv_rank=2))
    stir(network.parameters(), size=0.4)
    save_lora(tmp_path / "a.safetensors", network.tensors(), {}, precision="bf16")
    check_loads_in_diffusers(tmp_path / "a.safetensors", unet, [encoder])
    assert load_lora(tmp_path / "a.safetensors").rank == 4


def test_the_check_leaves_the_model_in_training_alone(tmp_path: Path) -> None:
    unet, encoder = tiny_unet(), tiny_text_encoder()
    network = attach(unet, [encoder], PLAIN)
    stir(network.parameters())
    save_lora(tmp_path / "a.safetensors", network.tensors(), {})
    before = {name: id(value) for name, value in unet.named_parameters()}
    draws = torch.random.get_rng_state()
    check_loads_in_diffusers(tmp_path / "a.safetensors", unet, [encoder])
    assert {name: id(value) for name, value in unet.named_parameters()} == before
    assert not any("peft" in type(module).__module__ for module in unet.modules())
    assert torch.equal(torch.random.get_rng_state(), draws)


def test_a_layer_that_diffusers_does_not_find_fails_the_check(tmp_path: Path) -> None:
    unet, encoder = tiny_unet(), tiny_text_encoder()
    network = attach(unet, [encoder], PLAIN)
    stir(network.parameters())
    old = "lora_te_text_model_encoder_layers_1_"
    tensors = network.tensors()
    moved = {name.replace(old, "lora_te_text_model_encoder_layers_7_"): tensors[name]
             for name in tensors}  # fmt: skip
    save_lora(tmp_path / "a.safetensors", moved, {})
    with pytest.raises(LoraFileError, match=r"layers_7.*left over"):
        check_loads_in_diffusers(tmp_path / "a.safetensors", unet, [encoder])


def test_names_that_no_program_knows_fail_the_check(tmp_path: Path) -> None:
    """What transformers >= 5.6 would make of the names, were they taken from its modules."""
    unet, encoder = tiny_unet(), tiny_text_encoder()
    tensors = attach(unet, [encoder], PLAIN).tensors()
    renamed = {name.replace("_text_model", ""): value for name, value in tensors.items()}
    save_lora(tmp_path / "a.safetensors", renamed, {})
    with pytest.raises(LoraFileError, match="lora_te_"):
        check_loads_in_diffusers(tmp_path / "a.safetensors", unet, [encoder])


def test_a_value_that_is_not_finite_fails_the_check(tmp_path: Path) -> None:
    unet, encoder = tiny_unet(), tiny_text_encoder()
    tensors = attach(unet, [encoder], PLAIN).tensors()
    tensors["lora_te_text_model_encoder_layers_0_mlp_fc1.lora_up.weight"][0, 0] = torch.nan
    safetensors.torch.save_file(tensors, tmp_path / "a.safetensors")
    with pytest.raises(LoraFileError, match="not finite"):
        check_loads_in_diffusers(tmp_path / "a.safetensors", unet, [encoder])
