"""Every text is there in every language, and fills in the same values."""

import re
import string

import pytest

from lora_wizard.language import (
    LANGUAGES,
    Language,
    areas,
    catalogue,
    choose_language,
    listed,
    text,
)


def placeholders(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}


@pytest.mark.parametrize("area", areas())
def test_every_language_has_the_same_texts(area: str) -> None:
    english = set(catalogue(area, "en"))
    assert english
    for language in LANGUAGES:
        assert set(catalogue(area, language)) == english, language


@pytest.mark.parametrize("area", areas())
def test_a_text_has_the_same_placeholders_in_every_language(area: str) -> None:
    for key, words in catalogue(area, "en").items():
        for language in LANGUAGES:
            assert placeholders(catalogue(area, language)[key]) == placeholders(words), key


@pytest.mark.parametrize("area", areas())
def test_no_text_is_empty_and_japanese_is_not_english_again(area: str) -> None:
    for key, words in catalogue(area, "ja").items():
        assert words, key
        is_a_name = len(words.split()) <= 3  # of a model or a program, or a value alone
        assert is_a_name or words != catalogue(area, "en")[key], key
    assert all(catalogue(area, "en").values())


ENGLISH_NAMES = (
    "Show everything in English",  # for those who cannot read the rest
    "scale weight norms",
    "ocean in the background",
    "ip noise gamma",
)


@pytest.mark.parametrize("area", areas())
def test_no_english_sentence_is_left_in_japanese(area: str) -> None:
    for key, words in catalogue(area, "ja").items():
        plain = re.sub(r"`[^`]*`|{[^}]*}", "", words)
        for name in ENGLISH_NAMES:
            plain = plain.replace(name, "")
        assert not re.search(r"[A-Za-z][a-z]+( [a-z]+){2,}", plain), key


@pytest.mark.parametrize("area", areas())
def test_japanese_is_spelled_in_one_way(area: str) -> None:
    for key, words in catalogue(area, "ja").items():
        assert not re.search(
            r"(フォルダ|ブラウザ|サーバ|エンコーダ|オプティマイザ)(?!ー)", words
        ), key
        assert "コンマ" not in words, key
        assert not re.search(r"[ぁ-ん]\?", words), key


def test_a_text_without_its_value_is_a_bug() -> None:
    with pytest.raises(KeyError):
        text("common.and_more", "en", shown="a")
    with pytest.raises(KeyError):
        text("common.no_such_text")


@pytest.mark.parametrize(
    ("asked", "environment", "expected"),
    [
        (None, {"LANG": "ja_JP.UTF-8"}, "ja"),
        (None, {"LANG": "de_DE.UTF-8"}, "en"),
        (None, {"LANG": "ja_JP.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        (None, {"LANG": "en_GB.UTF-8", "LC_MESSAGES": "ja_JP"}, "ja"),
        (None, {}, "en"),
        ("ja", {"LANG": "en_GB.UTF-8"}, "ja"),
        ("en", {"LC_ALL": "ja_JP.UTF-8"}, "en"),
    ],
)
def test_the_language_is_the_one_asked_for_or_the_terminals(
    asked: str | None, environment: dict[str, str], expected: Language
) -> None:
    assert choose_language(asked, environment) == expected


def test_long_lists_say_how_many_names_are_left_out() -> None:
    names = [f"{number}.png" for number in range(7)]
    assert listed(names[:2]) == "0.png, 1.png"
    assert listed(names) == "0.png, 1.png, 2.png, 3.png, 4.png and 2 more"
    assert listed(names, "ja").endswith("4.png、ほか2件")
