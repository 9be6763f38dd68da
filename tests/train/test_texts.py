"""Cached text states are the live ones, and cost one encoding each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.testing import assert_close

from lora_wizard.dataset import scan
from lora_wizard.models.base import BaseModel
from lora_wizard.models.text import TextStates
from lora_wizard.train import texts
from lora_wizard.train.batches import BatchSchedule, Shown
from lora_wizard.train.texts import CachedTexts, Texts, TrainedTexts

from .material import small_recipe

SHUFFLED = {"data__tag_dropout": "0.2", "data__caption_dropout": "0.1"}
PLAIN = {"data__shuffle_captions": "false"}


@contextmanager
def encoded_rows(base: BaseModel) -> Iterator[list[int]]:
    """How many texts went through the text encoder, call by call."""
    rows: list[int] = []

    def count(module: Any, arguments: tuple[torch.Tensor, ...]) -> None:
        rows.append(len(arguments[0]))

    hook = base.text_encoders[0].register_forward_pre_hook(count)
    yield rows
    hook.remove()


def schedule_of(images: Path, **settings: str) -> BatchSchedule:
    recipe = small_recipe(
        "paperdoll", images, training__batch_size="2", training__steps="100", **settings
    )
    return BatchSchedule(scan(recipe.data), recipe)


def states(source: Texts, step: int, shown: Shown) -> TextStates:
    """What a step reads."""
    return source.encoded(source.given(step, shown))


@pytest.mark.parametrize("settings", [SHUFFLED, PLAIN], ids=["shuffled", "plain"])
@pytest.mark.parametrize("clip_skip", [1, 2])
def test_cached_states_are_those_of_live_encoding(
    base: BaseModel, images: Path, settings: dict[str, str], clip_skip: int
) -> None:
    schedule = schedule_of(images, **settings)
    cached = CachedTexts(base, clip_skip, schedule, rank=0)
    live = TrainedTexts(base, clip_skip)
    for step in (0, 1, 40, 63, 64, 70, 99):
        (shown,) = schedule.at(step)
        found, expected = states(cached, step, shown).hidden, states(live, step, shown).hidden
        assert found.shape == (len(shown.indexes), 77, 32)
        assert_close(found, expected.detach(), rtol=1e-6, atol=1e-6)
        assert not found.requires_grad


def test_each_caption_goes_through_the_text_encoder_once_in_large_batches(
    base: BaseModel, images: Path
) -> None:
    schedule = schedule_of(images)
    cached = CachedTexts(base, 1, schedule, rank=0)
    shown = [one for step in range(100) for one in schedule.at(step)]
    with encoded_rows(base) as rows:
        for step, one in enumerate(shown):
            states(cached, step, one)
    assert sum(rows) == len({caption for one in shown for caption in one.captions})
    assert max(rows) > 20
    assert len(rows) < 8


def test_without_shuffling_the_whole_run_needs_the_dataset_encoded_once(
    base: BaseModel, images: Path
) -> None:
    schedule = schedule_of(images, **PLAIN)
    cached = CachedTexts(base, 1, schedule, rank=0)
    with encoded_rows(base) as rows:
        for step in range(100):
            states(cached, step, schedule.at(step)[0])
    assert rows == [5]


def test_a_full_cache_forgets_what_is_past_and_stays_right(
    base: BaseModel, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "REMEMBERED_BYTES", 8 * 77 * 32 * 4)
    monkeypatch.setattr(texts, "STEPS_AHEAD", 4)
    schedule = schedule_of(images, **SHUFFLED)
    cached, live = CachedTexts(base, 1, schedule, rank=0), TrainedTexts(base, 1)
    with encoded_rows(base) as rows:
        for step in range(24):
            states(cached, step, schedule.at(step)[0])
    assert max(rows) <= 8
    (shown,) = schedule.at(24)
    assert_close(states(cached, 24, shown).hidden, states(live, 24, shown).hidden.detach())


def test_a_caption_is_looked_up_by_its_own_process_only(base: BaseModel, images: Path) -> None:
    recipe = small_recipe("paperdoll", images, training__steps="8")
    schedule = BatchSchedule(scan(recipe.data), recipe, processes=2)
    cached, live = CachedTexts(base, 1, schedule, rank=1), TrainedTexts(base, 1)
    with encoded_rows(base) as rows:
        for step in range(8):
            (shown,) = schedule.at(step, 1)
            found = states(cached, step, shown)
    assert sum(rows) <= 8
    assert_close(found.hidden, states(live, 7, shown).hidden.detach())
