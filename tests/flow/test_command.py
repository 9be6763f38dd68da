"""What differs from the start, and a command line that makes the very same recipe."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from lora_wizard.commands.train import command
from lora_wizard.composing import compose, parse_settings
from lora_wizard.dataset import scan
from lora_wizard.flow import (
    Begin,
    Flow,
    begin_with_defaults,
    begin_with_file,
    begin_with_preset,
    changed,
    changed_questions,
    command_line,
    command_words,
    differences,
    filled_in,
    standard_recipe,
)
from lora_wizard.presets import list_presets
from lora_wizard.questions import Value
from lora_wizard.recipe import Recipe, recipe_to_toml
from tests.flow.material import flow_for


def composed(words: tuple[str, ...]) -> Recipe:
    """The recipe that `lora-wizard train` makes of its words."""
    context = command.make_context("train", list(words[2:]))
    given = context.params
    wishes = parse_settings(given["settings"])
    made = compose(
        source=given["recipe"],
        preset=given["preset"],
        images=given["images"],
        regularisation=given["reg"],
        base=given["base"],
        name=given["name"],
        settings=wishes,
        trigger=given["trigger"],
    )
    if given["recipe"] is not None or made.data.images == str(Path.cwd()):
        return made
    if given["trigger"] is not None:
        wishes.setdefault("data.trigger", given["trigger"])
    return filled_in(made, scan(made.data), preset=given["preset"], fixed=wishes)


def test_with_everything_accepted_the_command_says_only_what_is_not_usual(heads: Path) -> None:
    words = command_words(Begin(), flow_for(heads).result())
    assert words[:4] == ("lora-wizard", "train", "--images", str(heads))
    assert "--base" not in words and "--name" not in words
    assert not any("bucket" in word or "resolution" in word for word in words)
    assert "training.epochs=7" in words
    assert not any("training.steps" in word for word in words)
    assert composed(words) == flow_for(heads).result()


def test_the_command_names_the_preset_and_the_folder(heads: Path, tmp_path: Path) -> None:
    begin = begin_with_preset("head-only-alpha1")
    flow = flow_for(heads).restart(begin).with_given({"start.output": str(tmp_path / "my run")})
    words = shlex.split(command_line(flow))
    assert words[2:4] == ["--preset", "head-only-alpha1"]
    assert words[words.index("--out") + 1] == str(tmp_path / "my run")
    assert composed(tuple(words)) == flow.result()


def test_the_command_of_a_file_starts_from_the_file(heads: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    start = Recipe.model_validate({"network": {"rank": 8, "alpha": 8.0}})
    path.write_text(recipe_to_toml(start), encoding="utf-8")
    flow = flow_for(heads).restart(begin_with_file(path))
    words = command_words(flow.begin, flow.result())
    assert words[2] == str(path)
    assert composed(words) == flow.result()


@pytest.mark.parametrize("name", [preset.name for preset in list_presets().presets])
def test_every_preset_accepted_as_it_is_has_its_command(heads: Path, name: str) -> None:
    flow = flow_for(heads).restart(begin_with_preset(name))
    assert composed(command_words(flow.begin, flow.result())) == flow.result()


def test_an_imported_recipe_is_told_from_the_usual_values_on(heads: Path) -> None:
    start = Recipe.model_validate({"network": {"rank": 8, "alpha": 4.0}})
    flow = flow_for(heads).restart(Begin("import", "old.json", start))
    words = command_words(flow.begin, flow.result())
    assert "old.json" not in words
    assert "network.rank=8" in words
    assert composed(words) == flow.result()


def test_the_usual_values_are_those_of_the_command(heads: Path) -> None:
    flow = flow_for(heads).restart(begin_with_defaults())
    assert flow.begin.recipe == standard_recipe()
    given = flow.with_given({"saving.every_epochs": 0})
    assert "saving.every_epochs=0" in command_words(given.begin, given.result())


def test_what_differs_is_told_with_before_and_after(heads: Path) -> None:
    flow = flow_for(heads, network__rank=16)
    found = {one.key: (one.before, one.after) for one in changed(flow)}
    assert found["network.rank"] == (128, 16)
    assert "training.learning_rate" not in found
    assert {"network.rank", "training.length", "data.images"} <= changed_questions(flow)
    assert "training.learning_rate" not in changed_questions(flow)
    assert differences(flow.recipe, flow.recipe) == ()


ANSWERS: dict[str, st.SearchStrategy[Value]] = {
    "saving.comment": st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"])),
    "saving.every_epochs": st.integers(0, 3),
    "data.keep_tokens": st.integers(0, 3),
    "data.background": st.just("#00ff00"),
    "sampling.negative": st.sampled_from(["", "lowres", "true"]),
    "saving.name": st.sampled_from(["mio", "heads", "mio v2", "2024"]),
    "network.rank": st.integers(1, 256),
    "network.alpha": st.floats(0.01, 256),
    "training.learning_rate": st.floats(1e-7, 1e-2),
    "training.unet_lr": st.none() | st.floats(1e-7, 1e-2),
    "training.length": st.sampled_from(["3 epochs", "3200 steps", "100 steps"]),
    "training.scheduler": st.sampled_from(["constant", "cosine", "polynomial"]),
    "training.warmup_ratio": st.sampled_from([0.0, 0.01, 0.2]),
    "data.resolution": st.sampled_from([(64, 64), (512, 512), (96, 64)]),
    "data.shuffle_captions": st.booleans(),
    "model.vae": st.sampled_from(["", "."]),
    "model.v_prediction": st.sampled_from(["auto", "yes", "no"]),
    "sampling.prompts": st.lists(st.sampled_from(["1girl", 'a "b"', "ミオ, c"])).map(tuple),
}


@settings(max_examples=30)
@given(st.fixed_dictionaries({}, optional=ANSWERS))
def test_the_command_always_makes_the_same_recipe(answers: dict[str, Value]) -> None:
    flow = Flow().with_given({"data.images": ".", **answers})
    if not flow.problems:
        words = tuple(shlex.split(command_line(flow)))
        assert composed(words) == flow.result()


@pytest.mark.parametrize("option", ["--images", "--reg", "--base", "--name", "--out", "--set"])
def test_the_command_uses_options_that_there_are(option: str) -> None:
    assert option in CliRunner().invoke(command, ["--help"]).output
