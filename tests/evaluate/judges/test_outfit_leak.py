"""Outfit leakage: obeyed, leaked or neither, and when it cannot be told."""

from __future__ import annotations

import pytest

from lora_eval.detect import Box
from lora_eval.judgement import Judgement

from .making import body, clip, evidence, face, head, judged, tags

NAME = "outfit_leak"


def asked(outfit: str = "kimono", trained: tuple[str, ...] = ("school uniform",),
          **sources: object) -> Judgement:  # fmt: skip
    known = evidence(
        head(), face(), body(), asks={"outfit": outfit}, outfits=trained, **sources  # type: ignore[arg-type]
    )  # fmt: skip
    return judged(NAME, known)


@pytest.mark.parametrize(
    ("uniform", "kimono", "outcome", "detail"),
    [
        (0.9, 0.05, "yes", "leaked"),
        (0.05, 0.9, "no", "obeyed"),
        (0.1, 0.1, "no", "neither"),
        (0.45, 0.5, "no", "obeyed"),
    ],
)
def test_three_outcomes(uniform: float, kimono: float, outcome: str, detail: str) -> None:
    judgement = asked(tags=tags(school_uniform=uniform, kimono=kimono, maid=0.0))
    assert (judgement.outcome, judgement.detail) == (outcome, detail)


def test_tags_and_clip_are_averaged() -> None:
    both = asked(
        tags=tags(school_uniform=0.8, kimono=0.1),
        clip=clip(outfit={"school uniform": 0.2, "kimono": 0.7}),
    )
    assert dict(both.numbers) == {"training": 0.5, "asked": 0.4}
    assert both.outcome == "yes"


def test_underscores_and_capitals_do_not_matter() -> None:
    judgement = asked("Kimono", ("School_Uniform",), tags=tags(school_uniform=0.9, kimono=0.0))
    assert judgement.outcome == "yes"


def test_what_does_not_apply_is_unknown() -> None:
    seen = tags(school_uniform=0.9, kimono=0.0)
    assert asked(outfit="", tags=seen).outcome == "unknown"
    assert asked(trained=(), tags=seen).outcome == "unknown"
    assert asked(outfit="school uniform", tags=seen).outcome == "unknown"
    assert asked().outcome == "unknown"
    assert asked(tags=tags(maid=0.9)).outcome == "unknown"


def test_an_outfit_that_cannot_be_seen_is_unknown() -> None:
    seen = tags(school_uniform=0.9, kimono=0.0)
    known = {"asks": {"outfit": "kimono"}, "outfits": ("school uniform",), "tags": seen}
    near = Box(0.05, 0.1, 0.95, 0.95)
    assert judged(NAME, evidence(face(near), **known)).outcome == "unknown"  # type: ignore[arg-type]
    assert judged(NAME, evidence(head(), **known)).outcome == "unknown"  # type: ignore[arg-type]
    lone = tags(school_uniform=0.9, kimono=0.0, floating_head=0.8)
    assert asked(tags=lone).outcome == "unknown"


def test_what_the_base_shows_is_told_and_does_not_change_the_answer() -> None:
    seen = tags(school_uniform=0.9, kimono=0.0)
    base = evidence(head(), body(), tags=tags(school_uniform=0.7, kimono=0.2))
    judgement = asked(tags=seen, base=base)
    assert judgement.outcome == "yes"
    assert dict(judgement.numbers)["base_training"] == 0.7
    assert "0.70 without any LoRA" in judgement.reason
