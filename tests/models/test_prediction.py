"""Noise or velocity: by what a file says, by trial where SD2 is silent, and by the user's word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from lora_wizard.models.base import BaseModel, load_base
from lora_wizard.models.denoising import Conditions
from lora_wizard.models.parts import Parts
from lora_wizard.models.prediction import Schedule, echo_of_noise, told_or_tried, told_schedule
from lora_wizard.models.schedule import noise_scheduler

from .conftest import CLIP_WIDTH, save_sd2, unet
from .ldm import save_single_file

VELOCITY = {"prediction_type": "v_prediction"}
NOISE = {"prediction_type": "epsilon"}


@pytest.mark.parametrize(
    ("names", "metadata", "told"),
    [
        ({"v_pred"}, {}, VELOCITY),
        ({"v_pred", "ztsnr"}, {}, VELOCITY | {"rescale_betas_zero_snr": True}),
        (set(), {"modelspec.prediction_type": "v"}, VELOCITY),
        (set(), {"modelspec.prediction_type": "epsilon"}, NOISE),
        (set(), {"modelspec.architecture": "stable-diffusion-v2-768-v"}, VELOCITY),
        (set(), {"modelspec.architecture": "stable-diffusion-v2-512"}, NOISE),
        (set(), {"modelspec.architecture": "stable-diffusion-xl-v1-base"}, {}),
        ({"v_pred"}, {"modelspec.prediction_type": "epsilon"}, VELOCITY),
        ({"ztsnr"}, {}, {}),
        ({"ztsnr"}, {"modelspec.prediction_type": "epsilon"}, NOISE),
        (set(), {}, {}),
    ],
)
def test_marks_and_header_are_understood(
    names: set[str], metadata: dict[str, str], told: dict[str, Any]
) -> None:
    assert told_schedule(dict.fromkeys(names), metadata) == told


def test_an_xl_file_with_both_marks_is_trained_on_velocity_from_pure_noise(
    sdxl: BaseModel, tmp_path: Path
) -> None:
    marked = save_single_file(sdxl, tmp_path / "noob.safetensors", marks=("v_pred", "ztsnr"))
    base = load_base(str(marked))
    assert base.prediction_type == "v_prediction"
    assert base.noise_scheduler.alphas_cumprod[-1] == 0
    plain = load_base(str(save_single_file(sdxl, tmp_path / "plain.safetensors")))
    assert plain.prediction_type == "epsilon" and plain.noise_scheduler.alphas_cumprod[-1] > 0
    assert base.doubts == plain.notes == ()


def test_the_users_word_goes_before_the_files(sdxl: BaseModel, tmp_path: Path) -> None:
    path = save_single_file(sdxl, tmp_path / "noob.safetensors", marks=("v_pred", "ztsnr"))
    base = load_base(str(path), v_prediction=False)
    assert base.prediction_type == "epsilon"
    # Noise cannot be predicted where there is nothing but noise.
    assert base.noise_scheduler.alphas_cumprod[-1] > 0


def trained(*, velocity: bool) -> tuple[Any, Conditions]:
    """A small UNet that learned to tell noise, or velocity, from flat pictures; and its text."""
    torch.manual_seed(0)
    network = unet(cross_attention_dim=CLIP_WIDTH, attention_head_dim=(1, 1))
    schedule = noise_scheduler({}, v_prediction=velocity)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    text = torch.randn(1, 77, CLIP_WIDTH)
    for _ in range(80):
        picture = torch.randn(8, 4, 1, 1).expand(8, 4, 8, 8).contiguous()
        noise, times = torch.randn(8, 4, 8, 8), torch.randint(700, 1000, (8,))
        noisy = schedule.add_noise(picture, noise, times)
        target = schedule.get_velocity(picture, noise, times) if velocity else noise
        predicted = network(noisy, times, text.expand(8, -1, -1)).sample
        (predicted - target).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()
    return network, Conditions(text)


def test_noise_comes_back_from_a_unet_that_learned_noise_and_not_from_one_of_velocity() -> None:
    assert echo_of_noise(*trained(velocity=False)) > 0.8
    assert echo_of_noise(*trained(velocity=True)) < 0.3


def test_the_embedded_base_gives_its_noise_back() -> None:
    base = load_base("paperdoll")
    ids = base.tokenizers[0]("", padding="max_length", max_length=77, return_tensors="pt")
    with torch.no_grad():
        text = base.text_encoders[0](ids.input_ids).last_hidden_state
    assert echo_of_noise(base.unet, Conditions(text)) == pytest.approx(1, abs=0.1)


def test_silent_sd2_files_are_tried_out_and_the_finding_is_told(
    sd2: BaseModel, tmp_path: Path
) -> None:
    path = save_single_file(sd2, tmp_path / "silent.safetensors")
    base = load_base(str(path))
    # Random weights give no noise back, as velocity models do not.
    assert base.prediction_type == "v_prediction"
    (note,) = base.notes
    assert note.startswith("silent: ") and "A trial says velocity" in note
    assert "model.v_prediction = false" in note
    asked = load_base(str(path), v_prediction=False)
    assert asked.prediction_type == "epsilon" and asked.notes == ()


@pytest.mark.parametrize("family", ["sd1", "sdxl"])
def test_a_silent_file_that_does_not_give_noise_back_is_doubted_and_still_taken_for_noise(
    family: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    path = save_single_file(request.getfixturevalue(family), tmp_path / "merge.safetensors")
    base = load_base(str(path))
    assert base.prediction_type == "epsilon" and base.notes == ()
    (doubt,) = base.doubts
    assert doubt.startswith("merge: ") and "a trial speaks for velocity" in doubt
    assert "model.v_prediction = true" in doubt
    for word in (True, False):
        assert load_base(str(path), v_prediction=word).doubts == ()


def test_a_silent_file_that_gives_noise_back_is_not_doubted() -> None:
    base = load_base("paperdoll")
    parts = Parts("sd1", base.unet, base.text_encoders, base.tokenizers, base.vae, {})
    assert told_or_tried(parts, "silent", None) == Schedule({})


@pytest.mark.parametrize(("kind", "side"), [("v", 96), ("epsilon", 64)])
def test_sd2s_size_goes_by_what_it_predicts(
    sd2: BaseModel, tmp_path: Path, kind: str, side: int
) -> None:
    metadata = {"modelspec.prediction_type": kind}
    path = save_single_file(sd2, tmp_path / "told.safetensors", metadata=metadata)
    base = load_base(str(path))
    assert base.prediction_type == ("v_prediction" if kind == "v" else "epsilon")
    assert base.unet.config.sample_size == side and base.notes == ()


def test_an_sd2_folder_says_it_by_its_schedule(tmp_path: Path) -> None:
    folder = save_sd2(tmp_path / "velocity", prediction="v_prediction")
    base = load_base(str(folder))
    assert (base.family, base.prediction_type, base.notes) == ("sd2", "v_prediction", ())
