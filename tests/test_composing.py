"""From what is on a command line to one recipe: later wishes win over earlier ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from lora_wizard.composing import compose, parse_settings
from lora_wizard.errors import PresetError, RecipeError
from lora_wizard.recipe import Recipe, recipe_to_toml, with_settings

IMAGES = Path("pictures/10_mira")


def composed(
    *,
    source: str | None = None,
    preset: str | None = None,
    images: Path | None = IMAGES,
    regularisation: Path | None = None,
    base: str | None = None,
    name: str | None = None,
    settings: Mapping[str, str] | None = None,
) -> Recipe:
    return compose(
        source=source,
        preset=preset,
        images=images,
        regularisation=regularisation,
        base=base,
        name=name,
        settings=settings or {},
    )


def write(path: Path, **settings: str) -> str:
    """A recipe file with settings."""
    given = {key.replace("__", "."): value for key, value in settings.items()}
    path.write_text(recipe_to_toml(with_settings(Recipe(), given)), encoding="utf-8")
    return str(path)


def test_settings_are_keys_and_values_with_the_blanks_around_them_gone() -> None:
    assert parse_settings(["training.steps = 400", "saving.comment=a=b", "model.base="]) == {
        "training.steps": "400",
        "saving.comment": "a=b",
        "model.base": "",
    }


def test_malformed_settings_are_told_all_together() -> None:
    with pytest.raises(RecipeError) as caught:
        parse_settings(["steps", "=4", "network.rank=4", "network.rank=8"])
    assert [problem.where for problem in caught.value.problems] == ["steps", "=4", "network.rank"]
    assert "training.steps=800" in str(caught.value)
    assert "set twice" in str(caught.value)


def test_without_a_preset_the_usual_starting_values_are_taken() -> None:
    recipe = composed()
    assert (recipe.network.rank, recipe.network.alpha) == (128, 128)
    assert recipe.training.steps == 3200
    assert recipe.saving.every_epochs == 1


def test_a_setting_wins_over_the_preset() -> None:
    plain = composed(preset="quick-look")
    changed = composed(preset="quick-look", settings={"network.rank": "4"})
    assert plain.network.rank == 16
    assert changed.network.rank == 4
    assert changed.training == plain.training


def test_a_setting_wins_over_the_options_of_its_own() -> None:
    recipe = composed(
        base="/models/any.safetensors",
        name="mira",
        settings={"model.base": "paperdoll", "saving.name": "other", "data.images": "/elsewhere"},
    )
    assert recipe.model.base == "paperdoll"
    assert recipe.saving.name == "other"
    assert recipe.data.images == "/elsewhere"


def test_a_recipe_file_is_taken_as_it_is_but_for_the_options(tmp_path: Path) -> None:
    source = write(
        tmp_path / "mine.toml",
        data__images="/pictures",
        training__epochs="7",
        saving__name="mine",
        model__base="/models/a.safetensors",
    )
    recipe = composed(source=source, images=None, regularisation=Path("/scenes"))
    assert recipe.training.epochs == 7
    assert recipe.data.images == "/pictures"
    assert recipe.data.regularisation == "/scenes"
    assert recipe.saving.name == "mine"
    assert composed(source=source).saving.name == "mine"


def test_a_recipe_file_and_a_preset_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="both given") as caught:
        composed(source=str(tmp_path / "mine.toml"), preset="quick-look")
    assert "mine.toml" in str(caught.value)
    assert "quick-look" in str(caught.value)


def test_paths_hold_in_any_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/somebody")
    recipe = composed(base="models/a.ckpt", regularisation=Path("~/scenes"))
    assert recipe.data.images == str(tmp_path / IMAGES)
    assert recipe.data.regularisation == "/home/somebody/scenes"
    assert recipe.model.base == str(tmp_path / "models/a.ckpt")


def test_the_embedded_base_takes_pictures_of_64_pixels() -> None:
    for recipe in (composed(), composed(base="paperdoll"), composed(preset="head-only-alpha1")):
        assert recipe.model.base == "paperdoll"
        assert recipe.data.resolution == (64, 64)
        assert (recipe.data.bucket_min, recipe.data.bucket_max) == (32, 128)
        assert recipe.data.bucket_step == 16


def test_the_embedded_base_takes_another_size_where_it_is_told(tmp_path: Path) -> None:
    told = composed(settings={"data.resolution": "96", "data.bucket_step": "32"})
    assert told.data.resolution == (96, 96)
    assert (told.data.bucket_max, told.data.bucket_step) == (128, 32)
    source = write(tmp_path / "mine.toml", data__resolution="128", data__bucket_max="256")
    kept = composed(source=source)
    assert kept.data.resolution == (128, 128)
    assert kept.data.bucket_max == 256


def test_a_base_of_ones_own_keeps_the_usual_size() -> None:
    recipe = composed(base="/models/any.safetensors")
    assert recipe.data.resolution == (512, 512)
    assert recipe.data.bucket_max == Recipe().data.bucket_max


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("pictures/mira", "mira"),
        ("pictures/10_mira", "mira"),
        ("10_mira kagami (v2)", "mira_kagami_v2"),
        ("2024", "2024"),
        ("true", "true"),
        ("1e5", "1e5"),
        ("絵", "絵"),
        ("10_...", "lora"),
        ("/", "lora"),
    ],
)
def test_the_name_comes_from_the_folder_of_pictures(folder: str, name: str) -> None:
    assert composed(images=Path(folder)).saving.name == name


def test_a_name_that_is_given_wins_over_the_folders() -> None:
    assert composed(name="007").saving.name == "007"


def test_without_pictures_it_says_how_to_give_them() -> None:
    with pytest.raises(RecipeError, match="no folder of pictures") as caught:
        composed(images=None)
    assert "--images" in caught.value.fix


def test_everything_that_is_wrong_is_told_together_with_the_nearest_spelling() -> None:
    with pytest.raises(RecipeError) as caught:
        composed(settings={"network.rnak": "4", "training.steps": "many"})
    assert len(caught.value.problems) == 2
    assert "network.rank" in str(caught.value)
    assert "training.steps" in str(caught.value)


def test_an_unknown_preset_is_told_with_the_nearest_name() -> None:
    with pytest.raises(PresetError, match="quick-look"):
        composed(preset="quik-look")
