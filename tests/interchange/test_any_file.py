"""No file whatever, of any program or none, ends in anything but a recipe or an error in words."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lora_wizard.errors import LoraWizardError
from lora_wizard.interchange import FORMATS, Imported, read_foreign
from lora_wizard.interchange.kinds import _FAMILY_OPTIONS, _GUI_FAMILIES, _KINDS
from lora_wizard.recipe.problems import find_problems

NAMES = sorted(
    {
        name
        for one in FORMATS
        for name in (
            *(key for entry in one.table.entries for key in entry.keys),
            *one.table.own,
            *one.table.machinery,
            *one.table.lost,
        )
        if "(" not in name and not name.startswith("additional_parameters.")
    }
    | {*_FAMILY_OPTIONS, *_GUI_FAMILIES, *_KINDS, "network_args", "optimizer_args", "subsets"}
    | {"datasets", "general", "general_args", "args", "dataset_args", "train_mode", "nodes"}
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**29), 10**29),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        [
            *("0", "", "1e-4", "0,0001", "1e999", "512,768", "None", "nan", "constant", "|||"),
            *("AdaFactor", "relative_step=False", "conv_dim=8 preset=full", "lycoris.kohya"),
            *("LyCORIS/LoCon", "--keep_tokens 2", "\x1b]0;x\x07", "\u202e", "\ud800", "1_000"),
            *("9" * 4000, "１２"),
        ]
    ),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=8)), inner, max_size=5),
    ),
    max_leaves=12,
)
SETTINGS = st.dictionaries(
    st.one_of(st.sampled_from(NAMES), st.text(max_size=12)), VALUES, max_size=25
)


def read(content: bytes, name: str) -> Imported | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        try:
            found = read_foreign(path)
        except LoraWizardError as error:
            assert str(error)
            return None
    assert find_problems(found.recipe.model_dump(exclude_none=True)) == []
    return found


@given(data=SETTINGS)
@example(data={"LoRA_type": "Standard", "additional_parameters": "--network_args", "epoch": 10**29})
@example(data={"datasets": [[1], {"subsets": [2, {"image_dir": 5, "num_repeats": {}}]}]})
def test_any_json_of_known_names_is_read_or_refused(data: dict[str, Any]) -> None:
    read(json.dumps(data).encode(), "a.json")


@given(data=SETTINGS)
def test_any_toml_of_known_names_is_read_or_refused(data: dict[str, Any]) -> None:
    try:
        text = tomlkit.dumps(_for_toml(data))
    except (ValueError, TypeError):
        return
    read(text.encode("utf-8", "replace"), "a.toml")


def _for_toml(value: Any) -> Any:
    """A value with None left out, which TOML has no word for."""
    if isinstance(value, dict):
        return {key: _for_toml(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_for_toml(one) for one in value if one is not None]
    return value


@given(content=st.binary(max_size=300), name=st.sampled_from(["a.json", "a.toml", "a", "a.txt"]))
def test_any_bytes_are_refused_in_words(content: bytes, name: str) -> None:
    read(content, name)


@given(text=st.text(alphabet='{}[]",:=#/*\\ \n-"01eE.tfnul', max_size=80), ending=st.booleans())
def test_any_text_that_looks_like_settings_is_refused_in_words(text: str, ending: bool) -> None:
    read(text.encode(), "a.json" if ending else "a.toml")


FILES = sorted((Path(__file__).parent / "files").iterdir())


@given(data=st.data())
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_real_file_with_parts_cut_or_doubled_is_read_or_refused(
    path: Path, data: st.DataObject
) -> None:
    content = path.read_bytes()
    start, end = (data.draw(st.integers(0, len(content))) for _ in range(2))
    extra = data.draw(st.binary(max_size=6))
    read(content[: min(start, end)] + extra + content[max(start, end) :], path.name)


@pytest.mark.slow
@settings(max_examples=5000, deadline=None)
@given(data=SETTINGS, name=st.sampled_from(["a.json", "a.toml"]))
def test_thousands_of_files_are_read_or_refused(data: dict[str, Any], name: str) -> None:
    if name == "a.json":
        read(json.dumps(data).encode(), name)
        return
    try:
        text = tomlkit.dumps(_for_toml(data))
    except (ValueError, TypeError):
        return
    read(text.encode("utf-8", "replace"), name)
