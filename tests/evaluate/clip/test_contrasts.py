"""Probabilities by contrast, with an encoder whose vectors are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_eval.clip import clip_facts
from lora_eval.clip.contrasts import CONTRASTS, Embedded, embedded, prompt_phrases, shares
from lora_eval.clip.phrases import TEMPLATES, Group, general_groups
from lora_eval.pictures import CharacterFacts
from tests.evaluate.clip.known import SCALE, asked_for, coloured, found, known_clip

NOBODY = CharacterFacts()


def test_two_phrases_are_told_apart_at_the_models_own_scale() -> None:
    group = Embedded(("a", "b"), np.array([0, 1]), np.eye(2, dtype=np.float32))
    image = np.array([0.8, 0.6], dtype=np.float32)
    assert shares(image, group, 5.0)[0] == pytest.approx(1 / (1 + math.exp(-5.0 * 0.2)), abs=1e-6)


def test_the_probabilities_of_a_keys_different_texts_are_added() -> None:
    group = Embedded(("one", "rest"), np.array([0, 1, 1]), np.eye(3, dtype=np.float32))
    image = np.full(3, 1 / math.sqrt(3), dtype=np.float32)
    np.testing.assert_allclose(shares(image, group, SCALE), [1 / 3, 2 / 3], atol=1e-6)


@given(
    st.lists(st.floats(-1, 1, width=32), min_size=4, max_size=4),
    st.floats(0.1, 120),
    st.lists(st.integers(0, 2), min_size=6, max_size=6),
)
def test_shares_are_probabilities_whatever_the_vectors(
    image: list[float], scale: float, owners: list[int]
) -> None:
    texts = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    found_shares = shares(
        np.asarray(image, dtype=np.float32),
        Embedded(("a", "b", "c"), np.asarray(owners), texts),
        scale,
    )
    assert found_shares.shape == (3,)
    assert (found_shares >= 0).all()
    assert found_shares.sum() == pytest.approx(1)


def test_texts_that_say_the_same_become_one_vector_of_length_one() -> None:
    model = known_clip("kimono", "maid")
    group = Group({"mixed": ("kimono", "maid"), "plain": ("kimono",)}, together=True)
    members = embedded(model, group)
    np.testing.assert_allclose(members.texts[0], [math.sqrt(0.5), math.sqrt(0.5), 0], atol=1e-6)
    assert members.owners.tolist() == [0, 1]


def test_every_phrase_has_at_least_five_templates_and_stays_far_below_77_tokens() -> None:
    assert len(TEMPLATES) >= 5
    for group in general_groups(outfits=("us army uniform",)).values():
        for texts in group.members.values():
            assert len(texts) == len(TEMPLATES)
            assert max(len(text.split()) for text in texts) < 25


def test_the_outfit_that_fits_is_the_probable_one() -> None:
    model = known_clip("kimono", "maid")
    facts = clip_facts(model, [coloured("red")], [asked_for("kimono")], NOBODY, [None])[0]
    outfits = facts.contrasts["outfit"]
    assert outfits["kimono"] > 0.99
    assert sum(outfits.values()) == pytest.approx(1, abs=1e-3)
    assert facts.phrases["kimono"] == outfits["kimono"]
    assert set(facts.contrasts) == set(CONTRASTS)


def test_outfits_beyond_the_vocabulary_are_asked_for_where_prompt_or_training_name_them() -> None:
    model = known_clip("capelet", "bunny suit")
    mio = CharacterFacts(trigger="mio", training_outfits=("bunny_suit",))
    picture = asked_for("mio, capelet", outfit="capelet")
    worn = clip_facts(model, [coloured("lime")], [picture], mio, [None])[0]
    assert worn.contrasts["outfit"]["bunny suit"] > 0.99
    assert worn.phrases["capelet"] == worn.contrasts["outfit"]["capelet"] < 0.01


def test_triggers_and_phrases_without_alternatives_are_left_out() -> None:
    model = known_clip("kimono", "maid")
    mio = CharacterFacts(trigger="kimono", outfit_triggers=("miocloth",))
    picture = asked_for("kimono, miocloth, best quality, (maid:1.2), red_eyes")
    facts = clip_facts(model, [coloured("red")], [picture], mio, [None])[0]
    assert set(facts.phrases) == {"maid", "red eyes"}


def test_answers_do_not_depend_on_the_pictures_beside() -> None:
    model = known_clip("kimono", "maid")
    one, other = asked_for("kimono"), asked_for("capelet", outfit="capelet")
    images = [coloured("red"), coloured("lime")]
    together = clip_facts(model, images, [one, other], NOBODY, [None, found("face")])
    alone = clip_facts(known_clip("kimono", "maid"), images[:1], [one], NOBODY, [None])
    assert together[0] == alone[0]


def test_hair_is_judged_on_the_head_and_outfits_without_the_face() -> None:
    image = coloured("lime")
    image.paste("red", (4, 0, 12, 8))
    model = known_clip("aqua hair", "kimono")
    facts = clip_facts(model, [image], [asked_for("x")], NOBODY, [found("head", "face")])[0]
    assert facts.contrasts["hair"]["aqua"] > 0.9
    assert facts.contrasts["outfit"]["kimono"] > 0.9


def test_the_paperdoll_model_is_asked_in_plain_tags() -> None:
    model = known_clip("kimono", "maid", name="paperdoll")
    facts = clip_facts(model, [coloured("red")], [asked_for("kimono")], NOBODY, [None])[0]
    assert facts.contrasts["outfit"]["kimono"] > 0.99
    assert set(facts.contrasts["head"]) == {"floating head", "body"}
    assert set(facts.contrasts["views"]) == {"multiple", "one"}
    assert set(facts.contrasts["eyes"]) == {"open", "closed"}
    assert "face" not in facts.contrasts
    assert not any(text.startswith("a ") for text in model.known)


@pytest.mark.parametrize(
    ("prompt", "phrases"),
    [
        ("(red eyes:1.3), [smile], ((maid))", ["red eyes", "smile", "maid"]),
        ("School_Uniform ,, kimono\nocean", ["school uniform", "kimono", "ocean"]),
        ("kimono BREAK maid, kimono", ["kimono", "maid"]),
        (r"rem \(re:zero\), maid", ["rem (re:zero)", "maid"]),
        ("<lora:x:y>", []),
        ("", []),
    ],
)
def test_prompts_fall_apart_into_phrases(prompt: str, phrases: list[str]) -> None:
    assert prompt_phrases(prompt) == phrases
