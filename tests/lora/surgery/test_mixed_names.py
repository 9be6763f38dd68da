"""Files of different programs are merged layer by layer, whatever each calls a layer."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lora_wizard.errors import LoraFileError
from lora_wizard.lora import load_lora, save_lora
from lora_wizard.lora.names import read_names
from lora_wizard.lora.readers.layout import Family
from lora_wizard.lora.restoring import LoraModule
from lora_wizard.lora.surgery import common_family, merge, to_diffusers, to_kohya
from lora_wizard.lora.surgery.changes import tensors_of

from ..names.spelling import TEXT_STYLES, UNET_STYLES, Layer, layers_of, spelt, tensors

CONTEXT = {"sd1": 768, "sd2": 1024, "sdxl": 2048}
OUTPUTS = 5
FAMILIES: list[Family] = ["sd1", "sd2", "sdxl"]
LAYERS = {family: layers_of(family) for family in FAMILIES}
Factors = dict[Layer, tuple[Tensor, Tensor, float]]


def whole(module: LoraModule) -> Tensor:
    product = module.up.flatten(1).double() @ module.down.flatten(1).double()
    return product * module.alpha / module.rank


def width(layer: Layer, family: Family) -> int:
    """Inputs of a layer: only the one that tells the family has its real width."""
    return CONTEXT[family] if layer.path.endswith(("attn2.to_k", "attn2.to_v")) else 7


def factors(layers: list[Layer], family: Family, rank: int, alpha: float, seed: int) -> Factors:
    generator = torch.Generator().manual_seed(seed)
    found: Factors = {}
    for layer in layers:
        spatial = layer.ldm.endswith(("in_layers.2", "out_layers.3", "op", "conv"))
        kernel = (3, 3) if spatial else ()
        down = torch.randn(rank, width(layer, family), *kernel, generator=generator)
        up = torch.randn(OUTPUTS, rank, *(1 for _ in kernel), generator=generator)
        found[layer] = (down, up, alpha)
    return found


def change(factor: tuple[Tensor, Tensor, float]) -> Tensor:
    down, up, alpha = factor
    return up.flatten(1).double() @ down.flatten(1).double() * alpha / down.shape[0]


def styles(draw: st.DrawFn, layers: list[Layer], *, mixed: bool) -> dict[Layer, str]:
    """A style for each layer; one for the whole file unless mixed."""
    unet, text = (
        draw(st.sampled_from(sorted(UNET_STYLES))),
        draw(st.sampled_from(sorted(TEXT_STYLES))),
    )
    return {
        layer: draw(st.sampled_from(sorted(TEXT_STYLES if layer.encoder else UNET_STYLES)))
        if mixed
        else text
        if layer.encoder
        else unet
        for layer in layers
    }


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_merge_is_the_sum_whatever_the_files_call_the_layers(data: st.DataObject) -> None:
    family = data.draw(st.sampled_from(FAMILIES))
    everything = LAYERS[family]
    telling = next(layer for layer in everything if layer.path.endswith("attn2.to_k"))
    chosen = data.draw(st.lists(st.sampled_from(everything), max_size=6, unique=True))
    wanted: dict[str, Tensor] = {}
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number in range(data.draw(st.integers(2, 3))):
            left_out = data.draw(st.sets(st.integers(0, 6)))
            layers = [telling, *(one for n, one in enumerate(chosen) if n not in left_out)]
            layers = list(dict.fromkeys(layers))
            rank, alpha = data.draw(st.integers(1, 4)), data.draw(st.sampled_from([1.0, 0.5, 4.0]))
            made = factors(layers, family, rank, alpha, number)
            weight = data.draw(st.sampled_from([1.0, 0.5, -0.7]))
            style = data.draw(st.composite(styles)(layers, mixed=data.draw(st.booleans())))
            path = Path(folder) / f"{number}.safetensors"
            safetensors.torch.save_file(
                {name: each.contiguous() for name, each in tensors(made, style).items()}, path
            )
            files.append((load_lora(path), weight))
            for layer, factor in made.items():
                add = change(factor) * weight
                known = wanted.get(layer.canonical)
                wanted[layer.canonical] = add if known is None else known + add
        assert common_family([lora for lora, _ in files]) == family
        out = Path(folder) / "out.safetensors"
        save_lora(out, tensors_of(merge(files), family), {}, precision="fp32")
        merged = load_lora(out)
    assert set(merged.modules) == set(wanted)
    assert (
        read_names({name: tuple(t.shape) for name, t in merged.tensors.items()}).naming == "kohya"
    )
    for name, module in merged.modules.items():
        error = float((whole(module) - wanted[name]).norm())
        assert error <= 1e-3 * float(wanted[name].norm()) + 1e-5, name


def test_ldms_and_diffusers_names_of_sdxl_become_one_layer(tmp_path: Path) -> None:
    """The case that once lost one of two files without a word."""
    layers = [layer for layer in LAYERS["sdxl"] if "down_blocks.1.attentions.0" in layer.path]
    first, second = (factors(layers, "sdxl", 4, 2.0, seed) for seed in (1, 2))
    paths = []
    for number, (made, style) in enumerate([(first, "kohya"), (second, "kohya by LDM")]):
        path = tmp_path / f"{number}.safetensors"
        safetensors.torch.save_file(tensors(made, dict.fromkeys(layers, style)), path)
        paths.append(path)
    merged = merge([(load_lora(path), 1.0) for path in paths])
    assert len(merged) == len(layers)
    for layer in layers:
        torch.testing.assert_close(
            whole(merged[layer.canonical]), change(first[layer]) + change(second[layer]),
            rtol=1e-4, atol=1e-4,
        )  # fmt: skip
    written = {name.split(".")[0] for name in tensors_of(merged, "sdxl")}
    assert written == {spelt(layer, "kohya by LDM")[0] for layer in layers}


@pytest.mark.parametrize("family", FAMILIES)
def test_any_naming_is_converted_to_sd_scripts_names_and_back(family: Family) -> None:
    from lora_wizard.lora.file import read_lora

    layers = LAYERS[family]
    made = factors(layers, family, 1, 1.0, 3)
    unet = "kohya by LDM" if family == "sdxl" else "kohya"
    text = "kohya te1" if family == "sdxl" else "kohya"
    wanted = {spelt(layer, text if layer.encoder else unet)[0] for layer in layers}
    for style in ("ComfyUI", "PEFT", "diffusers", "OneTrainer"):
        lora = read_lora(Path("x"), tensors(made, dict.fromkeys(layers, style)), {})
        assert lora.family == family
        assert {name.split(".")[0] for name in to_kohya(lora)} == wanted
        assert len(to_diffusers(lora)) == 2 * len(layers)


def test_a_linear_layer_and_a_pixelwise_convolution_are_added_up(tmp_path: Path) -> None:
    name = "lora_unet_mid_block_attentions_0_proj_in"
    down, up = torch.ones(2, 3), torch.ones(5, 2)
    both = []
    for number, kernel in enumerate(((), (1, 1))):
        path = tmp_path / f"{number}.safetensors"
        shaped = {
            f"{name}.lora_down.weight": down.view(2, 3, *kernel),
            f"{name}.lora_up.weight": up.view(5, 2, *kernel),
        }
        safetensors.torch.save_file(shaped, path, {"ss_base_model_version": "sd_v2"})
        both.append((load_lora(path), 1.0))
    merged = merge(both)
    torch.testing.assert_close(whole(merged[name]), 2 * (up @ down).double())
    assert tensors_of(merged, "sd2")[f"{name}.lora_down.weight"].shape == (4, 3, 1, 1)
    assert tensors_of(merged, "sd2")[f"{name}.lora_up.weight"].shape == (5, 4, 1, 1)
    assert tensors_of(merged, "sdxl")[
        "lora_unet_middle_block_1_proj_in.lora_down.weight"
    ].shape == (4, 3)


def test_files_of_two_families_are_not_merged_though_some_layers_fit(tmp_path: Path) -> None:
    both = []
    families: list[Family] = ["sd1", "sdxl"]
    for family in families:
        layers = [one for one in LAYERS[family] if "down_blocks.1.attentions.0" in one.path]
        layers = [one for one in layers if "attn2.to_k" in one.path or "attn1" in one.path]
        made = factors([one for one in layers if "blocks.0.attn" in one.path], family, 2, 1.0, 1)
        path = tmp_path / f"{family}.safetensors"
        safetensors.torch.save_file(tensors(made, dict.fromkeys(made, "kohya")), path)
        both.append((load_lora(path), 1.0))
    with pytest.raises(LoraFileError, match=r"\(sd1\) and sdxl.safetensors \(sdxl\) are of diff"):
        merge(both)
