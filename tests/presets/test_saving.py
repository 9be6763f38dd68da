"""Presets saved from recipes: nothing of one machine in them, nothing overwritten unasked."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.errors import PresetError
from lora_wizard.presets import (
    find_preset,
    own_folder,
    preset_text,
    read_preset,
    save_preset,
    shareable,
    write_preset,
)
from lora_wizard.recipe import EMBEDDED_SIZE, Recipe, parse_recipe, with_settings

MINE = parse_recipe(
    """
    [model]
    base = "/models/anime.safetensors"
    clip_skip = 2
    [data]
    images = "material/mira"
    regularisation = "C:\\\\people"
    [network]
    rank = 16
    continue_from = "~/loras/old.safetensors"
    [saving]
    name = "mira"
    comment = "/home/me/notes.txt"
    [sampling]
    prompts = ["mira, smile"]
    """
)


def test_a_saved_preset_is_found_by_its_name() -> None:
    path = save_preset("mine", MINE, title="My own", summary="For me.")
    found = find_preset("mine")
    assert (found.path, found.origin) == (path, "own")
    assert (found.title, found.summary) == ("My own", "For me.")
    assert (found.recipe.network.rank, found.recipe.model.clip_skip) == (16, 2)


def test_paths_of_this_machine_and_the_loras_name_are_left_out() -> None:
    recipe, removed = shareable(MINE)
    assert removed == (
        "model.base",
        "data.images",
        "data.regularisation",
        "network.continue_from",
        "saving.name",
        "saving.comment",
        "sampling.prompts",
    )
    text = preset_text(recipe, title="x")
    assert not any(word in text for word in ("models", "material", "people", "loras", "/home"))


def test_what_belongs_to_one_character_is_left_out() -> None:
    mine = parse_recipe(
        """
        [data]
        trigger = "mira"
        repeats = 15
        caption_prefix = "mira, of a series,"
        [saving]
        name = "mira"
        comment = "type mira"
        [sampling]
        prompts = ["1girl, mira"]
        """
    )
    recipe, removed = shareable(mine)
    assert recipe == Recipe()
    assert set(removed) == {
        "data.trigger",
        "data.repeats",
        "data.caption_prefix",
        "saving.name",
        "saving.comment",
        "sampling.prompts",
    }


def test_the_small_size_of_the_embedded_base_is_left_out_and_a_size_of_ones_own_stays() -> None:
    small = with_settings(Recipe(), EMBEDDED_SIZE)
    assert shareable(small)[0] == Recipe()
    elsewhere = with_settings(small, {"model.base": "/models/a.safetensors"})
    assert shareable(elsewhere)[0].data.resolution == (64, 64)
    own = with_settings(Recipe(), {"data.resolution": "96"})
    assert shareable(own)[0].data.resolution == (96, 96)


def test_a_plain_recipe_loses_nothing() -> None:
    assert shareable(Recipe()) == (Recipe(), ())


def test_one_that_is_there_is_replaced_only_when_asked() -> None:
    save_preset("mine", Recipe())
    with pytest.raises(PresetError, match="there is one of that name"):
        save_preset("mine", MINE)
    assert find_preset("mine").recipe == Recipe()
    save_preset("mine", MINE, overwrite=True)
    assert find_preset("mine").recipe.network.rank == 16
    assert [path.name for path in own_folder().iterdir()] == ["mine.toml"]


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "end.", "a\nb", "c:d"])
def test_a_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(PresetError, match="is no name for a preset"):
        save_preset(name, Recipe())


def test_a_japanese_name_is_one(own_configuration: Path) -> None:
    save_preset("星野みお", Recipe(), title="星野みお用")
    assert find_preset("星野みお").title == "星野みお用"


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(PresetError, match="cannot be written"):
        write_preset(tmp_path / "file" / "mine.toml", Recipe(), title="x")


@given(title=st.text(min_size=1, max_size=30).filter(lambda title: title.strip()))
def test_whatever_the_title_the_file_reads_back(
    tmp_path_factory: pytest.TempPathFactory, title: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "titled.toml"
    write_preset(path, MINE, title=title, overwrite=True)
    found = read_preset(path)
    assert found.title == " ".join(title.split())
    assert found.recipe == shareable(MINE)[0]
