"""Scores, sources joined, thresholds and colours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_eval.errors import DetectorError
from lora_eval.judges import JUDGES
from lora_eval.judges.colour import ciede2000, lab_of_srgb
from lora_eval.judges.needs import needed_by
from lora_eval.judges.registry import registered
from lora_eval.judges.scoring import above, below, decided, joined
from lora_eval.judges.thresholds import DETECTORS, SHIPPED_THRESHOLDS, load_thresholds

SHARES = st.floats(0, 1)


def test_a_score_is_half_at_the_threshold_and_ends_at_its_limits() -> None:
    assert above(0.3, 0.3) == 0.5
    assert (above(0.0, 0.3), above(1.0, 0.3)) == (0.0, 1.0)
    assert above(8.0, 8.0, high=32.0) == 0.5 and above(99.0, 8.0, high=32.0) == 1.0
    assert below(0.3, 0.3) == 0.5
    assert (below(0.0, 0.3), below(1.0, 0.3)) == (1.0, 0.0)
    assert below(0.3001, 0.3) < 0.5 < below(0.2999, 0.3)


@given(st.floats(-2, 2), SHARES)
def test_a_number_is_at_its_threshold_exactly_from_half_on(value: float, limit: float) -> None:
    assert (above(value, limit) >= 0.5) == (value >= limit)
    assert (below(value, limit) >= 0.5) == (value <= limit)
    assert 0 <= above(value, limit) <= 1


def test_a_score_just_below_half_is_not_rounded_to_a_yes() -> None:
    judgement = decided("noise", 0.4999999, "So.")
    assert (judgement.outcome, judgement.score) == ("no", 0.49999)


def test_what_is_no_number_is_unknown_and_not_kept() -> None:
    judgement = decided("noise", float("nan"), "So.", numbers={"a": float("inf"), "b": 1.0})
    assert (judgement.outcome, judgement.numbers) == ("unknown", (("b", 1.0),))


def test_the_main_source_decides_unless_others_are_clear() -> None:
    assert joined(0.7, [], 0.9) == 0.7
    assert joined(0.7, [0.2, None], 0.9) == 0.7
    assert joined(0.7, [0.05], 0.9) == pytest.approx(0.8 / 3)
    assert joined(0.95, [0.05], 0.9) is None
    assert joined(None, [0.6], 0.9) is None
    assert joined(None, [0.95], 0.9) == 0.95
    assert joined(None, [], 0.9) is None


@given(SHARES, SHARES, st.floats(0.8, 1))
def test_others_that_are_clear_have_their_way_or_leave_it_open(
    main: float, other: float, clear: float
) -> None:
    score = joined(main, [other], clear)
    if score is not None and other >= clear and main > 1 - clear:
        assert score >= 0.5
    assert score is None or 0 <= score <= 1


def test_the_shipped_thresholds_give_every_judge_what_it_needs() -> None:
    shipped = load_thresholds()
    assert shipped.version >= 1 and len(shipped.sha256) == 64
    for name in JUDGES:
        for detector in (*DETECTORS, "another", ""):
            assert set(shipped.of(name, detector)) == needed_by(registered()[name].rule)


def test_a_detectors_own_numbers_take_the_place_of_the_defaults() -> None:
    shipped = load_thresholds()
    assert shipped.of("close_up", "animeface")["face_height"] == 0.36
    assert shipped.of("close_up", "another")["face_height"] == 0.62


def test_all_that_is_wrong_with_thresholds_is_said_together(tmp_path: Path) -> None:
    text = SHIPPED_THRESHOLDS.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^version = \d+", 'version = "one"', text)
    text = text.replace("slack = 0.0", "slak = 0.0")
    text = text.replace("sharpness = 0.25", 'sharpness = "little"') + "\n[fingers]\ncount = 6\n"
    path = tmp_path / "thresholds.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DetectorError) as caught:
        load_thresholds(path)
    where = {problem.where for problem in caught.value.problems}
    assert where == {"version", "unlike.slack", "unlike.slak", "mask_face.sharpness", "fingers"}


def test_thresholds_that_are_no_toml_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "thresholds.toml"
    path.write_text("version =", encoding="utf-8")
    with pytest.raises(DetectorError, match="cannot be read"):
        load_thresholds(path)


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [  # pairs 1, 4, 7, 9, 13, 17, 25 and 34 of Sharma, Wu and Dalal's test data
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
        ((50, -0.001, 2.49), (50, 0.0009, -2.49), 4.8045),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_ciede2000_agrees_with_its_published_pairs(
    one: tuple[float, float, float], other: tuple[float, float, float], difference: float
) -> None:
    assert ciede2000(one, other) == pytest.approx(difference, abs=1e-4)
    assert ciede2000(other, one) == pytest.approx(difference, abs=1e-4)


def test_white_and_red_in_cielab() -> None:
    assert lab_of_srgb((255, 255, 255)) == pytest.approx((100, 0, 0), abs=0.02)
    assert lab_of_srgb((255, 0, 0)) == pytest.approx((53.24, 80.09, 67.20), abs=0.02)
