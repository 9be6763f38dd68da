"""The evaluator's catalogues: every text in every language, with the same values."""

import string

import pytest

from lora_eval.judges import JUDGES, registered
from lora_eval.language import LANGUAGES, PACKAGE, has_text, text
from lora_wizard.language import areas, catalogue

AREAS = areas(PACKAGE)


def placeholders(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}


@pytest.mark.parametrize("area", AREAS)
def test_every_language_has_the_same_texts_with_the_same_placeholders(area: str) -> None:
    english = catalogue(area, "en", PACKAGE)
    for language in LANGUAGES:
        other = catalogue(area, language, PACKAGE)
        assert set(other) == set(english), language
        for key, words in english.items():
            assert placeholders(other[key]) == placeholders(words), key


@pytest.mark.parametrize("area", AREAS)
def test_japanese_is_not_english_again(area: str) -> None:
    for key, words in catalogue(area, "ja", PACKAGE).items():
        english = catalogue(area, "en", PACKAGE)[key]
        is_a_name = len("".join(each for each in english if each.isalpha())) <= 4
        assert words and (is_a_name or words != english), key


def test_every_judge_has_its_title_and_definition_in_every_language() -> None:
    assert set(catalogue("judges", "en", PACKAGE)) == {
        f"{name}.{part}" for name in JUDGES for part in ("title", "shows", "definition")
    }
    judge = registered()["floating_head"]
    assert judge.title == "floating head"
    assert judge.titled("ja") == "浮いた頭"
    assert judge.definition.startswith("A head is shown with no neck")


def test_the_evaluator_has_its_own_areas_and_the_wizard_keeps_its_own() -> None:
    assert AREAS == ("commands", "judges", "report")
    assert not set(AREAS) & set(areas())
    assert has_text("report.likeness") and not has_text("report.no_such_text")
    assert not has_text("nothing.at_all")
    with pytest.raises(KeyError):
        text("report.no_such_text")
