"""What holds for every judge, whatever the evidence."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lora_eval.detect import Box, Detection
from lora_eval.evidence import Below, ClipFacts, Evidence, Found, Likeness, PixelFacts, Tags
from lora_eval.judges import JUDGES, registered
from lora_eval.pictures import CharacterFacts

from .making import THRESHOLDS, picture

SHARES = st.floats(0, 1)
ANY = st.floats(allow_nan=True, allow_infinity=True)
WORDS = st.sampled_from(
    ["kimono", "school uniform", "ocean", "simple background", "full body", "close-up", "closed",
     "open", "aqua", "pink", "aqua hair", "pink hair", "floating head", "body", "multiple", "one",
     "mask", "closed eyes", "broken", "multiple views", "no humans", "X_y"]
)  # fmt: skip


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    left, right = sorted((draw(SHARES), draw(SHARES)))
    top, bottom = sorted((draw(SHARES), draw(SHARES)))
    return Box(left, top, right, bottom)


DETECTIONS = st.builds(Detection, st.sampled_from(["head", "face", "body"]), boxes(), SHARES)
FOUND = st.builds(
    Found,
    st.sampled_from(["paperdoll", "deepghs", "animeface", "another"]),
    st.frozensets(st.sampled_from(["head", "face", "body"])),
    st.booleans(),
    st.lists(DETECTIONS, max_size=6).map(tuple),
)
PIXELS = st.builds(
    PixelFacts,
    st.integers(1, 4096),
    st.integers(1, 4096),
    *([ANY] * 8),
    st.none() | boxes(),
    st.lists(st.builds(Below, boxes(), ANY, ANY), max_size=3).map(tuple),
    st.none() | ANY,
    st.none() | st.tuples(st.floats(0, 100), st.floats(-99, 99), st.floats(-99, 99)),
)
SAID = st.dictionaries(WORDS, SHARES, max_size=8)
GROUPS = st.sampled_from(
    ["outfit", "background", "framing", "eyes", "hair", "head", "views", "face"]
)
CLIP = st.builds(ClipFacts, st.just("m"), st.dictionaries(GROUPS, SAID), SAID)
PICTURES = st.builds(
    picture,
    outfit=st.sampled_from(["", "kimono", "School_Uniform"]),
    background=st.sampled_from(["", "ocean", "simple background"]),
    framing=st.sampled_from(["", "full body", "close-up"]),
    subjects=st.integers(0, 9),
    closed_eyes=st.booleans(),
)
CHARACTERS = st.builds(
    CharacterFacts,
    training_outfits=st.sampled_from([(), ("school uniform",), ("kimono", "maid")]),
    traits=st.sampled_from([(), ("aqua hair", "red eyes"), ("crown",)]),
)


def evidences(base: st.SearchStrategy[Evidence | None]) -> st.SearchStrategy[Evidence]:
    return st.builds(
        Evidence,
        PICTURES,
        CHARACTERS,
        st.none() | FOUND,
        st.none() | PIXELS,
        st.none() | CLIP,
        st.none() | st.builds(Tags, st.just("t"), SAID),
        st.none() | st.builds(Likeness, st.just("m"), ANY, SHARES, SHARES),
        base,
    )


EVIDENCE = evidences(st.none() | evidences(st.none()))


@settings(max_examples=80, deadline=None)
@given(EVIDENCE)
def test_every_judge_answers_whatever_it_is_shown(known: Evidence) -> None:
    detector = known.found.detector if known.found else ""
    for name, judge in registered().items():
        judgement = judge.rule(known, THRESHOLDS.of(name, detector))
        assert judgement.judge == name
        assert judgement.reason.endswith(".") and not judgement.reason[0].islower()
        assert (judgement.score is None) == (judgement.outcome == "unknown")
        assert judgement.applies or judgement.outcome == "unknown"
        if judgement.score is not None:
            assert 0 <= judgement.score <= 1
            assert (judgement.score >= 0.5) == (judgement.outcome == "yes")
        assert all(abs(value) < float("inf") for _, value in judgement.numbers)


MAIN_NUMBERS = {
    "floating_head": ("room", True),
    "close_up": ("height", True),
    "cropped": ("margin", False),
    "noise": ("sigma", True),
    "blank_background": ("flat", True),
    "unlike": ("likeness", False),
    "closed_eyes": ("tag", True),
    "outfit_leak": ("training", True),
    "split_view": ("second head", True),
    "mask_face": ("sharpness", False),
    "body_missing": ("body", False),
    "hair_drift": ("other", True),
    "disobeyed": ("other", True),
}


def _score(name: str, value: float, tag: float) -> float | None:
    from . import making as m

    near = Box(0.3, 0.5 - value / 2.1, 0.7, 0.5 + value / 2.1)
    place = Box(0.3, 0.84 - 0.8 * value, 0.7, 0.98 - 0.8 * value)
    made = {
        "floating_head": lambda: m.evidence(m.face(place), tags=m.tags(floating_head=tag)),
        "close_up": lambda: m.evidence(m.face(near), tags=m.tags(**{"close-up": tag})),
        "cropped": lambda: m.evidence(m.face(Box(value / 3, 0.4, value / 3 + 0.2, 0.6))),
        "noise": lambda: m.evidence(
            pixels=m.pixels(noise_sigma=value * 40), tags=m.tags(broken=tag)
        ),
        "blank_background": lambda: m.evidence(
            m.face(), asks={"background": "ocean"}, pixels=m.pixels(border_flat=value),
            tags=m.tags(simple_background=tag),
        ),
        "unlike": lambda: m.evidence(likeness=Likeness("m", value, 0.5, 0.6)),
        "closed_eyes": lambda: m.evidence(m.face(), tags=m.tags(closed_eyes=value)),
        "outfit_leak": lambda: m.evidence(
            m.head(), m.body(), asks={"outfit": "kimono"}, outfits=("maid",),
            tags=m.tags(maid=value, kimono=tag),
        ),
        "split_view": lambda: m.evidence(
            m.face(Box(0.1, 0.2, 0.4, 0.5)), m.face(Box(0.6, 0.2, 0.9, 0.5), value),
            tags=m.tags(multiple_views=tag),
        ),
        "mask_face": lambda: m.evidence(m.face(), pixels=m.pixels(face_sharpness=value)),
        "body_missing": lambda: m.evidence(
            m.face(), m.body(score=value), asks={"framing": "full body"},
        ),
        "hair_drift": lambda: m.evidence(
            m.head(), traits=("aqua hair",), tags=m.tags(aqua_hair=0.4, pink_hair=value)
        ),
        "disobeyed": lambda: m.evidence(
            m.head(), asks={"background": "ocean"}, tags=m.tags(ocean=0.1, city=value)
        ),
    }  # fmt: skip
    return m.judged(name, made[name]()).score


@pytest.mark.parametrize("name", JUDGES)
@settings(max_examples=15, deadline=None)
@given(one=st.floats(0.01, 1), other=st.floats(0.01, 1), tag=SHARES)
def test_a_score_only_rises_with_its_main_number(
    name: str, one: float, other: float, tag: float
) -> None:
    low, high = sorted((one, other))
    before, after = _score(name, low, tag), _score(name, high, tag)
    rises = MAIN_NUMBERS[name][1]
    if before is not None and after is not None:
        assert before <= after if rises else before >= after


def test_the_judges_stand_in_their_order() -> None:
    assert tuple(registered()) == JUDGES
    main = [name for name, each in registered().items() if each.importance == "main"]
    assert main == ["floating_head", "split_view", "outfit_leak"]
