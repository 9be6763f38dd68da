"""The advice as a whole: words for every rule, settings that exist, an order, any folder."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.dataset.advice import advise
from lora_wizard.dataset.advice.material import outfits
from lora_wizard.dataset.advice.registry import RULES
from lora_wizard.language import catalogue
from lora_wizard.recipe import with_settings
from lora_wizard.recipe.recipe import known_keys
from tests.dataset_advice.conftest import Material


def test_every_rule_has_its_words_and_no_words_are_left_over() -> None:
    wanted = {f"{key}.{part}" for key in RULES for part in ("title", "what", "why", "fix")}
    assert set(catalogue("advice", "en")) == wanted


def test_every_rule_is_about_settings_that_exist() -> None:
    for rule in RULES.values():
        assert set(rule.questions) <= set(known_keys()), rule.key


def test_every_rule_has_a_test() -> None:
    here = Path(__file__).parent
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in here.glob("test_*_rules.py")]
    words = {
        node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)
    }
    assert set(RULES) <= words


def test_errors_come_before_warnings_and_hints(material: Material) -> None:
    material.heads()
    (material.images / "10_mio" / "bad.png").write_bytes(b"no picture")
    levels = [str(advice.level) for advice in material.advice().values()]
    assert levels[0] == "error"
    order = ["error", "warning", "hint"]
    assert levels == sorted(levels, key=order.index)


def test_japanese_advice_says_the_same_with_the_same_numbers(material: Material) -> None:
    material.heads()
    facts, recipe = material.facts(), material.recipe()
    english, japanese = advise(facts, recipe), advise(facts, recipe, "ja")
    assert [each.key for each in english] == [each.key for each in japanese]
    assert [each.changes for each in english] == [each.changes for each in japanese]
    assert "4枚中4枚" in next(each for each in japanese if each.key == "heads_alpha").what


def test_following_the_advice_gives_a_recipe_again(material: Material) -> None:
    material.heads()
    recipe = material.recipe({"training.learning_rate": 1e-3})
    for advice in advise(material.facts(), recipe):
        for key, value in advice.changes.items():
            word = str(value).lower() if isinstance(value, bool) else str(value)
            with_settings(recipe, {key: word})
    assert recipe.training.learning_rate == 1e-3


@given(
    captions=st.lists(st.text(alphabet="ab, |1é日\n", max_size=12), max_size=3),
    rank=st.sampled_from([1, 4, 128]),
    alpha=st.sampled_from([0.1, 1, 128]),
)
def test_no_captions_and_no_settings_break_a_rule(
    tmp_path_factory: pytest.TempPathFactory, captions: list[str], rank: int, alpha: float
) -> None:
    material = Material(tmp_path_factory.mktemp("any"))
    for number, caption in enumerate(captions):
        material.picture(f"1_m/{number}.png", caption, size=(9, 8))
    found = material.advice({"network.rank": rank, "network.alpha": alpha})
    assert ("wrong_folder" in found) == (not captions)


def test_outfits_are_told_apart_by_their_garments(material: Material) -> None:
    material.pictures(
        "10_mio",
        ["mio, skirt, red skirt", "mio, red skirt, shirt", "mio, kimono", "mio, skirt", "mio"],
    )
    found = {frozenset(outfit) for outfit in outfits(material.facts().training)}
    assert found == {
        frozenset({"red skirt", "shirt"}),
        frozenset({"kimono"}),
        frozenset({"skirt"}),
    }
