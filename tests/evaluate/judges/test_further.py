"""The further judges: what each finds, and when it does not know."""

from __future__ import annotations

import pytest

from lora_eval.detect import Box
from lora_eval.evidence import ClipFacts, Evidence, Likeness
from lora_eval.pictures import CharacterFacts
from lora_wizard.paperdoll.traits import HAIR_COLOURS

from .making import (
    FACE,
    body,
    clip,
    evidence,
    face,
    found,
    head,
    judged,
    picture,
    pixels,
    tags,
)

NEAR = Box(0.06, 0.1, 0.94, 0.95)


def outcome(name: str, known: Evidence) -> str:
    return judged(name, known).outcome


def test_a_mask_needs_a_face_and_a_source() -> None:
    flat = pixels(face_sharpness=0.05)
    assert outcome("mask_face", evidence(pixels=flat)) == "unknown"
    assert outcome("mask_face", evidence(looked=False, pixels=flat)) == "unknown"
    assert outcome("mask_face", evidence(face())) == "unknown"
    assert outcome("mask_face", evidence(face(), pixels=flat)) == "yes"
    assert outcome("mask_face", evidence(face(), pixels=pixels())) == "no"
    lively = clip(face={"mask": 0.02, "lively": 0.98})
    assert outcome("mask_face", evidence(face(), pixels=pixels(), clip=lively)) == "no"


def test_a_close_up_that_was_not_asked_for() -> None:
    assert outcome("close_up", evidence(face(NEAR))) == "yes"
    assert outcome("close_up", evidence(face())) == "no"
    assert outcome("close_up", evidence(face(NEAR), asks={"framing": "portrait"})) == "unknown"
    assert outcome("close_up", evidence()) == "unknown"
    small = found(face(Box(0.3, 0.2, 0.7, 0.6)), detector="animeface", faces_only=True)
    assert outcome("close_up", evidence(found=small)) == "yes"


@pytest.mark.parametrize(
    ("box", "expected", "side"),
    [
        (Box(0.0, 0.3, 0.3, 0.6), "yes", "side"),
        (Box(0.4, 0.0, 0.7, 0.3), "yes", "top"),
        (Box(0.7, 0.3, 1.0, 0.6), "yes", "side"),
        (Box(0.3, 0.7, 0.6, 1.0), "no", ""),
        (FACE, "no", ""),
    ],
)
def test_a_face_at_the_frame_is_cropped(box: Box, expected: str, side: str) -> None:
    judgement = judged("cropped", evidence(face(box)))
    assert (judgement.outcome, judgement.detail) == (expected, side)


def test_hair_at_the_frame_counts_for_anime_and_not_in_a_portrait() -> None:
    tall = Box(0.2, 0.0, 0.8, 0.6)
    anime = found(head(tall), face(), detector="deepghs")
    assert outcome("cropped", evidence(found=anime)) == "yes"
    assert outcome("cropped", evidence(found=anime, asks={"framing": "portrait"})) == "no"
    assert outcome("cropped", evidence(head(tall), face())) == "no"
    assert outcome("cropped", evidence()) == "unknown"


def test_a_missing_body_is_missed_only_where_it_was_asked_for() -> None:
    full = {"framing": "full body"}
    assert outcome("body_missing", evidence(head(), face())) == "unknown"
    assert outcome("body_missing", evidence(head(), face(), asks=full)) == "yes"
    assert outcome("body_missing", evidence(head(), face(), body(), asks=full)) == "no"
    close = Box(0.2, 0.1, 0.8, 0.7)
    assert outcome("body_missing", evidence(face(close), body(), asks=full)) == "yes"
    assert outcome("body_missing", evidence(asks=full)) == "unknown"


def test_closed_eyes_need_a_tagger_or_clip() -> None:
    assert outcome("closed_eyes", evidence(face())) == "unknown"
    assert outcome("closed_eyes", evidence(face(), tags=tags(closed_eyes=0.9))) == "yes"
    assert outcome("closed_eyes", evidence(face(), tags=tags(closed_eyes=0.1))) == "no"
    assert outcome("closed_eyes", evidence(tags=tags(closed_eyes=0.9))) == "unknown"
    shut = evidence(face(), asks={"closed_eyes": True}, tags=tags(closed_eyes=0.9))
    assert outcome("closed_eyes", shut) == "unknown"
    both = evidence(face(), tags=tags(closed_eyes=0.9), clip=clip(eyes={"closed": 0.0, "open": 1}))
    assert outcome("closed_eyes", both) == "no"


def test_a_blank_background_where_a_place_was_asked_for() -> None:
    ocean, flat = {"background": "ocean"}, pixels(border_flat=0.95)
    assert outcome("blank_background", evidence(face(), pixels=flat)) == "unknown"
    assert outcome("blank_background", evidence(face(), asks=ocean, pixels=flat)) == "yes"
    assert outcome("blank_background", evidence(face(), asks=ocean, pixels=pixels())) == "no"
    assert outcome("blank_background", evidence(face(NEAR), asks=ocean, pixels=flat)) == "unknown"
    assert outcome("blank_background", evidence(asks=ocean)) == "unknown"
    plain = {"background": "simple background"}
    assert outcome("blank_background", evidence(face(), asks=plain, pixels=flat)) == "unknown"


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"noise_sigma": 77.0}, "sigma"),
        ({"high_frequency": 0.81}, "high frequency"),
        ({"one_colour": 1.0, "noise_sigma": float("nan")}, "one colour"),
        ({"hue_entropy_bits": 4.55, "saturated": 0.58}, "hue entropy"),
    ],
)
def test_each_sign_of_noise(changes: dict[str, float], detail: str) -> None:
    judgement = judged("noise", evidence(pixels=pixels(**changes)))
    assert (judgement.outcome, judgement.detail) == ("yes", detail)


