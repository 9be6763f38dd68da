"""Properties of every format's table."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.interchange import FORMATS, Format, Outcome, mapping
from lora_wizard.interchange.translating import translate
from lora_wizard.recipe import Recipe
from lora_wizard.recipe.problems import find_problems
from lora_wizard.recipe.recipe import known_keys

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        ["0", "1e-4", "512,768", "constant", "AdamW8bit", "no", "9" * 5000, [1, 2], {}]
    ),
)


@pytest.mark.parametrize("one", mapping(), ids=lambda one: f"{one.format}:{one.keys[0]}")
def test_every_counterpart_is_a_key_of_the_recipe(one: Any) -> None:
    assert one.recipe_key in known_keys()


@pytest.mark.parametrize("found", FORMATS, ids=lambda found: found.name)
def test_a_name_stands_for_one_thing_only(found: Format) -> None:
    table = found.table
    named = [name for one in table.entries for name in one.keys]
    assert len(named) == len(set(named))
    for others in (table.machinery, table.lost, set(table.own)):
        assert not set(named) & others
    assert not table.machinery & table.lost
    assert not set(table.own) & (table.machinery | table.lost)


@pytest.mark.parametrize("found", FORMATS, ids=lambda found: found.name)
@given(data=st.data())
def test_whatever_a_file_holds_a_sound_recipe_and_a_row_each_come_out(
    found: Format, data: st.DataObject
) -> None:
    names = sorted({name for one in found.table.entries for name in one.keys} | {"other"})
    values = data.draw(st.dictionaries(st.sampled_from(names), VALUES, max_size=12))
    recipe, rows = translate(values, found.table, "en")
    assert find_problems(recipe.model_dump(exclude_none=True)) == []
    assert [row.source_key for row in rows][: len(values)] == list(values)
    for row in rows:
        assert (row.recipe_key is None) or row.outcome not in (
            Outcome.REFUSED,
            Outcome.NO_COUNTERPART,
        )
    keys = {row.recipe_key for row in rows if row.recipe_key}
    for key in set(known_keys()) - keys - {"format", "training.steps", "training.warmup_ratio"}:
        table, _, name = key.partition(".")
        plain = getattr(getattr(Recipe(), table), name)
        assert getattr(getattr(recipe, table), name) == plain, key
