"""Captions with choices, lines, prefix and suffix, in sd-scripts' order of steps."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lora_wizard.dataset import read_captions, shape_caption
from lora_wizard.dataset.caption_notes import caption_notes
from lora_wizard.dataset.shaping import choose_wildcards
from lora_wizard.recipe import DataSettings

PLAIN = DataSettings(shuffle_captions=False)
WORDS = st.text(st.characters(exclude_characters="{}|\n,", exclude_categories=["C"]), min_size=1)


def shaped(caption: str, seed: int = 1, *, epoch: int = 1, **settings: Any) -> str:
    data = PLAIN.model_copy(update=settings)
    return shape_caption(caption, data, random.Random(seed), epoch=epoch)


@given(st.text(), st.integers(), st.booleans())
def test_without_the_new_settings_nothing_is_drawn_or_changed(
    caption: str, seed: int, shuffle: bool
) -> None:
    data = DataSettings(shuffle_captions=shuffle)
    chance, other = random.Random(seed), random.Random(seed)
    made = shape_caption(caption, data, chance)
    if not shuffle:
        assert made == caption
        assert chance.getstate() == other.getstate()


@given(st.lists(WORDS, min_size=2, max_size=4, unique=True))
def test_every_alternative_comes_up_and_nothing_else(words: list[str]) -> None:
    caption = f"mira {{{'|'.join(words)}}} end"
    made = {shaped(caption, seed, wildcards=True) for seed in range(200)}
    assert made == {f"mira {word} end" for word in words}


@given(st.text(), st.integers())
@example("\ue000", 0)
@example("\ue001", 0)
def test_escaped_braces_are_braces(text: str, seed: int) -> None:
    plain = text.replace("{", "(").replace("}", ")")
    escaped = f"{{{{{plain}}}}}"
    assert choose_wildcards(escaped, random.Random(seed)) == f"{{{plain}}}"


@given(st.lists(WORDS, min_size=2, max_size=4, unique=True))
def test_one_line_is_taken_each_time(lines: list[str]) -> None:
    caption = "\n".join(lines)
    assert {shaped(caption, seed, wildcards=True) for seed in range(200)} == set(lines)


def test_prefix_and_suffix_stand_around_the_line_and_may_hold_choices() -> None:
    around: dict[str, Any] = {
        "caption_prefix": "{mira|kana},",
        "caption_suffix": ", best",
        "wildcards": True,
    }
    made = {shaped("smile\nfrown", seed, **around) for seed in range(100)}
    assert made == {
        f"{who}, {face} , best" for who in ("mira", "kana") for face in ("smile", "frown")
    }
    assert shaped("", caption_prefix="mira") == "mira"


def test_the_prefix_is_what_is_kept_in_front() -> None:
    settings: dict[str, Any] = {
        "caption_prefix": "mira,",
        "shuffle_captions": True,
        "keep_tokens": 1,
    }
    made = [shaped("a, b, c", seed, **settings) for seed in range(20)]
    assert all(each.startswith("mira, ") for each in made)
    assert len(set(made)) > 1


def test_whole_epochs_are_without_captions() -> None:
    made = [shaped("mira", epoch=epoch, caption_dropout_every_epochs=3) for epoch in range(1, 8)]
    assert made == ["mira", "mira", "", "mira", "mira", "", "mira"]


def test_a_dropped_caption_has_no_prefix_either() -> None:
    assert shaped("mira", caption_dropout=1.0, caption_prefix="x") == ""


@pytest.mark.parametrize("every_line", [False, True])
def test_lines_are_kept_where_they_are_meant(tmp_path: Path, every_line: bool) -> None:
    (tmp_path / "a.png").touch()
    (tmp_path / "a.txt").write_text("mira, smile\n\n  mira, frown \n")
    found = read_captions(
        tmp_path, [tmp_path / "a.png"], extension=".txt", class_tokens="", every_line=every_line
    )
    assert found.captions == (("mira, smile\nmira, frown",) if every_line else ("mira, smile",))
    (note,) = caption_notes(
        "10_mira", found, extension=".txt", class_tokens="", every_line=every_line
    )
    assert ("one of them is taken" in note) is every_line
