"""Names that no file can have are refused in the recipe, before anything is trained."""

import pytest

from lora_wizard.errors import RecipeError
from lora_wizard.questions.naming import name_from_folder
from lora_wizard.recipe import Recipe
from lora_wizard.recipe.override import with_settings
from lora_wizard.recipe.watching import LONGEST_NAME


@pytest.mark.parametrize("name", ["m" * LONGEST_NAME, "ミ" * (LONGEST_NAME // 3)])
def test_a_name_up_to_the_limit_is_taken_and_its_longest_file_fits(name: str) -> None:
    assert with_settings(Recipe(), {"saving.name": name}).saving.name == name
    longest = f".{name}-step00000000.safetensors.partial"
    assert len(longest.encode()) <= 255


@pytest.mark.parametrize("name", ["m" * (LONGEST_NAME + 1), "ミ" * 80, "m" * 240, "a\udce3"])
def test_a_name_that_cannot_be_written_is_refused(name: str) -> None:
    with pytest.raises(RecipeError, match=r"bytes|unicode") as caught:
        with_settings(Recipe(), {"saving.name": name})
    assert "saving.name" in str(caught.value)


@pytest.mark.parametrize("folder", ["10_" + "m" * 250, "ミ" * 85, "é." * 80])
def test_a_name_from_a_long_folder_is_cut_to_the_limit(folder: str) -> None:
    name = name_from_folder(f"/pictures/{folder}")
    assert 0 < len(name.encode()) <= LONGEST_NAME
    assert with_settings(Recipe(), {"saving.name": name}).saving.name == name
