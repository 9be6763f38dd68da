"""Each program's name of each layer is read as that layer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lora_wizard.lora.names import family_of, is_layer, kohya_name, read_names
from lora_wizard.lora.names.ldm import from_ldm
from lora_wizard.lora.readers.layout import FULL_SIZE, Family, Layout, diffusers_layers, ldm_layers

from .spelling import ENDINGS, TEXT_STYLES, UNET_STYLES, flat, layers_of, spelt

FAMILIES: list[Family] = ["sd1", "sd2", "sdxl"]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("style", UNET_STYLES)
def test_every_layer_of_the_unet_is_found_under_each_name(family: Family, style: str) -> None:
    layers = [layer for layer in layers_of(family) if not layer.encoder]
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in layers:
        name, endings = spelt(layer, style)
        shapes |= {f"{name}{ending}": (1, 1) for ending in ENDINGS[endings]}
    names = read_names(shapes)
    assert set(names.layers) == {layer.canonical for layer in layers}
    assert all(set(keys) == {"down", "up"} for keys in names.layers.values())
    assert not names.strange and not names.twice and not names.unpaired
    assert all(map(is_layer, names.layers))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("style", TEXT_STYLES)
def test_every_layer_of_the_text_encoders_is_found_under_each_name(
    family: Family, style: str
) -> None:
    layers = [layer for layer in layers_of(family) if layer.encoder]
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in layers:
        name, endings = spelt(layer, style)
        shapes |= {f"{name}{ending}": (1, 1) for ending in ENDINGS[endings]}
    names = read_names(shapes)
    assert set(names.layers) == {layer.canonical for layer in layers}
    assert not names.strange and not names.unpaired
    assert all(map(is_layer, names.layers))


def test_attention_through_processors_is_found() -> None:
    place = "down_blocks.1.attentions.0.transformer_blocks.0.attn1"
    for start in ("unet.", "", "base_model.model."):
        for kind in ("q", "k", "v", "out"):
            key = f"{start}{place}.processor.to_{kind}_lora.down.weight"
            last = "to_out_0" if kind == "out" else f"to_{kind}"
            assert set(read_names({key: (1, 1)}).layers) == {f"lora_unet_{flat(place)}_{last}"}


def test_a_bare_text_encoder_of_sdxls_second_width_is_the_second() -> None:
    key = "base_model.model.text_model.encoder.layers.0.mlp.fc1.lora_A.weight"
    inner = "text_model_encoder_layers_0_mlp_fc1"
    assert set(read_names({key: (4, 1280)}).layers) == {f"lora_te2_{inner}"}
    assert set(read_names({key: (4, 768)}).layers) == {f"lora_te_{inner}"}


@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_small_models_with_other_numbers_of_blocks_are_read_back(blocks: int) -> None:
    layout = Layout("sd1", (32, 64, 128), (0, 1, 1), 1, blocks, (2,))
    shapes = {f"diffusion_model.{path}.lora_A.weight": (1, 1) for path in ldm_layers(layout)}
    wanted = {f"lora_unet_{flat(path)}" for path in diffusers_layers(layout)}
    assert set(read_names(shapes).layers) == wanted


@pytest.mark.parametrize("family", FAMILIES)
def test_ldms_numbering_is_read_back(family: Family) -> None:
    layout = FULL_SIZE[family]
    for ldm, path in zip(ldm_layers(layout), diffusers_layers(layout), strict=True):
        assert from_ldm(flat(ldm), 3) == flat(path)


@pytest.mark.parametrize(
    ("ldm", "path"),
    [
        ("input_blocks.0.0", "conv_in"),
        ("out.2", "conv_out"),
        ("time_embed.0", "time_embedding.linear_1"),
        ("time_embed.2", "time_embedding.linear_2"),
        ("label_emb.0.0", "add_embedding.linear_1"),
        ("label_emb.0.2", "add_embedding.linear_2"),
    ],
)
def test_layers_outside_the_blocks_are_read_and_written(ldm: str, path: str) -> None:
    name = f"lora_unet_{flat(path)}"
    for key in (f"diffusion_model.{ldm}", f"lora_unet_{flat(ldm)}", f"unet.{path}", name):
        assert set(read_names({f"{key}.lora_down.weight": (1, 1)}).layers) == {name}
    assert kohya_name(name, "sdxl") == f"lora_unet_{flat(ldm)}"
    assert kohya_name(name, "sd1") == name


@pytest.mark.parametrize(
    "key",
    [
        "x.lora_A.weight",
        "transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight",
        "lora_transformer_x.lora_down.weight",
        "unet_down_blocks.lora_down.weight",
        "",
        ".alpha",
        "module.",
        "lora_A.weight",
    ],
)
def test_other_names_belong_to_no_layer(key: str) -> None:
    names = read_names({key: (1, 1)})
    assert not names.layers
    assert names.strange == (key,)


def test_a_layer_under_two_names_is_said_to_be_there_twice() -> None:
    one, other = (
        "lora_unet_down_blocks_1_attentions_0_proj_in",
        "lora_unet_input_blocks_4_1_proj_in",
    )
    shapes = {
        f"{name}.lora_{kind}.weight": (1, 1) for name in (one, other) for kind in ("up", "down")
    }
    assert read_names(shapes).twice == ((one, other),)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("bundle_emb.mira.string_to_param.*", "mira"),
        ("bundle_emb.mi.ra.string_to_param.*", "mi.ra"),
        ("bundle_emb.美羅.clip_l", "美羅"),
        ("bundle_emb.mira.clip_g", "mira"),
        ("bundle_emb.mira.emb_params", "mira"),
        ("bundle_emb.mira", "mira"),
        ("bundle_emb.", ""),
    ],
)
def test_bundled_embeddings_are_named(key: str, name: str) -> None:
    names = read_names({key: (2, 768)})
    assert names.embeddings == (name,)
    assert not names.strange


TE1 = "lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_down.weight"
TE = "lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight"
PLACE = "down_blocks_1_attentions_0_transformer_blocks"


@pytest.mark.parametrize(
    ("shapes", "metadata", "family"),
    [
        ({f"lora_unet_{PLACE}_0_attn2_to_k.lora_down.weight": (4, 768), TE1: (4, 768)}, {}, "sd1"),
        ({f"lora_unet_{PLACE}_0_attn1_to_k.lora_down.weight": (4, 640), TE1: (4, 768)}, {}, "sd1"),
        ({TE1: (4, 768)}, {}, "sd1"),
        ({TE1: (4, 768)}, {"ss_base_model_version": "sdxl_base_v1-0"}, "sdxl"),
        ({TE: (4, 768)}, {}, "sd1"),
        ({TE: (4, 1024)}, {}, "sd2"),
        ({TE1.replace("te1", "te2"): (4, 1280)}, {}, "sdxl"),
        ({f"lora_unet_{PLACE}_1_attn1_to_k.lora_down.weight": (4, 640)}, {}, "sdxl"),
        ({"lora_unet_input_blocks_4_1_proj_in.lora_down.weight": (4, 640)}, {}, "sdxl"),
        ({"diffusion_model.input_blocks.4.1.transformer_blocks.0.attn2.to_v.lora_A.weight":
          (4, 768)}, {}, "sd1"),
        ({f"lora_unet_{PLACE}_0_attn1_to_k.lora_down.weight": (4, 640)}, {"ss_v2": "True"}, "sd2"),
        ({f"lora_unet_{PLACE}_0_attn2_to_k.lora_down.weight": (4, 128)}, {}, "sd1"),
        ({"lora_unet_double_blocks_0_img_attn_proj.lora_down.weight": (4, 8)}, {}, "Flux"),
        ({"x.lora_A.weight": (4, 8)}, {}, None),
        ({}, {}, None),
    ],
)  # fmt: skip
def test_the_family_is_told_by_the_layers(
    shapes: dict[str, tuple[int, ...]], metadata: dict[str, str], family: str | None
) -> None:
    assert family_of(shapes, metadata) == family


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.one_of(
            st.text(max_size=30),
            st.lists(
                st.sampled_from(
                    ["module.", "base_model.model.", "unet.", "lora_unet_", "lora_te_", "clip_g.",
                     "input_blocks", "_4", ".1", "down_blocks", "mid_block", "_", ".",
                     "bundle_emb.",
                     "attn1.to_q", ".lora_A", ".weight", ".lora_down.weight", ".alpha", ".diff",
                     ".hada_w1_a", "text_model.", "processor.", "\n"]
                ),
                max_size=8,
            ).map("".join),
        ),
        st.lists(st.integers(0, 9), max_size=5).map(tuple),
        max_size=6,
    )
)  # fmt: skip
def test_no_name_is_too_odd(shapes: dict[str, tuple[int, ...]]) -> None:
    names = read_names(shapes)
    family_of(shapes, {}, names)
    for name in names.written:
        is_layer(name)
        assert kohya_name(name, "sdxl")