def test_many_hues_are_no_noise_where_a_face_is_or_hardly_any_pixel_has_one() -> None:
    hues = pixels(hue_entropy_bits=4.55, saturated=0.58)
    assert outcome("noise", evidence(face(), pixels=hues)) == "no"
    assert outcome("noise", evidence(looked=False, pixels=hues)) == "no"
    line_art = pixels(hue_entropy_bits=5.17, saturated=0.0)
    assert outcome("noise", evidence(pixels=line_art)) == "no"


def test_the_tagger_sees_what_is_broken_without_noise() -> None:
    assert outcome("noise", evidence(pixels=pixels(), tags=tags(broken=0.99))) == "yes"
    assert outcome("noise", evidence(tags=tags(broken=0.6))) == "unknown"
    assert outcome("noise", evidence()) == "unknown"


def test_hair_of_another_colour() -> None:
    aqua = {"traits": ("red eyes", "aqua hair")}
    other = tags(aqua_hair=0.1, pink_hair=0.8)
    assert outcome("hair_drift", evidence(head(), traits=("aqua hair",), tags=other)) == "yes"
    own = tags(aqua_hair=0.8, pink_hair=0.1)
    assert outcome("hair_drift", evidence(head(), tags=own, **aqua)) == "no"  # type: ignore[arg-type]
    assert outcome("hair_drift", evidence(head(), tags=other)) == "unknown"
    assert outcome("hair_drift", evidence(tags=other, **aqua)) == "unknown"  # type: ignore[arg-type]
    grey = tags(aqua_hair=0.05, pink_hair=0.1)
    assert outcome("hair_drift", evidence(head(), tags=grey, **aqua)) == "unknown"  # type: ignore[arg-type]
    words = clip(hair={"aqua": 0.1, "pink": 0.9})
    assert outcome("hair_drift", evidence(head(), clip=words, **aqua)) == "yes"  # type: ignore[arg-type]


def test_the_measured_hair_colour_speaks_in_drawn_pictures_only() -> None:
    black = pixels(hair_lab=(20.0, 2.0, -5.0))
    drawn = evidence(head(), traits=("aqua hair",), pixels=black)
    assert outcome("hair_drift", drawn) == "yes"
    anime = found(head(), detector="deepghs")
    painted = evidence(found=anime, traits=("aqua hair",), pixels=black)
    assert outcome("hair_drift", painted) == "unknown"
    assert "aqua" in HAIR_COLOURS


def test_unlike_by_likeness_or_by_traits() -> None:
    close, far = Likeness("m", 0.9, 0.8, 0.88), Likeness("m", 0.7, 0.8, 0.88)
    assert outcome("unlike", evidence(likeness=close)) == "no"
    assert outcome("unlike", evidence(likeness=far)) == "yes"
    assert outcome("unlike", evidence()) == "unknown"
    traits = ("aqua hair", "crown")
    assert outcome("unlike", evidence(traits=traits, tags=tags(aqua_hair=0.1, crown=0.2))) == "yes"
    assert outcome("unlike", evidence(traits=traits, tags=tags(aqua_hair=0.9, crown=0.7))) == "no"
    other = picture().model_copy(update={"names_character": False})
    known = Evidence(other, CharacterFacts(), likeness=far)
    assert outcome("unlike", known) == "unknown"


def test_disobeyed_says_what() -> None:
    asks = {"background": "ocean", "framing": "full body", "subjects": 1}
    known = evidence(head(), face(), body(), asks=asks,
                     tags=tags(ocean=0.05, classroom=0.9, full_body=0.9, portrait=0.0))  # fmt: skip
    judgement = judged("disobeyed", known)
    assert (judgement.outcome, judgement.detail) == ("yes", "background")
    assert "background +0.85" in judgement.reason


def test_doubt_is_not_disobedience() -> None:
    known = evidence(head(), face(), body(), asks={"background": "ocean"},
                     tags=tags(ocean=0.3, classroom=0.6))  # fmt: skip
    assert outcome("disobeyed", known) == "no"


def test_the_number_of_people_is_asked_for_too() -> None:
    one, two = head(Box(0.05, 0.1, 0.35, 0.4)), head(Box(0.55, 0.1, 0.85, 0.4))
    assert judged("disobeyed", evidence(one, two)).detail == "subjects"
    assert outcome("disobeyed", evidence(one, two, asks={"subjects": 2})) == "no"
    assert outcome("disobeyed", evidence(one, asks={"subjects": 2})) == "yes"
    assert outcome("disobeyed", evidence(asks={"subjects": 2})) == "unknown"


def test_nothing_told_is_unknown_and_an_unseen_outfit_not_disobeyed() -> None:
    asks = {"outfit": "kimono", "subjects": 1}
    maid = tags(kimono=0.05, maid=0.9)
    assert outcome("disobeyed", evidence(looked=False, asks=asks)) == "unknown"
    assert outcome("disobeyed", evidence(head(), face(), body(), asks=asks, tags=maid)) == "yes"
    assert outcome("disobeyed", evidence(head(NEAR), face(NEAR), asks=asks, tags=maid)) == "no"


def test_a_phrase_of_the_prompt_speaks_where_no_group_knows_the_word() -> None:
    facts = ClipFacts("m", {}, {"moon base": 0.1})
    known = evidence(looked=False, asks={"background": "moon base"}, clip=facts)
    assert judged("disobeyed", known).detail == "background"
