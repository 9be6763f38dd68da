"""Each part of a model learns at its own rate, and not at all at rate 0."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from lora_wizard.errors import RecipeError
from lora_wizard.lora import attach
from lora_wizard.recipe import NetworkSettings, TrainingSettings

from . import tiny

SETTINGS = NetworkSettings(rank=2, alpha=1)
RATES: list[tuple[dict[str, Any], dict[str, float]]] = [
    ({}, {"text_encoder": 1e-3, "unet": 1e-3}),
    ({"text_encoder_2_lr": 5e-4}, {"text_encoder": 1e-3, "text_encoder_2": 5e-4, "unet": 1e-3}),
    ({"text_encoder_lr": 0.0}, {"unet": 1e-3}),
    ({"text_encoder_lr": 0.0, "text_encoder_2_lr": 5e-4}, {"text_encoder_2": 5e-4, "unet": 1e-3}),
    ({"text_encoder_2_lr": 0.0, "unet_lr": 0.0}, {"text_encoder": 1e-3}),
]


@pytest.mark.parametrize(("own", "expected"), RATES)
def test_only_parts_with_a_rate_change(own: dict[str, Any], expected: dict[str, float]) -> None:
    unet, encoders = tiny.tiny_sdxl_unet(), [
        tiny.tiny_text_encoder(), tiny.tiny_second_text_encoder(),
    ]  # fmt: skip
    network = attach(unet, encoders, SETTINGS)
    tiny.stir(network.parameters())
    groups = network.parameter_groups(TrainingSettings(learning_rate=1e-3, **own))
    assert {group["name"]: group["lr"] for group in groups} == expected
    before = network.tensors()
    optimizer = torch.optim.AdamW(groups)
    tiny.predict_sdxl(unet, encoders).square().mean().backward()
    optimizer.step()
    prefixes = {"text_encoder": "lora_te1_", "text_encoder_2": "lora_te2_", "unet": "lora_unet_"}
    moving = dict.fromkeys(prefixes, False) | dict.fromkeys(expected, True)
    if "text_encoder_2_lr" not in own:
        moving["text_encoder_2"] = moving["text_encoder"]
    for part, prefix in prefixes.items():
        after = network.tensors()
        changed = [
            not torch.equal(before[name], after[name])
            for name in after
            if name.startswith(prefix) and not name.endswith(".alpha")
        ]
        assert any(changed) is moving[part], part


def test_a_second_rate_does_nothing_where_there_is_one_encoder() -> None:
    network = attach(tiny.tiny_unet(), [tiny.tiny_text_encoder()], SETTINGS)
    groups = network.parameter_groups(TrainingSettings(text_encoder_2_lr=1.0))
    assert [group["name"] for group in groups] == ["text_encoder", "unet"]
    with pytest.raises(RecipeError, match="learning rate 0"):
        network.parameter_groups(TrainingSettings(learning_rate=0.0, text_encoder_2_lr=1.0))
