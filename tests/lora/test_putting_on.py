"""Putting LoRAs from files on a model: they add up, come off, and must fit."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from lora_wizard.errors import LoraFileError
from lora_wizard.lora import LoraFile, attach, attach_file
from lora_wizard.recipe import NetworkSettings

from .tiny import predict, stir, tiny_text_encoder, tiny_unet

LOCON = NetworkSettings(rank=4, alpha=0.1, conv_rank=3, conv_alpha=1.5)


@pytest.fixture(scope="module")
def tensors() -> dict[str, Tensor]:
    network = attach(tiny_unet(), [tiny_text_encoder()], LOCON)
    stir(network.parameters(), size=0.4)
    return network.tensors()


def lora_of(tensors: dict[str, Tensor]) -> LoraFile:
    return LoraFile(Path("x.safetensors"), tensors, {"ss_base_model_version": "sd_v2"}, 4, 0.1)


def test_several_files_add_up_and_leave_in_any_order(tensors: dict[str, Tensor]) -> None:
    unet, encoder = tiny_unet(), tiny_text_encoder()
    base = predict(unet, encoder)
    text = {name: value for name, value in tensors.items() if name.startswith("lora_te_")}
    first = attach_file(unet, [encoder], lora_of(tensors), 0.5)
    half = predict(unet, encoder)
    again = attach_file(unet, [encoder], lora_of(tensors), 0.25)
    third = attach_file(unet, [encoder], lora_of(text), -1.0)
    third.multiplier = 0.0
    first.multiplier = 0.25
    torch.testing.assert_close(predict(unet, encoder), half, rtol=1e-4, atol=1e-5)
    first.detach()
    again.multiplier = 0.5
    torch.testing.assert_close(predict(unet, encoder), half, rtol=1e-4, atol=1e-5)
    again.detach()
    third.detach()
    assert torch.equal(predict(unet, encoder), base)
    assert all(parameter.requires_grad for parameter in unet.parameters())


def test_a_file_without_alpha_is_at_full_strength(tensors: dict[str, Tensor]) -> None:
    plain = {name: value for name, value in tensors.items() if not name.endswith(".alpha")}
    unet, encoder = tiny_unet(), tiny_text_encoder()
    network = attach_file(unet, [encoder], lora_of(plain), 1.0)
    assert {adapter.scale for adapter in network.modules.values()} == {1.0}


def test_names_of_other_trainers_are_understood(tensors: dict[str, Tensor]) -> None:
    other = {name.replace("lora_te_", "lora_te1_"): value for name, value in tensors.items()}
    seen = []
    for names in (tensors, other):
        unet, encoder = tiny_unet(), tiny_text_encoder()
        attach_file(unet, [encoder], lora_of(names), 1.0)
        seen.append(predict(unet, encoder))
    assert torch.equal(*seen)


def test_a_lora_for_another_model_is_refused_and_nothing_is_put_on(
    tensors: dict[str, Tensor],
) -> None:
    unet, encoder = tiny_unet(), tiny_text_encoder()
    base = predict(unet, encoder)
    wide = dict(tensors)
    key = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight"
    wide[key] = torch.zeros(4, 1024)
    with pytest.raises(LoraFileError, match=r"(?s)made for sd_v2.*1024 inputs.*model's has 12"):
        attach_file(unet, [encoder], lora_of(wide), 1.0)
    strange = {name.replace("lora_unet_", "lora_unet_input_"): t for name, t in tensors.items()}
    with pytest.raises(LoraFileError, match=r"(?s)no such layer.*and \d+ more"):
        attach_file(unet, [encoder], lora_of(strange), 1.0)
    assert torch.equal(predict(unet, encoder), base)
    assert not any("forward" in module.__dict__ for module in unet.modules())


def test_the_text_encoders_may_have_a_strength_of_their_own(tensors: dict[str, Tensor]) -> None:
    unet, encoder = tiny_unet(), tiny_text_encoder()
    network = attach_file(unet, [encoder], lora_of(tensors), 0.8, text_strength=0.5)
    strengths = {
        (name.startswith("lora_te"), adapter.multiplier)
        for name, adapter in network.modules.items()
    }
    assert strengths == {(False, 0.8), (True, 0.5)}
