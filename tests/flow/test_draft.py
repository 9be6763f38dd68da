"""Unfinished answers survive the connection."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lora_wizard.errors import RecipeError
from lora_wizard.flow import Begin, Flow, draft_path, read_draft, remove_draft, save_draft
from lora_wizard.presets import find_preset
from lora_wizard.recipe import Recipe


def test_a_draft_brings_back_start_answers_and_place(tmp_path: Path) -> None:
    preset = find_preset("head-only-alpha1")
    flow = Flow(Begin("preset", preset.name, preset.recipe), language="ja").with_given(
        {
            "data.images": str(tmp_path),
            "data.resolution": (64, 96),
            "training.unet_lr": None,
            "sampling.prompts": ("1girl, 星野ミオ", "二人"),
            "start.more": True,
        }
    )
    flow = flow.to_review().jump("network.rank").answer(4).jump("training.seed")
    path = tmp_path / "state" / "draft.json"
    save_draft(flow, path)
    again = read_draft(path)
    assert again is not None
    assert again == flow
    assert again.recipe == flow.recipe
    assert [child.name for child in path.parent.iterdir()] == ["draft.json"]


def test_a_relative_path_holds_in_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pictures").mkdir()
    monkeypatch.chdir(tmp_path)
    save_draft(Flow().with_given({"data.images": "pictures"}), tmp_path / "draft.json")
    monkeypatch.chdir("/")
    again = read_draft(tmp_path / "draft.json")
    assert again is not None
    assert again.recipe.data.images == str(tmp_path / "pictures")


def test_a_draft_of_another_time_keeps_what_is_still_asked(tmp_path: Path) -> None:
    path = tmp_path / "draft.json"
    save_draft(Flow().with_given({"network.rank": 4}), path)
    content = json.loads(path.read_text())
    content["given"]["network.gone"] = 1
    content["place"] = "network.gone"
    path.write_text(json.dumps(content))
    again = read_draft(path)
    assert again is not None
    assert dict(again.given) == {"network.rank": 4}
    assert again.place == Flow().place


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"format": 2}', '{"format": 1, "begin": {"kind": "run"}}', '{"format": 1}', "\xff"],
)
def test_what_is_no_draft_is_told_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "draft.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(RecipeError, match="unfinished answers"):
        read_draft(path)
    assert path.exists()


def test_where_no_draft_lies_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "draft.json"
    assert read_draft(path) is None
    remove_draft(path)
    save_draft(Flow(Begin(recipe=Recipe())), path)
    remove_draft(path)
    assert not path.exists()


def test_the_draft_lies_in_the_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert draft_path() == tmp_path / "lora-wizard" / "draft.json"
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    assert draft_path() == Path.home() / ".local" / "state" / "lora-wizard" / "draft.json"
