"""The whole calibration: evidence once, thresholds tuned on one half, judged on the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from lora_eval.calibrate.evidence import Labelled
from lora_eval.calibrate.halves import split_groups
from lora_eval.calibrate.measures import quality
from lora_eval.calibrate.result import Calibration, Part, Row
from lora_eval.calibrate.tuning import answers, tuned
from lora_eval.errors import LabelError
from lora_eval.judges import JUDGES
from lora_eval.judging import Backends


def calibrate(
    generated: Sequence[Labelled],
    constructed: Sequence[Labelled],
    backends: Backends,
    *,
    never_tuned: Sequence[Labelled] = (),
    tune: bool = False,
) -> Calibration:
    """Judges all labelled pictures.

    Args:
        generated: pictures that a model made, labelled by people.
        never_tuned: further ones that all belong to the held-out half.
        constructed: drawn ones, whose truth is known.
        tune: look for better thresholds on the tuning half; they are proposed, not used.

    Raises:
        LabelError: a LoRA of `never_tuned` is also in the tuning half.
    """
    counts: dict[str, Counter[str]] = {}
    for each in generated:
        own = counts.setdefault(each.group, Counter())
        own.update(judge for judge, truth in each.truths.items() if truth)
    first, second = split_groups(counts)
    _refuse_seen(generated, first, never_tuned)
    halves: Mapping[Part, Sequence[Labelled]] = {
        "tuned on": [each for each in generated if each.group in first],
        "held out": [*(each for each in generated if each.group in second), *never_tuned],
        "constructed": constructed,
    }
    detector = backends.detector.name
    rows = []
    for part, pictures in halves.items():
        for judge in JUDGES:
            found = answers(judge, pictures, backends.thresholds.of(judge, detector))
            if found:
                rows.append(Row(judge, part, quality(found)))
    proposed: dict[str, Mapping[str, float]] = {}
    if tune:
        for judge in JUDGES:
            start = backends.thresholds.of(judge, detector)
            if change := tuned(judge, halves["tuned on"], start):
                proposed[judge] = change
                found = answers(judge, halves["held out"], {**start, **change})
                rows.append(Row(judge, "held out, as proposed", quality(found)))
    return Calibration(
        detector=detector,
        detector_version=backends.detector.version,
        clip_version=backends.clip.version if backends.clip else "",
        tagger_version=backends.tagger.version if backends.tagger else "",
        thresholds_version=backends.thresholds.version,
        thresholds_sha256=backends.thresholds.sha256,
        rows=tuple(rows),
        proposed=proposed,
        groups={
            "tuned on": sorted(first),
            "held out": sorted({*second, *(each.group for each in never_tuned)}),
        },
    )


def _refuse_seen(
    generated: Sequence[Labelled], tuning: frozenset[str], never_tuned: Sequence[Labelled]
) -> None:
    """A LoRA that thresholds were tuned on says nothing new in another folder."""
    seen = {each.alike for each in generated if each.group in tuning}
    both = sorted({each.group for each in never_tuned if each.alike in seen})
    if both:
        what = f"LoRAs of these folders are in the half that is tuned on: {', '.join(both)}"
        raise LabelError(what, where="--held-out", fix="Leave them out, or give the folder plainly")
