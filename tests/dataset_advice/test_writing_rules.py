"""Rules about prompt syntax in captions: each fires on its case, and not on its clean neighbour."""

from __future__ import annotations

import pytest

from tests.dataset_advice.conftest import Material


@pytest.mark.parametrize(
    ("rule", "caption", "clean"),
    [
        ("captions_escaped", r"mira \(series\), smile", "mira (series), smile"),
        ("captions_weighted", "mira, (smile:1.3)", "mira, smile"),
        ("captions_calling", "mira, <lora:style:1>", "mira, style"),
        ("captions_structured", '{"caption": "mira"}', "mira, {curly}"),
        ("captions_pasted", "mira\nNegative prompt: lowres", "mira\nlowres"),
        ("captions_full_width", "mira、smile", "mira, 笑顔"),
        ("captions_nuls", "m\0i\0r\0a\0", "mira"),
        ("captions_choices", "mira, {smile|grin}", "mira, smile"),
    ],
)
def test_what_is_no_plain_caption_is_told_by_name(
    material: Material, rule: str, caption: str, clean: str
) -> None:
    material.pictures("10_mio", [clean, clean])
    assert rule not in material.advice()
    material.picture("10_mio/odd.png", caption)
    told = material.advice()[rule]
    assert told.what == "1: odd.txt."
    material.picture("reg:1_girl/other.png", caption)
    assert material.advice()[rule].what == "2: odd.txt, other.txt."


def test_choices_are_meant_with_wildcards(material: Material) -> None:
    material.picture("10_mio/a.png", "mira, {smile|grin}")
    assert dict(material.advice()["captions_choices"].changes) == {"data.wildcards": True}
    assert "captions_choices" not in material.advice({"data.wildcards": True})
