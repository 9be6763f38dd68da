"""The file against the definition: W + s B A, in training, from the file, and folded into W."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageChops
from torch import Tensor, nn

from lora_wizard.lora import LoraFile, attach, attach_file, load_lora, save_lora
from lora_wizard.lora.putting_on import fold_in
from lora_wizard.models.base import BaseModel, load_base
from lora_wizard.models.sampling import sample
from lora_wizard.recipe import NetworkSettings
from tests.models.conftest import save_sd1, save_sdxl

from . import tiny

Model = tuple[nn.Module, list[nn.Module]]
LOCON = NetworkSettings(rank=4, alpha=2, conv_rank=3, conv_alpha=1.5)
STEPS = 3


def sd1() -> Model:
    return tiny.tiny_unet(), [tiny.tiny_text_encoder()]


def sdxl() -> Model:
    return tiny.tiny_sdxl_unet(), [tiny.tiny_text_encoder(), tiny.tiny_second_text_encoder()]


def predicted(unet: nn.Module, encoders: list[nn.Module]) -> Tensor:
    if len(encoders) == 1:
        return tiny.predict(unet, encoders[0])
    return tiny.predict_sdxl(unet, encoders)


def trained(build: Callable[[], Model], path: Path, precision: str) -> tuple[Tensor, Tensor]:
    """Trains a few steps, saves, and gives the prediction then, and the base's."""
    unet, encoders = build()
    base = predicted(unet, encoders).detach()
    network = attach(unet, encoders, LOCON)
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.05)
    for _ in range(STEPS):
        (predicted(unet, encoders) - 1).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()
    save_lora(path, network.tensors(), {}, precision=precision)  # type: ignore[arg-type]
    return predicted(unet, encoders).detach(), base


def difference(ours: Tensor, theirs: Tensor) -> float:
    """The largest, relative to the largest value."""
    return float((ours.detach() - theirs.detach()).abs().max() / theirs.detach().abs().max())


@pytest.mark.parametrize("build", [sd1, sdxl])
@pytest.mark.parametrize(("precision", "allowed"), [("fp32", 1e-5), ("fp16", 5e-3), ("bf16", 3e-2)])
def test_the_file_does_what_the_model_did_in_training(
    build: Callable[[], Model], precision: str, allowed: float, tmp_path: Path
) -> None:
    during, base = trained(build, tmp_path / "a.safetensors", precision)
    assert difference(during, base) > 0.1
    unet, encoders = build()
    attach_file(unet, encoders, load_lora(tmp_path / "a.safetensors"))
    assert difference(predicted(unet, encoders), during) < allowed


@pytest.mark.parametrize("build", [sd1, sdxl])
def test_folded_into_the_weights_it_does_the_same(
    build: Callable[[], Model], tmp_path: Path
) -> None:
    during, _ = trained(build, tmp_path / "a.safetensors", "fp32")
    unet, encoders = build()
    fold_in(unet, encoders, load_lora(tmp_path / "a.safetensors"))
    assert difference(predicted(unet, encoders), during) < 1e-4
    assert not any("forward" in module.__dict__ for module in unet.modules())


@settings(max_examples=12, deadline=None)
@given(
    rank=st.integers(1, 9),
    alpha=st.sampled_from([0.1, 1.0, 4.0, 9.0]),
    strength=st.sampled_from([-1.0, 0.3, 0.7, 1.0, 2.0]),
)
def test_folding_and_putting_on_agree_at_any_rank_alpha_and_strength(
    rank: int, alpha: float, strength: float
) -> None:
    unet, encoders = sd1()
    network = attach(unet, encoders, NetworkSettings(rank=rank, alpha=alpha, conv_rank=2))
    tiny.stir(network.parameters(), size=0.3)
    lora = LoraFile(Path("x"), network.tensors(), {}, rank, alpha)
    put_on, folded = sd1(), sd1()
    attach_file(*put_on, lora, strength)
    fold_in(*folded, lora, strength)
    with torch.no_grad():
        assert difference(predicted(*folded), predicted(*put_on)) < 1e-4


@pytest.mark.parametrize("save", [save_sd1, save_sdxl])
def test_pictures_are_the_same_folded_in_and_put_on(
    save: Callable[[Path], Path], tmp_path: Path
) -> None:
    save(tmp_path / "base")

    def base() -> BaseModel:
        return load_base(str(tmp_path / "base"))

    first = base()
    network = attach(first.unet, first.text_encoders, LOCON)
    tiny.stir(network.parameters(), size=0.2)
    lora = LoraFile(Path("x"), copy.deepcopy(network.tensors()), {}, 4, 2)
    network.detach()

    def drawn(model: BaseModel) -> list[object]:
        made = sample(model, ["mira", "a boat"], seeds=[1, 2], steps=3, width=32, height=32)
        return list(made)

    plain = drawn(first)
    put_on, folded = base(), base()
    attach_file(put_on.unet, put_on.text_encoders, lora, 0.8)
    fold_in(folded.unet, folded.text_encoders, lora, 0.8)
    for without, ours, theirs in zip(plain, drawn(put_on), drawn(folded), strict=True):
        apart = ImageChops.difference(ours, theirs).getextrema()  # type: ignore[arg-type]
        assert max(high for _, high in apart) <= 1  # type: ignore[misc]
        changed = ImageChops.difference(ours, without).getextrema()  # type: ignore[arg-type]
        assert max(high for _, high in changed) > 8  # type: ignore[misc]
