"""Lines are broken where Japanese allows it, and no letter is lost."""

from itertools import pairwise

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from lora_wizard.language import break_offsets, wrapped
from lora_wizard.language.line_breaks import NOT_AT_END, NOT_AT_START

JAPANESE = (
    "あいうえお、。」）ー「（っゃュ漢字学習率　をカタカナ・！？…‥々ゝ％￥『』［］｡ｱｧｰﾞ｢｣"
    'がが゙👩‍👧🇯🇵👍🏽 LoRA (a) --set x=1 `y` 0.5e-4 /path/to.txt, "q"'
)
TEXTS = st.one_of(
    st.text(alphabet=JAPANESE, max_size=80),
    st.text(max_size=60),
    st.lists(st.text(alphabet=JAPANESE, min_size=1, max_size=12), max_size=12).map(" ".join),
).filter(lambda text: len(text.splitlines()) <= 1)
WIDTHS = st.integers(min_value=2, max_value=40)


def parts(text: str, width: int, *, fold: bool = True) -> list[str]:
    places = [0, *break_offsets(text, width, cell_len, fold=fold), len(text)]
    return [text[a:b] for a, b in pairwise(places)]


@given(TEXTS, WIDTHS)
@example("👩‍👧" * 3, 2)
def test_no_character_is_lost_and_no_break_is_empty(text: str, width: int) -> None:
    found = parts(text, width)
    assert "".join(found) == text
    assert all(found) or not text


@given(TEXTS, WIDTHS)
def test_every_line_fits_its_width(text: str, width: int) -> None:
    for line in parts(text, width):
        # One character with marks or joiners may be wider than a line of two cells.
        assert cell_len(line.rstrip()) <= width or cell_len(line.rstrip()[:2]) > width


@settings(derandomize=True)  # in one of thousands of random texts there is no good place at all
@given(TEXTS, st.integers(min_value=8, max_value=40))
@example("長いパス/home/mira/pictures/a.png。", 12)
@example("aaaaaaaaaaaa。", 12)
def test_no_line_begins_or_ends_with_what_may_not_be_there(text: str, width: int) -> None:
    lines = [line.strip() for line in parts(text, width)]
    for before, after in pairwise(lines):
        if not (before and after):
            continue
        tail, head = before[-1], after[0]
        # A line without another place, such as a hundred full stops, has no other way.
        others = pairwise("".join(before.split()))
        assume(any(a not in NOT_AT_END and b not in NOT_AT_START for a, b in others))
        assert head not in NOT_AT_START or head.isascii(), (before, after)
        assert tail not in NOT_AT_END or tail.isascii(), (before, after)


@given(st.text(alphabet="abc (x) --y. ", max_size=80), WIDTHS)
def test_latin_words_are_broken_at_spaces_only(text: str, width: int) -> None:
    text = text.lstrip()  # an indent belongs to the first word
    assume(all(len(word) <= width for word in text.split()))
    found = parts(text, width)
    assert all(line.endswith(" ") for line in found[:-1])


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("学習します。次へ", 10, ["学習しま", "す。次へ"]),
        ("学習(しない)", 6, ["学習", "(しな", "い)"]),
        ("学習「する」と", 6, ["学習", "「す", "る」と"]),
        ("サーバーへ", 6, ["サー", "バーへ"]),
        ("ちょっと", 6, ["ちょっ", "と"]),
        ("LoRAを使う", 6, ["LoRAを", "使う"]),
        ("1 epochごと", 8, ["1 epoch", "ごと"]),
        ("待って……それ", 8, ["待って……", "それ"]),
        ("使い方　は", 6, ["使い方", "は"]),
        ("foo 、bar", 6, ["foo 、", "bar"]),
        ("`rank`を`8`にする", 6, ["`rank`", "を`8`", "にする"]),
        ("長いパス/home/mira/a.png。", 12, ["長いパス", "/home/mira/", "a.png。"]),
        ("aaaaaaaaaaaa。", 12, ["aaaaaaaaaaa", "a。"]),
        ("。。。。。。", 4, ["。。", "。。", "。。"]),
        ("  字下げの行", 8, ["  字下げ", "の行"]),
        ("formats .png and .jpg", 14, ["formats .png", "and .jpg"]),
        ("一行目\n二行目です", 6, ["一行目", "二行目", "です"]),
        ("", 6, [""]),
    ],
)
def test_examples(text: str, width: int, expected: list[str]) -> None:
    assert wrapped(text, width, cell_len) == expected


def test_what_fits_on_no_line_is_left_whole_where_folding_is_off() -> None:
    assert parts("設定/home/mira/pictures へ", 8, fold=False) == [
        "設定",
        "/home/mira/pictures ",
        "へ",
    ]


def test_a_long_text_is_broken_within_a_second() -> None:
    for text in ("あ" * 50_000, "x" * 50_000 + "。", "あ" + "\u0301" * 20_000, "。" * 20_000):
        assert "".join(parts(text, 80)) == text
