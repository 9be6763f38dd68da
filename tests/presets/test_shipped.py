"""The presets that come with the package."""

import re

import pytest

from lora_wizard.language import LANGUAGES
from lora_wizard.presets import find_preset, list_presets, shipped_folder
from lora_wizard.recipe import Recipe

NAMES = [
    "full-body-many-outfits",
    "full-body-one-outfit",
    "head-and-mannequin",
    "head-only-alpha1",
    "head-only-dim1",
    "head-only-scene-reg",
    "popup-defaults",
    "quick-look",
]


def test_all_of_them_are_listed_and_none_is_broken() -> None:
    found = list_presets()
    assert [preset.name for preset in found.presets] == NAMES
    assert found.broken == ()
    assert {preset.origin for preset in found.presets} == {"shipped"}


@pytest.mark.parametrize("name", NAMES)
def test_each_is_headed_by_whom_it_is_for_the_evidence_and_its_command(name: str) -> None:
    text = (shipped_folder() / f"{name}.toml").read_text(encoding="utf-8")
    header = text.split("\n\n", 1)[0]
    assert all(line.startswith("#") for line in header.splitlines())
    for word in ("# For:", "# Evidence:", "# Command:", f"lora-wizard train --preset {name} "):
        assert word in header
    assert max(len(line) for line in text.splitlines()) <= 100


@pytest.mark.parametrize("name", NAMES)
def test_each_has_title_summary_and_evidence_and_names_no_machine(name: str) -> None:
    preset = find_preset(name)
    assert preset.title and preset.summary and preset.evidence
    assert not re.search(r"\s{2}|\n", preset.summary + preset.evidence)
    assert preset.recipe.data == Recipe().data
    assert preset.recipe.model == Recipe().model


@pytest.mark.parametrize("name", NAMES)
def test_each_has_its_texts_in_every_language(name: str) -> None:
    preset = find_preset(name)
    for key in ("title", "summary", "evidence"):
        assert re.search("[ぁ-ん]", preset.words(key, "ja")), key
        assert not re.search("[ぁ-ん]", preset.words(key, "en")), key
        numbers = [set(re.findall(r"\d[\de-]*", preset.words(key, one))) for one in LANGUAGES]
        assert numbers[0] <= numbers[1], key


def test_they_hold_what_the_experiments_used() -> None:
    sizes = {
        name: (recipe.network.rank, recipe.network.alpha, recipe.training.steps)
        for name, recipe in ((name, find_preset(name).recipe) for name in NAMES)
    }
    assert sizes["popup-defaults"] == (128, 128, 3200)
    assert sizes["head-only-alpha1"] == (128, 1, 3200)
    assert sizes["head-only-dim1"] == (1, 1, 3200)
    assert sizes["quick-look"] == (16, 16, 600)
    assert {find_preset(name).recipe.training.learning_rate for name in NAMES} == {1e-4}
