"""Options of optimizers: their form, and what cannot go together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.errors import RecipeError
from lora_wizard.recipe import Recipe, parse_recipe, recipe_to_toml, with_settings
from lora_wizard.recipe.optimizing import option_parts

VALUES = st.one_of(
    st.booleans(),
    st.none(),
    st.integers(),
    st.floats(allow_nan=False),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
)


@given(name=st.from_regex(r"[a-z_][a-z0-9_]{0,12}", fullmatch=True), value=VALUES)
def test_an_option_is_read_as_it_was_written(name: str, value: object) -> None:
    assert option_parts(f"{name}={value!r}") == (name, value)
    assert option_parts(f" {name} = {value!r} ") == (name, value)


def test_what_is_no_value_is_a_text() -> None:
    assert option_parts("growth_rate=inf") == ("growth_rate", float("inf"))
    assert option_parts("mode=fast") == ("mode", "fast")
    assert option_parts("mode=__import__('os')") == ("mode", "__import__('os')")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["betas"], "is not name=value"),
        (["=3"], "is not name=value"),
        (["weight_decay=0.1"], "Set training.weight_decay."),
        (["lr=1"], "Set training.learning_rate."),
        (["eps=1e-8", "eps=1e-6"], "stands twice"),
    ],
)
def test_options_of_a_wrong_form_are_refused(options: list[str], said: str) -> None:
    listed = ", ".join(f'"{one}"' for one in options)
    with pytest.raises(RecipeError) as caught:
        parse_recipe(f"[training]\noptimizer_options = [{listed}]\n")
    assert said in str(caught.value)


def test_one_option_needs_no_brackets_and_survives_the_way_through_a_file() -> None:
    recipe = with_settings(Recipe(), {"training.optimizer_options": "betas=(0.9, 0.99)"})
    assert recipe.training.optimizer_options == ("betas=(0.9, 0.99)",)
    assert parse_recipe(recipe_to_toml(recipe)) == recipe


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"training.text_encoder_lr": "0.5"}, "one rate for all parts"),
        ({"training.lora_plus_ratio": "16"}, "finds one rate for all"),
    ],
)
def test_an_optimizer_that_finds_the_rate_takes_no_second_one(
    settings: dict[str, str], said: str
) -> None:
    prodigy = {"training.optimizer": "prodigy", "training.learning_rate": "1"}
    with pytest.raises(RecipeError) as caught:
        with_settings(Recipe(), {**prodigy, **settings})
    assert said in str(caught.value)
    assert with_settings(Recipe(), {**prodigy, "training.text_encoder_lr": "0"})
    assert with_settings(Recipe(), {**prodigy, **settings, "training.optimizer": "lion"})


@pytest.mark.parametrize("key", ["training.ema_decay", "training.max_weight_norm"])
def test_weights_that_an_optimizer_averages_itself_are_left_to_it(key: str) -> None:
    with pytest.raises(RecipeError, match="averages its own weights"):
        with_settings(Recipe(), {"training.optimizer": "adamw_schedule_free", key: "0.5"})


def test_pictures_to_measure_by_come_from_one_place() -> None:
    with pytest.raises(RecipeError, match="Keep one of the two"):
        with_settings(Recipe(), {"validation.share": "0.1", "validation.images": "/pictures"})
