"""Settings from the command line."""

import pytest

from lora_wizard.errors import RecipeError
from lora_wizard.recipe import Recipe, parse_recipe, with_settings


def test_values_are_toml_or_bare_words() -> None:
    changed = with_settings(
        Recipe(),
        {
            "training.steps": "400",
            "training.learning_rate": "5e-5",
            "training.scheduler": "cosine",
            "data.flip": "true",
            "data.resolution": "[512, 768]",
            "saving.name": "2024",
            "saving.comment": '"in quotes"',
            "sampling.prompts": '["1girl", "ocean"]',
        },
    )
    assert changed.training.steps == 400
    assert changed.training.learning_rate == 5e-5
    assert changed.training.scheduler == "cosine"
    assert changed.data.flip is True
    assert changed.data.resolution == (512, 768)
    assert (changed.saving.name, changed.saving.comment) == ("2024", "in quotes")
    assert changed.sampling.prompts == ("1girl", "ocean")


def test_the_recipe_it_started_from_stays_as_it_was() -> None:
    recipe = Recipe()
    with_settings(recipe, {"network.rank": "4"})
    assert recipe.network.rank == 128


def test_epochs_and_steps_give_way_to_each_other() -> None:
    epochs = with_settings(Recipe(), {"training.epochs": "5"})
    assert (epochs.training.epochs, epochs.training.steps) == (5, None)
    steps = with_settings(epochs, {"training.steps": "70"})
    assert (steps.training.epochs, steps.training.steps) == (None, 70)


def test_both_at_once_are_still_a_mistake() -> None:
    with pytest.raises(RecipeError, match="both set"):
        with_settings(Recipe(), {"training.steps": "5", "training.epochs": "5"})


def test_a_constant_rate_drops_the_warm_up_of_the_recipe() -> None:
    recipe = parse_recipe("[training]\nwarmup_ratio = 0.05\n")
    assert with_settings(recipe, {"training.scheduler": "constant"}).training.warmup_ratio == 0
    assert with_settings(recipe, {"training.scheduler": "linear"}).training.warmup_ratio == 0.05


def test_none_unsets_what_may_be_unset_and_is_a_word_elsewhere() -> None:
    recipe = parse_recipe("[training]\nunet_lr = 1e-5\n")
    changed = with_settings(recipe, {"training.unet_lr": "none", "saving.comment": "none"})
    assert changed.training.unet_lr is None
    assert changed.saving.comment == "none"


def test_all_mistakes_are_shown_together() -> None:
    with pytest.raises(RecipeError) as caught:
        with_settings(Recipe(), {"rank": "3", "network.rnk": "3", "training.steps": "many"})
    text = str(caught.value)
    assert len(caught.value.problems) == 3
    assert text.count("Did you mean network.rank?") == 2
    assert "training.steps: 'many'" in text


def test_a_line_break_smuggles_nothing_in() -> None:
    changed = with_settings(Recipe(), {"saving.comment": "1\nother = 2"})
    assert changed.saving.comment == "1\nother = 2"
    with pytest.raises(RecipeError, match=r"network\.rank"):
        with_settings(Recipe(), {"network.rank": "1\nother = 2"})
