"""A recipe file: everything wrong with it at once, each with its line and a way out."""

from pathlib import Path

import pytest

from lora_wizard.errors import RecipeError
from lora_wizard.recipe import Recipe, parse_recipe, read_recipe

WRONG = """\
format = 1
rank = 3

[trainin]
x = 1

[network]
rnk = 4
alpha = 0
network_dim = 3
rank = "12"

[training]
epochs = 3
steps = 4
scheduler = "constnt"

[saving]
name = "a/b"
"""


def problems(text: str) -> dict[str, str]:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(text, "my.toml")
    assert str(caught.value).startswith("my.toml: ")
    return {problem.where: f"{problem.what}. {problem.fix}" for problem in caught.value.problems}


def test_an_empty_file_is_the_default_recipe() -> None:
    assert parse_recipe("") == Recipe()


def test_all_problems_are_shown_together_in_the_order_of_the_lines() -> None:
    found = problems(WRONG)
    assert list(found) == [
        "rank (line 2)",
        "trainin (line 4)",
        "network.rnk (line 8)",
        "network.alpha (line 9)",
        "network.network_dim (line 10)",
        "network.rank (line 11)",
        "training.epochs (line 14)",
        "training.scheduler (line 16)",
        "saving.name (line 19)",
    ]


@pytest.mark.parametrize(
    ("place", "meant"),
    [
        ("rank (line 2)", "network.rank"),
        ("trainin (line 4)", "[training]"),
        ("network.rnk (line 8)", "network.rank"),
        ("network.network_dim (line 10)", "network.rank"),
        ("training.scheduler (line 16)", '"constant"'),
    ],
)
def test_a_wrong_word_brings_the_one_that_was_meant(place: str, meant: str) -> None:
    assert f"Did you mean {meant}?" in problems(WRONG)[place]


def test_a_hopeless_key_brings_the_list_of_known_ones() -> None:
    found = problems("[network]\nzzzzzz = 1\n")
    assert "Known here: rank, alpha," in found["network.zzzzzz (line 2)"]


def test_a_newer_format_is_explained_and_its_unknown_keys_are_not_held_against_it() -> None:
    found = problems("format = 2\n[network]\nnovelty = 1\n")
    assert list(found) == ["format (line 1)"]
    assert "newer lora-wizard" in found["format (line 1)"]


@pytest.mark.parametrize("version", ["0", "true", '"1"', "1.0"])
def test_a_format_that_never_was_is_refused(version: str) -> None:
    assert list(problems(f"format = {version}\n")) == ["format (line 1)"]


def test_text_that_is_not_toml_says_at_which_line() -> None:
    with pytest.raises(RecipeError, match=r"my\.toml: it is not TOML: .*line 2"):
        parse_recipe("format = 1\nrank: 3\n", "my.toml")


def test_numbers_in_quotes_are_not_guessed() -> None:
    assert (
        "Write it without quotes." in problems('[network]\nrank = "12"\n')["network.rank (line 2)"]
    )


def test_infinity_is_no_learning_rate() -> None:
    assert (
        "finite" in problems("[training]\nlearning_rate = inf\n")["training.learning_rate (line 2)"]
    )


def test_a_value_in_place_of_a_table_is_a_problem() -> None:
    assert "Write it as [model]." in problems("model = 3\n")["model (line 1)"]


def test_a_file_is_read_with_the_mark_some_editors_put_before_it(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_bytes(b"\xef\xbb\xbf[network]\r\nrank = 8\r\n")
    assert read_recipe(path).network.rank == 8


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"none\.toml: cannot be read: No such file"):
        read_recipe(tmp_path / "none.toml")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "picture.toml"
    path.write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(RecipeError, match=r"picture\.toml: is not a text"):
        read_recipe(path)
