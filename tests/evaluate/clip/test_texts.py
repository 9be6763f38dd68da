"""Which texts are true of which pictures, and what the tiny model learns from."""

from __future__ import annotations

import random

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from lora_eval.clip.loading import CONFIGURATION
from lora_eval.clip.paperdoll.pictures import make_heads
from lora_eval.clip.paperdoll.texts import TAGS, random_text, truth_table
from lora_eval.clip.paperdoll.train import Plan, train_model
from lora_wizard.paperdoll.reader.attributes import ATTRIBUTES, UNSEEN
from lora_wizard.paperdoll.reader.pictures import make_pictures

NAMES = list(ATTRIBUTES)


def words(**chosen: str) -> list[int]:
    """Word numbers of some attributes."""
    return [
        ATTRIBUTES[name].index(chosen[name]) if name in chosen else UNSEEN for name in ATTRIBUTES
    ]


def test_a_text_is_true_exactly_where_all_its_tags_are() -> None:
    pictures = torch.tensor(
        [
            words(hair_colour="aqua", outfit="kimono"),
            words(hair_colour="aqua", outfit="maid"),
            words(hair_colour="aqua"),
        ]
    )
    texts = torch.tensor([words(hair_colour="aqua"), words(hair_colour="aqua", outfit="kimono")])
    true, told = truth_table(pictures, texts)
    assert true.tolist() == [[True, True], [True, False], [True, False]]
    assert told.tolist() == [[True, True], [True, True], [True, False]]


def test_one_wrong_tag_makes_a_text_false_though_another_cannot_be_seen() -> None:
    true, told = truth_table(
        torch.tensor([words(hair_colour="red")]),
        torch.tensor([words(hair_colour="aqua", outfit="kimono")]),
    )
    assert not true.item() and told.item()


@given(st.integers(0, 10_000))
def test_every_text_is_true_of_its_own_picture(seed: int) -> None:
    rng = random.Random(seed)
    row = [rng.choice((UNSEEN, rng.randrange(len(tags)))) for tags in TAGS]
    text, named = random_text(row, rng)
    true, _ = truth_table(torch.tensor([row]), torch.from_numpy(named[None]))
    assert true.item()
    assert len([tag for tag in text.split(", ") if tag]) == (named != UNSEEN).sum() <= 6


def test_heads_tell_hair_and_eyes_and_nothing_of_place_or_clothes() -> None:
    heads = make_heads(12, seed=3)
    assert heads.pixels.shape == (12, 64, 64, 3)
    assert (heads.words[:, NAMES.index("hair_colour")] != UNSEEN).all()
    for name in ("kind", "outfit", "background", "framing"):
        assert (heads.words[:, NAMES.index(name)] == UNSEEN).all()
    assert (make_heads(12, seed=3).pixels == heads.pixels).all()


def test_a_short_training_lowers_the_loss_and_zeroes_tokens_never_used() -> None:
    losses: list[float] = []

    def report(stage: str, **facts: object) -> None:
        assert stage == "epoch"
        losses.append(float(str(facts["loss"])))

    plan = Plan(epochs=3, batch=16, texts=8)
    model = train_model(plan, make_pictures(48, seed=1), report)
    assert len(losses) == 3 and losses[-1] < losses[0]
    used = (model.token_embedding.weight != 0).any(dim=1)
    assert 10 < int(used.sum()) < 200
    assert np.isfinite(float(model.logit_scale.detach()))


def test_the_configuration_has_its_tokens_in_full() -> None:
    text = CONFIGURATION.read_text()
    assert '"context_length": 77' in text and '"vocab_size": 49408' in text
