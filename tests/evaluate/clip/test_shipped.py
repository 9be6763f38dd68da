"""The tiny CLIP that comes along, on drawings that it has not seen."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache

import numpy as np
from PIL import Image

from lora_eval.clip import ClipModel, clip_facts, measure_likeness, open_clip_model
from lora_eval.clip.likeness import TrainingLooks, leave_one_out
from lora_eval.clip.loading import WEIGHTS
from lora_eval.clip.paperdoll.accuracy import head_separation, measured
from lora_eval.clip.paperdoll.pictures import head_of
from lora_eval.detect.detector import Box, Detection
from lora_eval.evidence import Found
from lora_eval.pictures import CharacterFacts
from lora_wizard.paperdoll.characters import DEMO_CHARACTER, DEMO_OUTFITS
from lora_wizard.paperdoll.draw import draw
from lora_wizard.paperdoll.reader.pictures import make_pictures
from lora_wizard.paperdoll.traits import FRAMINGS, Scene, random_scene
from tests.evaluate.clip.known import asked_for


@cache
def shipped() -> ClipModel:
    return open_clip_model(offline=True)


def test_its_file_is_small() -> None:
    assert WEIGHTS.stat().st_size < 10_000_000


def test_most_words_are_told_apart_on_fresh_drawings() -> None:
    found = measured(shipped(), make_pictures(240, seed=4_242_424))
    assert found["background"] > 0.85
    assert found["framing"] > 0.85
    assert found["hair_colour"] > 0.85
    assert found["outfit"] > 0.75
    assert found["head"] > 0.85
    assert found["views"] > 0.85


def test_heads_of_one_character_are_more_alike_than_those_of_two() -> None:
    found = head_separation(shipped(), characters=12, seed=3)
    assert found["auc"] > 0.9
    assert found["same"] > found["other"] + 0.3


def test_a_drawing_is_described_as_it_was_drawn() -> None:
    scene = Scene(DEMO_CHARACTER, DEMO_OUTFITS[1], background="classroom", framing="upper body")
    drawing = draw(scene, size=64, seed=5)
    head = drawing.figures[0].head
    assert head is not None
    seen = Found("drawn", frozenset(("head",)), False, (Detection("head", Box(*head), 1.0),))
    picture = asked_for("hoshino mio, kimono, (aqua hair:1.2), classroom, red eyes")
    mio = CharacterFacts(trigger="hoshino mio")
    facts = clip_facts(shipped(), [drawing.image], [picture], mio, [seen])[0]
    likeliest = {name: max(each, key=each.__getitem__) for name, each in facts.contrasts.items()}
    assert likeliest == {
        "outfit": "kimono",
        "background": "classroom",
        "framing": "upper body",
        "eyes": "open",
        "hair": "aqua",
        "head": "body",
        "views": "one",
    }
    assert set(facts.phrases) == {"kimono", "aqua hair", "classroom", "red eyes"}
    assert min(facts.phrases.values()) > 0.5


def test_the_character_is_liker_to_her_pictures_than_strangers_are() -> None:
    rng = random.Random(11)
    own, strangers = [], []
    for _ in range(8):
        scene = replace(random_scene(rng), framing=rng.choice(FRAMINGS[1:3]))
        strangers.append(head_of(scene, rng))
        own.append(head_of(replace(scene, character=DEMO_CHARACTER), rng))
    training = shipped().image_embeddings(own[:4])
    looks = TrainingLooks("paperdoll", training, leave_one_out(training))
    pictures: list[Image.Image] = [*own[4:], *strangers]
    whole = Detection("head", Box(0.0, 0.0, 1.0, 1.0), 1.0)
    seen = Found("drawn", frozenset(("head",)), False, (whole,))
    answers = measure_likeness(shipped(), pictures, [seen] * len(pictures), looks)
    values = np.array([answer.value for answer in answers if answer is not None])
    assert values[:4].min() > np.median(values[4:]) + 0.2
