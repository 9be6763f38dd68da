"""Floating heads: a lone head with room, and everything that only looks like one."""

from __future__ import annotations

import pytest

from lora_eval.detect import Box
from lora_eval.evidence import Below

from .making import (
    FACE,
    body,
    clip,
    evidence,
    face,
    found,
    head,
    judged,
    pixels,
    tags,
)

NAME = "floating_head"


def test_a_head_with_room_and_no_body_floats() -> None:
    judgement = judged(NAME, evidence(head(), face()))
    assert judgement.outcome == "yes"
    assert "no body under it" in judgement.reason
    assert {each.label for each in judgement.boxes} == {"head", "face"}


def test_a_head_with_a_body_does_not() -> None:
    judgement = judged(NAME, evidence(head(), face(), body()))
    assert judgement.outcome == "no"
    assert "body" in {each.label for each in judgement.boxes}


def test_a_body_elsewhere_is_not_its_body() -> None:
    aside = Box(0.0, 0.57, 0.2, 0.98)
    assert judged(NAME, evidence(head(), face(), body(aside))).outcome == "yes"


def test_a_portrait_has_no_room_for_a_body() -> None:
    portrait = Box(0.2, 0.27, 0.8, 0.9)
    assert judged(NAME, evidence(face(portrait))).outcome == "no"


def test_a_head_that_the_frame_cuts_is_none() -> None:
    cut = Box(0.0, 0.2, 0.3, 0.5)
    assert judged(NAME, evidence(face(cut))).outcome == "no"


def test_one_floating_head_among_whole_people_is_enough() -> None:
    left, right = Box(0.1, 0.2, 0.4, 0.5), Box(0.6, 0.2, 0.9, 0.5)
    known = evidence(face(left), face(right), body(Box(0.1, 0.5, 0.4, 0.95)))
    judgement = judged(NAME, known)
    assert judgement.outcome == "yes"
    assert [each.box for each in judgement.boxes] == [right]


def test_a_head_without_a_face_is_measured_in_heads() -> None:
    back = Box(0.2, 0.2, 0.8, 0.9)
    assert judged(NAME, evidence(head(back))).outcome == "yes"
    assert judged(NAME, evidence(head(Box(0.1, 0.05, 0.9, 0.96)))).outcome == "no"


def test_nothing_found_is_unknown_unless_others_are_clear() -> None:
    assert judged(NAME, evidence()).outcome == "unknown"
    assert judged(NAME, evidence(looked=False)).outcome == "unknown"
    assert judged(NAME, evidence(tags=tags(floating_head=0.7))).outcome == "unknown"
    assert judged(NAME, evidence(tags=tags(floating_head=0.99))).outcome == "yes"


def test_a_clear_contradiction_is_unknown() -> None:
    known = evidence(head(), face(), tags=tags(floating_head=0.01),
                     clip=clip(head={"floating head": 0.02, "body": 0.98}))  # fmt: skip
    judgement = judged(NAME, known)
    assert judgement.outcome == "unknown"
    assert judgement.reason.startswith("Contradicting")


def test_a_doubtful_detector_is_overruled_by_clear_others() -> None:
    low = Box(0.3, 0.36, 0.7, 0.76)  # 0.6 face heights of room: little more than needed
    other = tags(floating_head=0.02)
    alone = judged(NAME, evidence(face(low)))
    assert alone.outcome == "yes" and alone.score is not None and alone.score < 0.9
    assert judged(NAME, evidence(face(low), tags=other)).outcome == "no"


def test_a_clip_that_was_seen_to_make_it_worse_has_no_say() -> None:
    other = clip(head={"floating head": 0.02, "body": 0.98})
    assert judged(NAME, evidence(head(), face())).outcome == "yes"
    assert judged(NAME, evidence(head(), face(), clip=other)).outcome == "yes"


@pytest.mark.parametrize(
    ("occupied", "border_flat", "outcome"),
    [(0.0, 0.95, "yes"), (0.3, 0.95, "no"), (0.0, 0.2, "unknown")],
)
def test_where_no_bodies_are_known_the_band_below_decides(
    occupied: float, border_flat: float, outcome: str
) -> None:
    box = Box(0.4, 0.2, 0.6, 0.4)
    known = evidence(
        found=found(face(box), detector="animeface", faces_only=True),
        pixels=pixels(border_flat=border_flat, below=(Below(box, 3.0, occupied),)),
    )
    assert judged(NAME, known).outcome == outcome


def test_room_is_counted_in_each_detectors_own_faces() -> None:
    box = Box(0.34, 0.25, 0.66, 0.6)  # 1.14 heights below it
    below = pixels(border_flat=0.95, below=(Below(box, 1.14, 0.0),))
    for detector, outcome in (("animeface", "no"), ("another", "yes")):
        known = evidence(found=found(face(box), detector=detector, faces_only=True), pixels=below)
        assert judged(NAME, known).outcome == outcome


def test_the_band_of_another_head_says_nothing() -> None:
    far = Box(0.0, 0.0, 0.1, 0.1)
    known = evidence(
        found=found(face(FACE), detector="another", faces_only=True),
        pixels=pixels(border_flat=0.95, below=(Below(far, 3.0, 0.0),)),
    )
    assert judged(NAME, known).outcome == "unknown"


def test_a_smear_below_the_chin_on_a_flat_background_is_a_body() -> None:
    smear = pixels(border_flat=0.95, below=(Below(FACE, 1.3, 0.6),))
    assert judged(NAME, evidence(head(), face(), pixels=smear)).outcome == "no"


def test_a_tagger_that_knows_lone_heads_counts_with_its_doubt() -> None:
    assert judged(NAME, evidence(head(), face(), tags=tags(floating_head=0.6))).outcome == "no"
    assert judged(NAME, evidence(head(), face(), tags=tags(floating_head=0.97))).outcome == "yes"


def test_a_tagger_that_hardly_knows_lone_heads_cannot_deny_them() -> None:
    anime = found(head(), face(FACE), detector="deepghs")
    rare = tags(disembodied_head=0.01)
    assert judged(NAME, evidence(found=anime, tags=rare)).outcome == "yes"
