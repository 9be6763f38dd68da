"""What headers and captions tell of the character."""

from __future__ import annotations

import json

import pytest

from lora_eval.generate.hints import counts_in_captions, counts_in_metadata, hints_of


def header(
    tags: dict[str, dict[str, int]], regularisation: dict[str, object] | None = None
) -> dict[str, str]:
    return {
        "ss_tag_frequency": json.dumps(tags),
        "ss_reg_dataset_dirs": json.dumps(regularisation or {}),
    }


def test_the_trigger_is_the_commonest_first_tag() -> None:
    hints = hints_of(counts_in_metadata(header({"36_kana": {"kana v2": 13, "close-up": 13}})))
    assert hints.trigger == "kana v2" and hints.outfit_triggers == ()


def test_regularisation_folders_show_other_people() -> None:
    tags = {"36_mio": {"mio": 13}, "1_1girl": {"purple girl": 400}}
    hints = hints_of(counts_in_metadata(header(tags, {"1_1girl": {"n_repeats": 1}})))
    assert hints.trigger == "mio" and hints.common_tags == {"mio"}


def test_the_folders_name_tells_where_general_tags_come_first() -> None:
    tags = {"10_hoshino_mio": {"1girl": 20, "solo": 20, "hoshino mio": 20}}
    assert hints_of(tags).trigger == "hoshino mio"


def test_further_folders_are_outfits_whatever_their_order() -> None:
    folders = {"16_c": {"miocloth": 10}, "16_h": {"mio": 13}, "16_s": {"miostage": 13}}
    hints = hints_of(folders)
    assert (hints.trigger, hints.outfit_triggers) == ("mio", ("miocloth", "miostage"))
    assert hints_of(dict(reversed(folders.items()))) == hints


def test_general_tags_call_nobody() -> None:
    assert hints_of({"10_girl": {"1girl": 20, "girl": 20}}).trigger == ""


def test_an_outfit_that_is_worn_once_is_not_common() -> None:
    hints = hints_of({"5_mio": {"mio": 20, "maid": 1, "kimono": 5}})
    assert "kimono" in hints.common_tags and "maid" not in hints.common_tags


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[]", "null", '{"a": 3}', '{"a": {}}', '{"a": {"b": "c", "d": true, "e": 0}}'],
)
def test_headers_that_tell_nothing_are_no_crash(text: str) -> None:
    assert hints_of(counts_in_metadata({"ss_tag_frequency": text})).trigger == ""
    assert counts_in_metadata({}) == {}


def test_captions_are_counted_by_picture() -> None:
    counts = counts_in_captions({"5_mio": [["mio", "maid", "maid"], ["mio"]], "empty": [[]]})
    assert counts == {"5_mio": {"mio": 2, "maid": 1}}
