"""Problems and errors in the user's language."""

from pathlib import Path

import pytest

from lora_wizard.dataset.advice import advise, gather_facts
from lora_wizard.errors import LoraWizardError, Problem, RecipeError
from lora_wizard.explaining import error_words, joined, problem_words
from lora_wizard.recipe import DataSettings, Recipe

PROBLEM = Problem("training.steps", "-1 does not do: input should be greater than 0", "Do it.")


def test_a_problem_is_a_sentence_and_what_to_do() -> None:
    problem = Problem("network.rank", "there is no such setting", "Did you mean network.rank?")
    assert problem_words(problem, "en") == "There is no such setting. Did you mean network.rank?"
    assert problem_words(problem, "ja") == "その設定はありません。network.rank のことですか？"
    assert problem_words(problem, "ja", place=True).startswith("network.rank: その設定")


def test_an_error_has_all_its_problems_in_the_language() -> None:
    error = RecipeError("this answer will not do:", where="x", problems=[PROBLEM])
    assert error_words(error, "en") == str(error)
    head, line = error_words(error, "ja").splitlines()
    assert head == "x: この回答は使えません："
    assert line == "  - training.steps: -1 は使えません（0 より大きくしてください）。Do it."
    assert error_words(OSError("gone"), "ja") == "gone"
    assert error_words(LoraWizardError("odd", fix="Do it"), "ja") == "Odd。Do it"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("a.", "b", "a. b"),
        ("あ。", "い", "あ。い"),
        ("あ？", "い", "あ？い"),
        ("あ", "い", "あ い"),
    ],
)
def test_no_space_follows_a_japanese_full_stop(first: str, second: str, expected: str) -> None:
    assert joined(first, second) == expected


def test_what_is_wrong_with_a_folder_is_said_in_japanese(tmp_path: Path) -> None:
    recipe = Recipe(data=DataSettings(images=str(tmp_path)))
    found = advise(gather_facts(recipe.data), recipe, "ja")
    assert "空のフォルダーです。画像を" in found[0].what
