"""Noise and divergence: no picture at all, or a burnt one."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from lora_eval.evidence import Evidence, PixelFacts
from lora_eval.judgement import Judgement
from lora_eval.judges.figures import figures, sees_heads
from lora_eval.judges.needs import needs
from lora_eval.judges.registry import Thresholds, judge
from lora_eval.judges.scoring import above, decided, joined
from lora_eval.judges.words import tagged

_WORDS = {
    "sigma": "noise of {:.1f} of 255",
    "high_frequency": "{:.0%} of the energy in fine detail",
    "one_colour": "{:.1%} of it one colour",
    "hue_entropy": "hues spread over {:.2f} bits and no face",
}


@judge("noise")
@needs(
    "head_score", "sigma", "high_frequency", "one_colour", "hue_entropy_bits", "saturated", "tag",
    "clear",
)  # fmt: skip
def noise(evidence: Evidence, thresholds: Thresholds) -> Judgement:
    """The strongest of the pixels' signs is the main source; the tagger's `broken` the other."""
    signs = _signs(evidence, evidence.pixels, thresholds) if evidence.pixels else {}
    strongest = max(signs, key=lambda name: signs[name][1], default="")
    tag = tagged(evidence, ["broken"])
    others = [None if tag is None else above(tag, thresholds["tag"])]
    main = signs[strongest][1] if strongest else None
    parts = [_WORDS[strongest].format(signs[strongest][0])] if strongest else []
    if tag is not None:
        parts.append(f"broken by the tagger: {tag:.2f}")
    reason = "; ".join(parts) or "nothing was measured"
    numbers = {name: value for name, (value, _) in signs.items()}
    return decided(
        "noise",
        joined(main, others, thresholds["clear"]),
        f"{reason[0].upper()}{reason[1:]}.",
        detail=strongest.replace("_", " ") if main is not None and main >= 0.5 else "",
        numbers={**numbers, "tag": tag},
    )


def _signs(
    evidence: Evidence, pixels: PixelFacts, thresholds: Thresholds
) -> Mapping[str, tuple[float, float]]:
    """Each sign's value and score; what cannot be measured in an empty picture is left out.

    Many hues only speak where a face was looked for in vain.
    """

    def scored(value: float, name: str, high: float) -> tuple[float, float]:
        return value, above(value, thresholds[name], high=high)

    sigma, fine = thresholds["sigma"], thresholds["high_frequency"]
    signs = {
        "sigma": scored(pixels.noise_sigma, "sigma", 4 * sigma),
        "high_frequency": scored(pixels.high_frequency, "high_frequency", 3 * fine),
        "one_colour": scored(pixels.one_colour, "one_colour", 1.0),
    }
    is_faceless = sees_heads(evidence.found) and not figures(
        evidence.found, thresholds["head_score"]
    )
    if is_faceless and pixels.saturated >= thresholds["saturated"]:
        signs["hue_entropy"] = scored(pixels.hue_entropy_bits, "hue_entropy_bits", 5.17)
    return {name: each for name, each in signs.items() if isfinite(each[0])}
