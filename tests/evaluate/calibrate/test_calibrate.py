"""The shipped calibration: made from the committed labels, and the table of the README."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from lora_eval.calibrate.known import known
from lora_eval.cli import main
from lora_eval.judges.thresholds import load_thresholds

ROOT = Path(__file__).parents[3]


def test_the_shipped_result_is_of_the_shipped_thresholds() -> None:
    for judge in ("floating_head", "split_view", "outfit_leak"):
        found = known(judge, "paperdoll")
        assert found is not None
        assert found.thresholds_version == load_thresholds().version
        assert found.pictures >= 50
        assert 0.5 < found.f1 <= 1
        assert found.f1_low <= found.f1 <= found.f1_high
    assert known("floating_head", "no such detector") is None


def test_the_readme_shows_what_was_shipped() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.partition("<!-- calibration:begin -->")[2].partition("<!-- calibration:end -->")[0]
    found = known("split_view", "paperdoll")
    assert found is not None
    assert f"{found.f1:.2f} ({found.f1_low:.2f}–{found.f1_high:.2f})" in table


@pytest.mark.slow
def test_the_committed_labels_give_the_shipped_numbers(tmp_path: Path) -> None:
    sets = [str(ROOT / "calibration" / name) for name in ("mio", "kana")]
    fresh = str(ROOT / "calibration" / "fresh")
    result = CliRunner().invoke(main, ["calibrate", *sets, "--held-out", fresh])
    assert result.exit_code == 0, result.output
    found = known("split_view", "paperdoll")
    assert found is not None
    assert f"{found.f1:.2f} ({found.f1_low:.2f}–{found.f1_high:.2f})" in result.output


def test_nothing_to_judge_is_an_error() -> None:
    result = CliRunner().invoke(main, ["calibrate"])
    assert result.exit_code == 2
    assert "nothing to judge" in result.output
