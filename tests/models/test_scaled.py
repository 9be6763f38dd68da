"""Weights in 8 bits with scales beside them are read as they are meant, or refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from lora_wizard.errors import ModelError
from lora_wizard.models.base import BaseModel, load_base
from lora_wizard.models.checkpoint import open_checkpoint

CPU = torch.device("cpu")
FP8 = torch.float8_e4m3fn
UNET = "model.diffusion_model."
Make = Callable[[], dict[str, Tensor]]


def scaled(tensors: dict[str, Tensor], *, ending: str = "scale_weight") -> dict[str, Tensor]:
    """The same weights as ComfyUI stores them: the largest of each is 448."""
    found = {}
    for name, tensor in tensors.items():
        if tensor.ndim == 2 and name.startswith(UNET) and name.endswith(".weight"):
            scale = (tensor.float().abs().max() / 448).clamp(min=1e-12)
            found[name] = (tensor.float() / scale).to(FP8)
            found[f"{name.removesuffix('weight')}{ending}"] = scale
        else:
            found[name] = tensor.clone().contiguous()
    return found


def read_one(path: Path, tensors: dict[str, Tensor], **metadata: str) -> Tensor:
    save_file(tensors, path, metadata=metadata)
    return open_checkpoint(path).read("", device=CPU, dtype=torch.float32)["a.weight"]


@pytest.mark.parametrize("ending", ["scale_weight", "weight_scale"])
@pytest.mark.parametrize("suffix", [".safetensors", ".ckpt"])
def test_a_base_in_scaled_fp8_is_the_base(
    ldm_tensors: Make, sd1: BaseModel, tmp_path: Path, ending: str, suffix: str
) -> None:
    tensors = {**scaled(ldm_tensors(), ending=ending), "scaled_fp8": torch.zeros(2).to(FP8)}
    path = tmp_path / f"scaled{suffix}"
    if suffix == ".ckpt":
        torch.save({"state_dict": tensors}, path)
    else:
        save_file(tensors, path)
    found = dict(load_base(str(path)).unet.named_parameters())
    for name, expected in sd1.unet.named_parameters():
        # fp8 of this kind has three bits behind the point.
        largest = float(expected.abs().max())
        assert torch.allclose(found[name], expected, rtol=0.07, atol=largest * 0.003), name


def test_without_scales_fp8_is_read_as_it_is(tmp_path: Path) -> None:
    found = read_one(tmp_path / "a.safetensors", {"a.weight": torch.tensor([[1.5]]).to(FP8)})
    assert found.tolist() == [[1.5]]


ONES = torch.ones(2, 4)


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        (torch.tensor(3.0), [[3.0] * 4] * 2),
        (torch.tensor([3.0]), [[3.0] * 4] * 2),
        (torch.tensor([[3.0]]), [[3.0] * 4] * 2),
        (torch.tensor([2.0, 3.0]), [[2.0] * 4, [3.0] * 4]),
        (torch.tensor([[2.0], [3.0]]), [[2.0] * 4, [3.0] * 4]),
        (torch.tensor([[1.0, 2.0], [3.0, 4.0]]), [[1, 1, 2, 2], [3, 3, 4, 4]]),
        (torch.tensor([[[1.0], [2.0]], [[3.0], [4.0]]]), [[1, 1, 2, 2], [3, 3, 4, 4]]),
    ],
)
def test_scales_are_of_a_tensor_its_rows_or_blocks_of_them(
    tmp_path: Path, scale: Tensor, expected: list[list[float]]
) -> None:
    tensors = {"a.weight": ONES.to(FP8), "a.scale_weight": scale, "a.scale_input": torch.ones(1)}
    assert read_one(tmp_path / "a.safetensors", tensors).tolist() == expected


def test_scales_of_convolutions_are_of_their_channels(tmp_path: Path) -> None:
    tensors = {"a.weight": torch.ones(2, 3, 1, 1).to(FP8), "a.scale_weight": torch.tensor([1.0, 2])}
    found = read_one(tmp_path / "a.safetensors", tensors)
    assert found[:, 0, 0, 0].tolist() == [1, 2]


@pytest.mark.parametrize("shape", [(3,), (2, 3), (4,), (0,)])
def test_scales_of_another_shape_are_refused_by_name(tmp_path: Path, shape: tuple[int]) -> None:
    tensors = {"a.weight": ONES.to(FP8), "a.scale_weight": torch.ones(shape)}
    with pytest.raises(ModelError, match=r"a\.weight 2x4 with scales"):
        read_one(tmp_path / "a.safetensors", tensors)


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("a.weight.absmax", "bitsandbytes"),
        ("a.SCB", "bitsandbytes"),
        ("a.weight_scale_2", "NVFP4"),
        ("a.weight_scale_inv", "blocks of rows"),
        ("a.qweight", "GPTQ"),
    ],
)
def test_other_ways_of_storing_few_bits_are_refused_by_name(
    tmp_path: Path, extra: str, words: str
) -> None:
    with pytest.raises(ModelError, match=words):
        read_one(tmp_path / "a.safetensors", {"a.weight": ONES, extra: torch.ones(1)})


def test_whole_numbers_are_no_weights(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="as whole numbers"):
        read_one(tmp_path / "a.safetensors", {"a.weight": ONES.to(torch.int8)})


def described(**what: object) -> Tensor:
    return torch.tensor(list(json.dumps(what).encode()), dtype=torch.uint8)


def test_what_a_file_says_of_its_layers_is_believed(tmp_path: Path) -> None:
    tensors = {"a.weight": ONES.to(FP8), "a.weight_scale": torch.tensor(2.0)}
    plain = {**tensors, "a.comfy_quant": described(format="float8_e4m3fn")}
    assert read_one(tmp_path / "a.safetensors", plain).tolist() == [[2.0] * 4] * 2
    other = {**tensors, "a.comfy_quant": described(format="nvfp4")}
    with pytest.raises(ModelError, match="as nvfp4"):
        read_one(tmp_path / "b.safetensors", other)
    broken = {**tensors, "a.comfy_quant": torch.tensor([255, 0], dtype=torch.uint8)}
    with pytest.raises(ModelError, match="does not say readably"):
        read_one(tmp_path / "c.safetensors", broken)


@pytest.mark.parametrize("text", ['{"layers": {"a": {"format": "int8"}}}', "{", "[" * 2000])
def test_a_header_that_says_otherwise_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ModelError, match="The model's weights are stored"):
        read_one(tmp_path / "a.safetensors", {"a.weight": ONES}, _quantization_metadata=text)
