"""Split views: too many heads, or a seam, and twins that were asked for."""

from __future__ import annotations

from lora_eval.detect import Box, Detection

from .making import clip, evidence, face, head, judged, pixels, tags

NAME = "split_view"
LEFT, RIGHT = Box(0.1, 0.2, 0.4, 0.5), Box(0.6, 0.2, 0.9, 0.5)
TWO: tuple[Detection, ...] = (face(LEFT), face(RIGHT))
UPRIGHT, LEVEL = Box(0.49, 0.0, 0.51, 1.0), Box(0.0, 0.59, 1.0, 0.61)


def test_two_heads_for_one_subject_are_a_split_view() -> None:
    judgement = judged(NAME, evidence(*TWO))
    assert (judgement.outcome, judgement.detail) == ("yes", "more heads")
    assert "2 heads found, 1 asked for" in judgement.reason


def test_twins_that_were_asked_for_are_none() -> None:
    known = evidence(*TWO, asks={"subjects": 2}, tags=tags(multiple_views=0.99))
    assert judged(NAME, known).outcome == "no"
    three = evidence(*TWO, face(Box(0.4, 0.6, 0.65, 0.85)), asks={"subjects": 2})
    assert judged(NAME, three).outcome == "yes"


def test_a_head_and_its_face_are_one() -> None:
    assert judged(NAME, evidence(head(), face())).outcome == "no"


def test_small_heads_on_posters_do_not_count() -> None:
    poster = Box(0.9, 0.0, 0.98, 0.08)
    assert judged(NAME, evidence(face(LEFT), face(poster))).outcome == "no"


def test_a_seam_is_a_panel() -> None:
    seam = pixels(seam_share=0.9, seam_ratio=12.0, seam=UPRIGHT)
    judgement = judged(NAME, evidence(face(LEFT), pixels=seam))
    assert (judgement.outcome, judgement.detail) == ("yes", "panel")
    assert "seam" in {each.label for each in judgement.boxes}


def test_a_level_edge_needs_heads_on_both_sides() -> None:
    horizon = pixels(seam_share=0.95, seam_ratio=12.0, seam=LEVEL)
    assert judged(NAME, evidence(face(LEFT), pixels=horizon)).outcome == "no"
    low = face(Box(0.1, 0.65, 0.4, 0.95))
    both = evidence(face(LEFT), low, asks={"subjects": 1}, pixels=horizon)
    assert "panel" in judged(NAME, both).detail


def test_natural_edges_are_no_seam() -> None:
    natural = pixels(seam_share=0.6, seam_ratio=1.2, seam=UPRIGHT)
    assert judged(NAME, evidence(face(LEFT), pixels=natural)).outcome == "no"


def test_without_a_head_only_a_seam_decides() -> None:
    assert judged(NAME, evidence()).outcome == "unknown"
    assert judged(NAME, evidence(pixels=pixels())).outcome == "unknown"
    seam = pixels(seam_share=0.9, seam_ratio=12.0, seam=UPRIGHT)
    assert judged(NAME, evidence(pixels=seam)).outcome == "yes"


def test_nobody_where_nobody_was_asked_for_is_one_view() -> None:
    assert judged(NAME, evidence(asks={"subjects": 0}, pixels=pixels())).outcome == "no"


def test_boxes_count_and_others_cannot_deny_what_they_counted() -> None:
    known = evidence(
        *TWO,
        tags=tags(multiple_views=0.01),
        clip=clip(views={"multiple": 0.03, "one": 0.97}),
    )
    assert judged(NAME, known).outcome == "yes"


def test_clear_others_put_in_doubt_that_the_boxes_found_all() -> None:
    assert judged(NAME, evidence(face(LEFT), tags=tags(multiple_views=0.99))).outcome == "unknown"
    assert judged(NAME, evidence(face(LEFT), tags=tags(multiple_views=0.8))).outcome == "no"
    assert judged(NAME, evidence(tags=tags(multiple_views=0.99))).outcome == "yes"
    assert judged(NAME, evidence(tags=tags(multiple_views=0.01))).outcome == "no"


def test_clear_others_speak_against_a_doubtful_seam() -> None:
    known = evidence(
        face(LEFT),
        pixels=pixels(seam_share=0.9, seam_ratio=5.0, seam=UPRIGHT),
        tags=tags(multiple_views=0.01),
    )
    assert judged(NAME, known).outcome == "no"
