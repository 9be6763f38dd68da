"""Sampled pictures equal the plain pipeline's, and do not depend on the batch they are in."""

from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image

from lora_wizard.errors import ModelError
from lora_wizard.models.base import BaseModel, load_base
from lora_wizard.models.placement import choose_device, choose_dtype
from lora_wizard.models.sampling import sample
from lora_wizard.models.schedule import SAMPLER_NAMES

library: Any = diffusers  # its classes are untyped

PROMPTS = ["1girl, ann", "a boat"]
NEGATIVE = "lowres"


def difference(first: Image.Image, second: Image.Image) -> int:
    """The largest difference of a colour value, 0 to 255."""
    return int(np.abs(np.asarray(first, np.int16) - np.asarray(second, np.int16)).max())


def plain(pipeline: Any, seeds: list[int]) -> list[Image.Image]:
    pipeline.set_progress_bar_config(disable=True)
    generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
    images: list[Image.Image] = pipeline(
        PROMPTS,
        negative_prompt=[NEGATIVE] * 2,
        generator=generators,
        num_inference_steps=4,
        guidance_scale=5.0,
        width=32,
        height=32,
    ).images
    return images


@pytest.mark.parametrize("sampler", ["ddim", "euler_a"])
def test_pictures_equal_those_of_the_diffusers_pipeline(
    sd1: BaseModel, sd1_folder: Path, sampler: Any
) -> None:
    pipeline = library.StableDiffusionPipeline.from_pretrained(
        sd1_folder, local_files_only=True, safety_checker=None
    )
    if sampler == "euler_a":
        pipeline.scheduler = library.EulerAncestralDiscreteScheduler.from_config(
            pipeline.scheduler.config
        )
    expected = plain(pipeline, [3, 4])
    ours = sample(
        sd1, PROMPTS, seeds=[3, 4], negative=NEGATIVE, steps=4, guidance=5, sampler=sampler
    )
    assert [image.size for image in ours] == [(32, 32)] * 2
    assert all(difference(*pair) <= 1 for pair in zip(ours, expected, strict=True))
    assert difference(ours[0], ours[1]) > 10


def test_xl_pictures_equal_those_of_the_diffusers_pipeline(
    sdxl: BaseModel, sdxl_folder: Path
) -> None:
    pipeline = library.StableDiffusionXLPipeline.from_pretrained(
        sdxl_folder, local_files_only=True, add_watermarker=False
    )
    expected = plain(pipeline, [3, 4])
    ours = sample(sdxl, PROMPTS, seeds=[3, 4], negative=NEGATIVE, steps=4, guidance=5)
    assert all(difference(*pair) <= 1 for pair in zip(ours, expected, strict=True))


@pytest.mark.parametrize("sampler", list(SAMPLER_NAMES))
def test_a_picture_is_the_same_whatever_batch_it_is_in(sd1: BaseModel, sampler: Any) -> None:
    prompts = ["ann", "a BREAK b", "ann, (hat:1.3)", "ann"]
    together = sample(sd1, prompts, seeds=[1, 2, 3, 4], steps=3, sampler=sampler)
    for number in (1, 3):
        (alone,) = sample(sd1, [prompts[number]], seeds=[number + 1], steps=3, sampler=sampler)
        assert difference(alone, together[number]) <= 1
    small = sample(sd1, prompts, seeds=[1, 2, 3, 4], steps=3, sampler=sampler, batch=1)
    assert all(difference(*pair) <= 1 for pair in zip(small, together, strict=True))


def test_negative_prompt_guidance_seed_and_size_matter(sd1: BaseModel) -> None:
    def one(**options: Any) -> Image.Image:
        return sample(sd1, ["ann"], **{"seeds": [1], "steps": 3, **options})[0]

    first = one()
    assert difference(first, one()) == 0
    assert difference(first, one(seeds=[2])) > 10
    assert difference(first, one(negative="hat")) > 0
    assert difference(first, one(guidance=2.0)) > 0
    assert difference(one(guidance=1.0), one(guidance=1.0, negative="hat")) == 0
    assert one(width=48, height=24).size == (48, 24)


def test_lora_calls_do_not_count_as_words(sd1: BaseModel) -> None:
    first, second = sample(sd1, ["ann", "ann<lora:x:1>"], seeds=[1, 1], steps=2)
    assert difference(first, second) <= 1


def test_velocity_models_are_sampled_by_their_schedule(sd1_folder: Path, sd1: BaseModel) -> None:
    velocity = load_base(str(sd1_folder), v_prediction=True)
    (first,) = sample(velocity, ["ann"], seeds=[1], steps=3)
    (second,) = sample(sd1, ["ann"], seeds=[1], steps=3)
    assert difference(first, second) > 10


def test_modules_get_their_own_modes_back_and_steps_are_reported(sd1: BaseModel) -> None:
    block = sd1.unet.mid_block
    block.train()
    seen: list[tuple[int, int]] = []
    try:
        sample(sd1, PROMPTS, seeds=[1, 2], steps=2, batch=1, on_step=lambda *at: seen.append(at))
        assert block.training and not sd1.unet.training
    finally:
        block.eval()
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_half_precision_pictures_are_close(sd1_folder: Path, sd1: BaseModel) -> None:
    half = load_base(str(sd1_folder), dtype=torch.bfloat16)
    options: dict[str, Any] = {"seeds": [1], "steps": 3, "guidance": 2.0}
    (exact,) = sample(sd1, ["ann"], **options)
    (stored,) = sample(half, ["ann"], **options)
    (computed,) = sample(sd1, ["ann"], **options, autocast=torch.bfloat16)
    for picture in (stored, computed):
        apart = np.abs(np.asarray(picture, float) - np.asarray(exact, float)).mean()
        assert apart < 6


def test_a_size_the_model_cannot_make_is_refused(sd1: BaseModel) -> None:
    with pytest.raises(ModelError, match="multiple of 2"):
        sample(sd1, ["ann"], seeds=[1], width=33)
    assert sample(sd1, [], seeds=[]) == []


def test_precision_is_chosen_where_it_is_left_open() -> None:
    device = torch.device("cpu")
    assert choose_device().type in ("cpu", "cuda")
    assert choose_dtype(device, "fp16") == torch.float16
    assert choose_dtype(device) in (torch.float32, torch.bfloat16)
