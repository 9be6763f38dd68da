"""Other programs find every layer of our files; what they would miss is told."""

from collections.abc import Callable

import pytest
import torch

from lora_wizard.lora.network import attach
from lora_wizard.lora.readers import FULL_SIZE, READERS, layout_of, unread
from lora_wizard.lora.readers.layout import Family, Layout, diffusers_layers, ldm_layers
from lora_wizard.lora.targets import find_targets
from lora_wizard.recipe import NetworkSettings

from .. import expected, tiny
from ..test_keys import Model, sd1, sd2, sdxl

ALL: list[tuple[Callable[[], Model], Family]] = [(sd1, "sd1"), (sd2, "sd2"), (sdxl, "sdxl")]


def by_all(*names: str) -> dict[str, list[str]]:
    """These names unread by every program."""
    return {program: list(names) for program in READERS}


def layers(keys: expected.Shapes) -> list[str]:
    return list(dict.fromkeys(key.split(".")[0] for key in keys))


@pytest.mark.parametrize(("build", "family"), ALL)
@pytest.mark.parametrize("convolutions", [False, True])
def test_every_program_finds_every_layer(
    build: Callable[[], Model], family: Family, convolutions: bool
) -> None:
    with torch.device("meta"):
        unet, encoders = build()
    names = [target.name for target in find_targets(unet, encoders, convolutions=convolutions)]
    assert unread(names, layout_of(unet, encoders, sd2=family == "sd2")) == by_all()
    assert unread(names, FULL_SIZE[family]) == by_all()


@pytest.mark.parametrize(("build", "family"), ALL)
def test_the_full_size_layouts_are_those_of_the_models(
    build: Callable[[], Model], family: Family
) -> None:
    with torch.device("meta"):
        unet, encoders = build()
    found = layout_of(unet, encoders, sd2=family == "sd2")
    known = FULL_SIZE[family]
    assert (found.widths, found.depths, found.middle_depth) == (
        known.widths,
        known.depths,
        known.middle_depth,
    )
    paths = {path for path, _ in unet.named_modules()}
    listed = list(diffusers_layers(known))
    assert set(listed) <= paths
    assert len(set(listed)) == len(listed) == len(list(ldm_layers(known)))
    inside = ("attentions", "resnets", "downsamplers", "upsamplers")
    missing = {
        path
        for path, module in unet.named_modules()
        if isinstance(module, torch.nn.Linear | torch.nn.Conv2d)
        and any(part in path for part in inside)
    } - set(listed)
    assert not missing


def test_two_names_of_one_layer_lead_to_it_in_both_worlds() -> None:
    layout = FULL_SIZE["sdxl"]
    differing = set()
    for program, reader in READERS.items():
        find = reader(layout)
        for ours, theirs in zip(ldm_layers(layout), diffusers_layers(layout), strict=True):
            ldm, plain = (f"lora_unet_{path.replace('.', '_')}" for path in (ours, theirs))
            assert find(ldm) is not None
            if find(ldm) != find(plain):
                differing.add((program, plain))
    # Its rule puts SDXL's first upsampler where SD1's is: one more reason to write LDM's names.
    assert differing == {("A1111 and Forge", "lora_unet_up_blocks_0_upsamplers_0_conv")}


def test_a1111_finds_the_places_that_the_formats_description_names() -> None:
    find = READERS["A1111 and Forge"](FULL_SIZE["sd1"])
    assert find("lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q") == (
        "diffusion_model_input_blocks_4_1_transformer_blocks_0_attn1_to_q"
    )
    assert find("lora_unet_up_blocks_0_upsamplers_0_conv") == (
        "diffusion_model_output_blocks_2_1_conv"
    )
    second = READERS["A1111 and Forge"](FULL_SIZE["sdxl"])
    assert second("lora_te2_text_model_encoder_layers_31_self_attn_k_proj") == (
        "1_model_transformer_resblocks_31_attn_k_proj"
    )
    assert second("lora_te2_text_model_encoder_layers_0_mlp_fc1") == (
        "1_model_transformer_resblocks_0_mlp_c_fc"
    )


@pytest.mark.parametrize(
    "name",
    [
        "lora_te_encoder_layers_0_self_attn_q_proj",
        "lora_unet_double_blocks_0_img_attn_proj",
        "lora_te2_text_projection",
        "lora_unet_down_blocks_3_attentions_0_proj_in",
        "lora_te_text_model_encoder_layers_24_mlp_fc1",
    ],
)
def test_names_that_lead_nowhere_are_told(name: str) -> None:
    for family in ("sd1", "sd2"):
        assert unread([name], FULL_SIZE[family]) == by_all(name)


def test_sdxls_layers_are_not_found_in_sd1() -> None:
    names = [name for name in layers(expected.sdxl(1)) if name.startswith("lora_te2")]
    assert unread(names, FULL_SIZE["sd1"])["ComfyUI"] == names


def test_two_names_for_one_layer_are_one_too_many() -> None:
    twice = [
        "lora_unet_middle_block_1_proj_in",
        "lora_unet_mid_block_attentions_0_proj_in",
    ]
    assert unread(twice, FULL_SIZE["sdxl"]) == by_all(*twice[1:])


def test_small_models_are_read_by_their_own_layout() -> None:
    unet = tiny.tiny_sdxl_unet()
    encoders = [tiny.tiny_text_encoder(), tiny.tiny_second_text_encoder()]
    network = attach(unet, encoders, NetworkSettings(rank=2, alpha=1, conv_rank=2))
    layout: Layout = layout_of(unet, encoders)
    assert layout.text_layers == (2, 2)
    assert unread(network.modules, layout) == by_all()


def test_blocks_of_another_run_have_no_name_in_a1111() -> None:
    unet, encoder = tiny.tiny_unet(), tiny.tiny_text_encoder()
    network = attach(unet, [encoder], NetworkSettings(rank=2, alpha=1))
    assert unread(network.modules, layout_of(unet, [encoder])) == {"ComfyUI": []}
