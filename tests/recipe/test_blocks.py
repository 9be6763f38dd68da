"""Values by block: how they are written, read, and refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lora_wizard.errors import RecipeError
from lora_wizard.recipe import NetworkSettings, Recipe
from lora_wizard.recipe.blocks import SIDES, block_values, entries_of
from lora_wizard.recipe.override import with_settings

NAMES = [f"{side}_{number}" for side, count in SIDES.items() for number in range(count)]


def test_blocks_runs_and_sides_are_named() -> None:
    found = block_values(["input_1-3=8", "middle=0", "output_4 = 0.5"])
    assert found == {
        "input_1": 8, "input_2": 8, "input_3": 8, "middle_0": 0, "middle_1": 0, "middle_2": 0,
        "output_4": 0.5,
    }  # fmt: skip


def test_the_last_entry_for_a_block_counts() -> None:
    assert block_values(["output=2", "output_11=4"])["output_11"] == 4


@given(st.dictionaries(st.sampled_from(NAMES), st.integers(0, 512), min_size=1))
def test_values_written_out_read_back(values: dict[str, int]) -> None:
    ordered = [(name, float(values[name])) for name in NAMES if name in values]
    assert block_values(entries_of(ordered)) == values


@pytest.mark.parametrize(
    ("key", "entry", "said"),
    [
        ("block_ranks", "down_1=4", "is not BLOCK=VALUE"),
        ("block_ranks", "input_12=4", "run from 0 to 11"),
        ("block_ranks", "input_5-3=4", "run from 0 to 11"),
        ("block_ranks", "middle=4.5", "a whole number from 0 to 1024"),
        ("block_alphas", "middle=0", "from 1e-06"),
        ("block_rates", "output=much", "is no number"),
        ("block_rates", "output=nan", "from 0 to 1000"),
    ],
)
def test_what_is_wrong_is_said(key: str, entry: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        NetworkSettings.model_validate({key: (entry,)})


def test_an_optimizer_that_finds_one_rate_takes_no_others() -> None:
    chosen = {"training.optimizer": "prodigy", "network.block_rates": '["output=0.5"]'}
    with pytest.raises(RecipeError, match="finds one rate for all blocks"):
        with_settings(Recipe(), chosen)
    chosen["network.block_rates"] = '["output=0"]'
    assert with_settings(Recipe(), chosen).network.block_rates == ("output=0",)
