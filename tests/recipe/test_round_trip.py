"""A recipe written and read again is the same recipe."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.recipe import FORMAT, Recipe, parse_recipe, recipe_to_toml
from lora_wizard.recipe.recipe import tables
from lora_wizard.recipe.training import Scheduler

# Anything that UTF-8 can hold: quotes, line breaks, control characters.
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
SIZES = st.integers(8, 128).map(lambda eighths: eighths * 8)
RATES = st.floats(1e-8, 1.0)

SETTINGS = st.fixed_dictionaries(
    {
        "data": st.fixed_dictionaries(
            {"images": TEXTS, "resolution": st.tuples(SIZES, SIZES), "flip": st.booleans()}
        ),
        "model": st.fixed_dictionaries({"v_prediction": st.none() | st.booleans()}),
        "network": st.fixed_dictionaries(
            {"rank": st.integers(1, 1024), "alpha": st.floats(1e-3, 1024.0)}
        ),
        "training": st.fixed_dictionaries(
            {"learning_rate": RATES, "unet_lr": st.none() | RATES},
            optional={
                "epochs": st.integers(1, 100),
                "scheduler": st.sampled_from(get_args(Scheduler)),
            },
        ),
        "saving": st.fixed_dictionaries({"comment": TEXTS}),
        "sampling": st.fixed_dictionaries(
            {"prompts": st.lists(TEXTS, max_size=3).map(tuple), "negative": TEXTS}
        ),
    }
)


@given(SETTINGS, st.booleans(), TEXTS)
def test_what_is_written_reads_back_the_same(
    settings: dict[str, Any], only_changed: bool, header: str
) -> None:
    recipe = Recipe.model_validate(settings)
    text = recipe_to_toml(recipe, header=header, only_changed=only_changed)
    assert parse_recipe(text) == recipe


def test_the_default_recipe_has_nothing_changed() -> None:
    assert recipe_to_toml(Recipe(), only_changed=True).strip() == f"format = {FORMAT}"


def test_a_header_becomes_comments_of_several_lines() -> None:
    text = recipe_to_toml(Recipe(), header="First line\n\nThird line")
    assert text.startswith("# First line\n")
    assert "\n# Third line\n" in text


@pytest.mark.parametrize("break_", ["\r", "\x0b", "\x85", "\u2028"])
def test_a_strange_line_break_in_a_header_stays_a_comment(break_: str) -> None:
    text = recipe_to_toml(Recipe(), header=f"one{break_}format = 9")
    assert parse_recipe(text) == Recipe()


def test_every_set_value_is_written_so_that_a_run_can_be_repeated() -> None:
    text = recipe_to_toml(Recipe())
    unset = {"epochs", "v_prediction", "zero_terminal_snr", "text_encoder_lr", "unet_lr"} | {
        "text_encoder_2_lr"
    }
    keys = {key for kind in tables().values() for key in kind.model_fields}
    assert {key for key in keys if f"\n{key} = " not in text} == unset
