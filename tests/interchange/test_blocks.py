"""Lists of sd-scripts by place, and blocks by name."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from lora_wizard.interchange import export_sd_scripts
from lora_wizard.interchange.sd_scripts import TABLE, flatten
from lora_wizard.interchange.table import Source
from lora_wizard.recipe import Recipe
from lora_wizard.recipe.blocks import block_values
from lora_wizard.recipe.override import with_settings

DIMS = ",".join(str(number) for number in range(25))
DIMS_XL = ",".join(str(number) for number in range(23))


def converted(arguments: list[str], key: str) -> Any:
    flat = flatten({"network_args": arguments})
    for entry in TABLE.entries:
        for name in entry.keys:
            if entry.recipe_key == key and name in flat:
                return entry.convert(flat[name], Source(flat))
    return None


def test_25_numbers_are_sd1s_blocks() -> None:
    values = block_values(converted([f"block_dims={DIMS}"], "network.block_ranks").value)
    assert values["input_1"] == 1
    assert values["input_11"] == 11
    assert values["middle_0"] == values["middle_2"] == 12
    assert values["output_0"] == 13
    assert values["output_11"] == 24


def test_23_numbers_are_sdxls_blocks() -> None:
    values = block_values(converted([f"block_alphas={DIMS_XL}"], "network.block_alphas").value)
    assert (values["input_0"], values["input_8"]) == (1, 9)
    assert (values["middle_0"], values["middle_2"]) == (10, 12)
    assert (values["output_0"], values["output_8"]) == (13, 21)
    assert "output_9" not in values


def test_three_lists_of_rates_are_one() -> None:
    lists = ["down_lr_weight=" + ",".join(["0"] * 12), "mid_lr_weight=0.5",
             "up_lr_weight=" + ",".join(["1"] * 11 + ["2"])]  # fmt: skip
    assert converted(lists, "network.block_rates").value == (
        "input=0", "middle=0.5", "output_0-10=1", "output_11=2",
    )  # fmt: skip


@pytest.mark.parametrize("argument", ["block_dims=1,2,3", "down_lr_weight=cosine"])
def test_other_lists_are_told_as_lost(argument: str) -> None:
    found = converted([argument], "network.block_ranks")
    if found is None:
        flat = flatten({"network_args": [argument]})
        (key,) = flat
        found = TABLE.own[key](flat[key], Source(flat))
    assert not found.counts


@pytest.mark.parametrize("family", ["sd1", "sdxl"])
def test_what_is_written_is_read_back(family: str) -> None:
    chosen = {
        "model.family": family,
        "network.block_ranks": '["input_4=8", "middle=0"]',
        "network.block_alphas": '["output_0-2=3"]',
        "network.block_rates": '["output=0.5"]',
    }
    recipe = with_settings(Recipe(), chosen)
    data = tomllib.loads(export_sd_scripts(recipe).config_toml)
    ranks = block_values(converted(data["network_args"], "network.block_ranks").value)
    assert (ranks["input_4"], ranks["middle_1"], ranks["input_5"]) == (8, 0, recipe.network.rank)
    alphas = block_values(converted(data["network_args"], "network.block_alphas").value)
    assert (alphas["output_2"], alphas["output_3"]) == (3, recipe.network.alpha)
    rates = block_values(converted(data["network_args"], "network.block_rates").value)
    assert (rates["output_0"], rates["input_1"]) == (0.5, 1)
