"""Resized and merged files of several ranks act in diffusers as they do here."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_wizard.lora import LoraFile, attach, check_loads_in_diffusers, save_lora
from lora_wizard.lora.surgery import by_energy, by_rank, merge
from lora_wizard.lora.surgery.changes import tensors_of
from lora_wizard.recipe import NetworkSettings

from .. import tiny


@pytest.mark.parametrize("way", ["energy", "rank", "merge"])
@pytest.mark.parametrize("is_sdxl", [False, True])
def test_mixed_ranks_and_alphas_are_applied_rightly(
    tmp_path: Path, is_sdxl: bool, way: str
) -> None:
    unet = tiny.tiny_sdxl_unet() if is_sdxl else tiny.tiny_unet()
    encoders = [tiny.tiny_text_encoder(), *([tiny.tiny_second_text_encoder()] if is_sdxl else [])]
    loras = []
    for rank, alpha, blocks in ((6, 3.0, ("output=3",)), (4, 4.0, ("input=0",))):
        settings = NetworkSettings(rank=rank, alpha=alpha, conv_rank=2, block_ranks=blocks)
        network = attach(unet, encoders, settings)
        tiny.stir(network.parameters(), seed=rank)
        loras.append(LoraFile(Path("x"), network.tensors(), {}, rank, alpha))
        network.detach()
    if way == "energy":
        modules = by_energy(loras[0].modules, 0.8).modules
    elif way == "rank":
        modules = by_rank(loras[0].modules, 4).modules
    else:
        modules = merge([(loras[0], 0.7), (loras[1], -0.5)])
    assert way == "rank" or len({module.rank for module in modules.values()}) > 1
    save_lora(
        tmp_path / "a.safetensors",
        tensors_of(modules, "sdxl" if is_sdxl else "sd1"),
        {},
        precision="fp32",
    )
    check_loads_in_diffusers(tmp_path / "a.safetensors", unet, encoders)
