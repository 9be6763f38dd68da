"""The pictures that the reader learns from."""

import random

import numpy as np
import pytest
import torch

from lora_wizard.paperdoll.reader.attributes import KINDS, UNSEEN
from lora_wizard.paperdoll.reader.augment import degraded
from lora_wizard.paperdoll.reader.broken import BREAKERS, broken
from lora_wizard.paperdoll.reader.figures import oddly_placed_figure, plain_drawing
from lora_wizard.paperdoll.reader.heads import faces_filling_the_frame, floating_heads
from lora_wizard.paperdoll.reader.pictures import MIXTURE, make_pictures, words_of


@pytest.mark.parametrize("maker", list(MIXTURE))
def test_every_maker_gives_pictures_with_a_kind(maker: str) -> None:
    pictures = make_pictures(4, seed=11, only=maker)
    assert pictures.pixels.shape == (4, 64, 64, 3)
    assert (words_of(pictures, "kind") != UNSEEN).all()


def test_the_same_seed_gives_the_same_pictures_and_another_gives_others() -> None:
    first, again, other = (make_pictures(12, seed=seed) for seed in (5, 5, 6))
    assert np.array_equal(first.pixels, again.pixels)
    assert np.array_equal(first.words, again.words)
    assert not np.array_equal(first.pixels, other.pixels)


def test_a_longer_pool_begins_with_the_shorter_one() -> None:
    assert np.array_equal(make_pictures(3, seed=5).pixels, make_pictures(6, seed=5).pixels[:3])


def test_a_face_that_fills_the_frame_is_a_close_up_and_a_head_with_room_below_floats() -> None:
    rng = random.Random(3)
    assert {faces_filling_the_frame(rng)[1]["kind"] for _ in range(10)} == {"close-up"}
    assert {floating_heads(rng)[1]["kind"] for _ in range(10)} == {"floating head"}


def test_below_a_floating_head_there_is_only_background() -> None:
    """The lowest rows show nothing of a body: they equal those of the background alone."""
    rng = random.Random(9)
    plain = 0
    for _ in range(40):
        pixels, truth = floating_heads(rng)
        lowest = pixels[-2:].reshape(-1, 3)
        plain += truth["background"] == "simple background" and bool((lowest == lowest[0]).all())
    assert plain >= 5


def test_odd_figures_are_whole_or_close_up_never_floating() -> None:
    rng = random.Random(4)
    assert {oddly_placed_figure(rng)[1]["kind"] for _ in range(40)} == {"whole", "close-up"}


def test_every_breaker_leaves_a_picture_far_from_the_good_one() -> None:
    rng = random.Random(2)
    good, other = plain_drawing(rng, "one")[0], plain_drawing(rng, "one")[0]
    for _ in range(3 * len(BREAKERS)):
        bad = broken(good, other, rng)
        assert bad.shape == good.shape
        assert np.abs(bad.astype(float) - good).mean() > 15


def test_damage_is_mild_and_repeatable() -> None:
    pictures = torch.from_numpy(make_pictures(8, seed=1, only="one").pixels).permute(0, 3, 1, 2)
    once, again = (degraded(pictures, torch.Generator().manual_seed(4)) for _ in range(2))
    assert torch.equal(once, again)
    assert once.shape == pictures.shape
    assert 0 <= once.min() <= once.max() <= 1
    # Shifts and mirroring apart, colours on the whole stay what they were.
    means = once.mean(dim=(2, 3)) - pictures.float().div(255).mean(dim=(2, 3))
    assert means.abs().max() < 0.12


def test_the_mixture_has_every_kind() -> None:
    kinds = words_of(make_pictures(120, seed=8), "kind")
    assert set(kinds.tolist()) == set(range(len(KINDS)))
