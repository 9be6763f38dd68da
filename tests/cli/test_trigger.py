"""A bare folder and `--name mira`, as the README has it: one trigger, in every command and file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from safetensors import safe_open

from lora_wizard.cli import main
from lora_wizard.dataset import scan
from lora_wizard.flow import Flow, begin_with_preset, filled_in, to_share
from lora_wizard.recipe import Recipe, parse_recipe, read_recipe, with_settings

from ..models.conftest import save_sd1
from ..train.material import draw_pictures

CAPTION = "1girl, solo, smile"


def bare(folder: Path, *captions: str | None) -> Path:
    """A folder without a number: one small picture for each caption, None for none beside it."""
    draw_pictures(folder, [(64, 64)] * len(captions))
    for picture, caption in zip(sorted(folder.glob("*.png")), captions, strict=True):
        picture.with_suffix(".txt").unlink(missing_ok=True)
        if caption is not None:
            picture.with_suffix(".txt").write_text(caption, encoding="utf-8")
    return folder


def call(*words: object) -> str:
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize(
    ("captions", "trigger"),
    [
        ([CAPTION] * 4, "mira"),
        ([None] * 4, "mira"),
        ([""] * 4, "mira"),
        (["aya, smile"] * 3 + [CAPTION], "aya"),
        (["1girl, aya, smile", "aya, 1girl", r"\(aya\), hat", "aya, hat"], "aya"),
    ],
)
def test_check_new_and_train_take_the_same_trigger(
    tmp_path: Path, captions: list[str | None], trigger: str
) -> None:
    images = bare(tmp_path / "pics", *captions)
    checked = json.loads(call("check", images, "--name", "mira", "--json"))
    assert checked["trigger"] == trigger
    assert "no_trigger" not in {one["key"] for one in checked["advice"]}
    written = call("new", "--images", images, "--name", "mira", "--yes", "--to", "-")
    made = parse_recipe(written)
    assert made.data.trigger == trigger
    assert made.sampling.prompts == (f"1girl, {trigger}",)
    composed = with_settings(Recipe(), {"data.images": str(images), "saving.name": "mira"})
    trained = filled_in(composed, scan(composed.data), preset=None, fixed={})
    assert (trained.data.trigger, trained.data.repeats) == (trigger, made.data.repeats)


def test_a_trigger_that_was_given_is_taken_and_an_empty_one_means_none(tmp_path: Path) -> None:
    images = bare(tmp_path / "pics", *["aya, smile"] * 4)
    for given in ("rio", ""):
        options = ("--images", images, "--name", "mira", "--trigger", given)
        made = parse_recipe(call("new", *options, "--yes", "--to", "-"))
        assert made.data.trigger == given
        checked = json.loads(call("check", images, "--name", "mira", "--trigger", given, "--json"))
        assert checked["trigger"] == (given or None)


def test_the_file_that_training_writes_names_its_trigger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    images = bare(tmp_path / "pics", CAPTION, None, "Mira, hat")
    base = save_sd1(tmp_path / "tiny", vae_widths=(32, 32, 32, 32))
    settings = ("training.steps=2", "network.rank=2", "data.resolution=64", "data.bucket_min=32")
    sets = [word for one in settings for word in ("--set", one)]
    out = tmp_path / "run"
    said = call("train", "--images", images, "--name", "mira", "--base", base, "--out", out, *sets)
    assert "Trigger: mira" in said
    assert "In a prompt, type: mira" in said
    with safe_open(out / "mira.safetensors", framework="pt") as file:
        metadata = file.metadata()
    assert metadata["modelspec.trigger_phrase"] == "mira"
    tags = json.loads(metadata["ss_tag_frequency"])["pics"]
    assert tags == {"mira": 3, "1girl": 1, "solo": 1, "smile": 1, "hat": 1}
    assert "Trigger" in call("inspect", out / "mira.safetensors")
    assert read_recipe(out / "recipe.toml").data.trigger == "mira"


def test_a_recipe_without_a_trigger_is_trained_as_it_was(tmp_path: Path) -> None:
    """A file of an earlier version has no such key: its captions stay as they are."""
    made = parse_recipe("format = 1\n[data]\nkeep_tokens = 1\n")
    assert (made.data.trigger, made.data.repeats) == ("", 1)


@pytest.mark.parametrize("trigger", ["a, b", " a", "a\nb", "a ||| b", "x" * 201])
def test_a_trigger_is_one_tag(tmp_path: Path, trigger: str) -> None:
    images = bare(tmp_path / "pics", CAPTION)
    words = ["new", "--images", str(images), "--yes", "--to", "-", "--set"]
    result = CliRunner().invoke(main, [*words, f"data.trigger={json.dumps(trigger)}"])
    assert result.exit_code == 2
    assert "data.trigger" in result.output


@pytest.mark.parametrize(("pictures", "repeats"), [(2, 160), (10, 32), (21, 15), (400, 1)])
def test_a_bare_folder_is_seen_so_often_that_there_are_about_ten_epochs(
    tmp_path: Path, pictures: int, repeats: int
) -> None:
    images = bare(tmp_path / "pics", *[CAPTION] * pictures)
    made = parse_recipe(call("new", "--images", images, "--name", "mira", "--yes", "--to", "-"))
    assert made.data.repeats == repeats
    assert made.training.epochs is not None and 8 <= made.training.epochs <= 11
    assert made.saving.every_epochs == made.sampling.every_epochs == 1


@pytest.mark.parametrize(
    ("epochs", "every"), [(20, 1), (21, 3), (107, 11), (1000, 100)], ids=lambda n: str(n)
)
def test_from_more_than_twenty_files_on_about_ten_are_suggested(
    tmp_path: Path, epochs: int, every: int
) -> None:
    draw_pictures(tmp_path / "pics" / "1_mira", [(64, 64)] * 2)
    words = ("--images", tmp_path / "pics", "--set", f"training.epochs={epochs}")
    made = parse_recipe(call("new", *words, "--yes", "--to", "-"))
    assert made.saving.every_epochs == made.sampling.every_epochs == every
    composed = with_settings(
        begin_with_preset("popup-defaults").recipe,
        {"data.images": str(tmp_path / "pics"), "training.epochs": str(epochs)},
    )
    fixed = {"training.epochs": str(epochs)}
    trained = filled_in(composed, scan(composed.data), preset=None, fixed=fixed)
    assert trained.saving.every_epochs == every


def test_an_interval_that_was_given_stays(tmp_path: Path) -> None:
    draw_pictures(tmp_path / "pics" / "1_mira", [(64, 64)] * 2)
    words = ["--set", "training.epochs=107", "--set", "saving.every_epochs=1"]
    made = parse_recipe(call("new", "--images", tmp_path / "pics", *words, "--yes", "--to", "-"))
    assert made.saving.every_epochs == 1


def test_a_preset_gets_back_what_was_suggested_from_the_number_of_pictures(tmp_path: Path) -> None:
    images = bare(tmp_path / "pics", *[CAPTION] * 5)
    flow = Flow(begin_with_preset("popup-defaults")).with_given({"data.images": str(images)})
    flow = flow.with_dataset(scan(flow.recipe.data), flow.scan_key)
    assert flow.recipe.training.epochs is not None
    assert to_share(flow).training.steps == 3200
    own = flow.with_given({"training.length": "7 epochs"})
    assert to_share(own).training.epochs == 7
