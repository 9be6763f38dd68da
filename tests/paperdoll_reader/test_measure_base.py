"""Measuring a real, tiny, untrained base from caption to table and sheet."""

import json
import math
from pathlib import Path

import pytest
import torch

from lora_wizard.models.base import BaseModel
from lora_wizard.models.schedule import noise_scheduler
from lora_wizard.models.vocabulary import clip_tokenizer
from lora_wizard.paperdoll.base.modules import (
    Sizes,
    build_text_encoder,
    build_unet,
    build_vae,
)
from lora_wizard.paperdoll.measure import (
    Sampling,
    measure_base,
    quality_sheet,
    quality_table,
    sample_unseen,
)
from lora_wizard.paperdoll.reader import Reader

TINY = Sizes(picture=32, vae_blocks=(8, 16), unet_blocks=(32, 32, 32), width=32)
QUICK = Sampling(steps=2, batch=4)


@pytest.fixture(scope="module")
def base() -> BaseModel:
    torch.manual_seed(0)
    return BaseModel(
        family="sd1",
        unet=build_unet(TINY),
        text_encoders=(build_text_encoder(TINY),),
        tokenizers=(clip_tokenizer(),),
        vae=build_vae(TINY).eval(),
        noise_scheduler=noise_scheduler({}, v_prediction=None),
        path=Path("tiny"),
        name="tiny",
    )


def test_every_share_is_counted_and_written(base: BaseModel, untrained: Reader) -> None:
    found = measure_base(base, untrained, pictures=6, seed=3, sampling=QUICK)
    assert found.sampled["exactly one"].total == 6
    assert found.sampled.keys() == found.reconstructed.keys() == found.drawn.keys()
    assert found.seconds_each > 0
    plain = json.loads(json.dumps(found.as_json()))
    assert plain["sampled"]["hair_colour"]["total"] == 6
    assert not any(math.isnan(share["low"] or 0) for share in plain["drawn"].values())
    table = quality_table(found)
    assert "hair colour" in table
    assert "seconds a picture" in table


def test_the_same_seed_measures_the_same_pictures(base: BaseModel) -> None:
    first, again = (sample_unseen(base, 3, seed=5, sampling=QUICK) for _ in range(2))
    assert first.scenes == again.scenes
    assert [image.tobytes() for image in first.images] == [
        image.tobytes() for image in again.images
    ]


def test_the_sheet_has_a_row_for_every_eight_pictures(base: BaseModel, untrained: Reader) -> None:
    samples = sample_unseen(base, 9, seed=5, sampling=QUICK)
    two_rows = quality_sheet(samples, untrained, "tiny")
    assert two_rows.width > 8 * 160
    assert two_rows.height > 2 * 160
