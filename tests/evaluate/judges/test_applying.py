"""Where the prompt leaves a judge nothing to decide, that is said apart from a lack of evidence."""

from __future__ import annotations

import pytest

from .making import body, evidence, face, head, judged


@pytest.mark.parametrize(
    ("judge", "asks"),
    [
        ("outfit_leak", {}),
        ("outfit_leak", {"outfit": "school uniform"}),
        ("body_missing", {}),
        ("blank_background", {}),
        ("close_up", {"framing": "close-up"}),
        ("closed_eyes", {"closed_eyes": True}),
    ],
)
def test_a_judge_does_not_apply_to_what_was_not_asked_for(
    judge: str, asks: dict[str, object]
) -> None:
    known = evidence(head(), face(), body(), asks=asks, outfits=("school uniform",))
    answer = judged(judge, known)
    assert (answer.outcome, answer.score, answer.applies) == ("unknown", None, False)


def test_missing_evidence_is_a_lack_of_coverage() -> None:
    answer = judged("outfit_leak", evidence(head(), face(), body(), asks={"outfit": "kimono"}))
    assert (answer.outcome, answer.applies) == ("unknown", True)
