"""What questions offer, and what they refuse, given the answers so far."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lora_wizard.dataset import Dataset, Folder, Picture
from lora_wizard.questions import (
    ALL,
    BEGIN,
    BY_KEY,
    LANGUAGES,
    Context,
    Family,
    Language,
    Look,
    Question,
    Value,
)
from lora_wizard.questions.naming import name_from_folder
from lora_wizard.recipe import Recipe, with_settings

EVERYTHING_THERE: Look = lambda path: "file" if path.suffix else "folder"  # noqa: E731


def context(**settings: str) -> Context:
    given = {key.replace("__", "."): value for key, value in settings.items()}
    recipe = with_settings(Recipe(), {"data.images": "/pictures", **given})
    return Context(recipe, Recipe(), look=EVERYTHING_THERE)


def pictures(caption: str, *, count: int = 4, others: int = 0) -> Dataset:
    """Pictures with one caption, and others of whole figures."""
    found = tuple(
        Picture(
            path=Path(f"{number}.png"),
            folder=0,
            repeats=10,
            is_regularisation=False,
            caption=caption if number < count else "mio, full body",
            width=512,
            height=512,
            bucket=(512, 512),
            has_alpha=False,
        )
        for number in range(count + others)
    )
    return Dataset((Folder(Path("10_mio"), 10, "mio", False, len(found)),), found, ())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("question", (BEGIN, *ALL), ids=lambda question: question.key)
def test_what_is_offered_would_be_taken_and_has_a_reason(
    question: Question, language: Language
) -> None:
    world = replace(context(), language=language)
    suggestion = question.suggest(world)
    assert suggestion.reason
    if question.key != "data.images":
        assert question.check(suggestion.value, world) == ()
    assert question.read(question.show(suggestion.value)) == suggestion.value


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("data.images", ""),
        ("data.images", "/pictures/1.png"),
        ("data.regularisation", "/pictures/1.png"),
        ("network.continue_from", "/pictures"),
        ("start.output", "/a/file.txt"),
        ("start.from", "nowhere"),
        ("start.more", "perhaps"),
        ("model.base", ""),
        ("model.family", "sd3"),
        ("model.v_prediction", "perhaps"),
        ("model.clip_skip", 0),
        ("training.batch_size", 0),
        ("training.batch_size", 1.5),
        ("training.length", "soon"),
        ("training.length", "0 epochs"),
        ("network.rank", "many"),
        ("network.alpha", 0),
        ("training.learning_rate", -1.0),
        ("training.learning_rate", 0.0),
        ("training.scheduler", "cosin"),
        ("training.warmup_ratio", 5),
        ("data.resolution", (500, 500)),
        ("data.resolution", "wide"),
        ("data.resolution", (64, 8192)),
        ("data.shuffle_captions", "perhaps"),
        ("data.background", "white"),
        ("data.caption_extension", "txt"),
        ("saving.name", "a/b"),
        ("saving.name", ""),
    ],
)
def test_what_will_not_do_is_said_with_a_sentence(key: str, value: Value) -> None:
    question = BEGIN if key == BEGIN.key else BY_KEY[key]
    problems = question.check(value, context())
    assert problems
    assert all(problem.what for problem in problems)


def test_a_vae_may_be_a_file_or_a_folder_but_must_be_there() -> None:
    question = BY_KEY["model.vae"]
    for value in ("", "/vae.pt", "/vae"):
        assert question.check(value, context()) == ()
    (problem,) = question.check("/vae.pt", replace(context(), look=lambda path: "missing"))
    assert problem.where == "model.vae" and "/vae.pt" in problem.what


def test_a_resolution_must_fit_the_buckets_that_the_start_brings() -> None:
    own = with_settings(Recipe(), {"data.bucket_min": "384", "data.bucket_max": "768"})
    world = Context(own, own, "mine", look=EVERYTHING_THERE)
    assert BY_KEY["data.resolution"].check((256, 256), world)
    assert not BY_KEY["data.resolution"].check((512, 512), world)
    assert not BY_KEY["data.resolution"].check((256, 256), context())


@pytest.mark.parametrize(
    ("dataset", "alpha"),
    [
        (None, 128.0),
        (pictures("mio, close-up, smile"), 1.0),
        (pictures("mio, Portrait"), 1.0),
        (pictures("mio, close-up", others=4), 128.0),
        (pictures("mio, full body"), 128.0),
    ],
)
def test_heads_alone_are_offered_alpha_1(dataset: Dataset | None, alpha: float) -> None:
    assert BY_KEY["network.alpha"].suggest(replace(context(), dataset=dataset)).value == alpha


def test_a_preset_keeps_its_alpha_but_the_reason_speaks_of_the_heads() -> None:
    world = replace(context(), dataset=pictures("mio, close-up"), start_name="head-only-scene-reg")
    found = BY_KEY["network.alpha"].suggest(world)
    assert found.value == 128.0
    assert "heads" in found.reason


@pytest.mark.parametrize(
    ("family", "side"), [("paperdoll", 64), ("sd1", 512), ("sd2", 768), ("sdxl", 1024)]
)
def test_the_resolution_is_what_the_base_draws(family: Family, side: int) -> None:
    world = replace(context(), family=family)
    assert BY_KEY["data.resolution"].suggest(world).value == (side, side)


def test_the_sample_prompt_begins_with_what_most_captions_begin_with() -> None:
    world = replace(context(), dataset=pictures("mio cloth, skirt", count=2, others=3))
    assert BY_KEY["sampling.prompts"].suggest(world).value == ("1girl, mio",)
    assert BY_KEY["sampling.prompts"].suggest(context()).value == ()


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("/material/10_mira", "mira"),
        ("/material/mira/", "mira"),
        ("10_星野ミオ", "星野ミオ"),
        ("a b (c)", "a_b_c"),
        ("/", "lora"),
        ("C:\\pictures\\3_mira", "mira"),
    ],
)
def test_the_lora_is_named_after_its_folder(folder: str, name: str) -> None:
    assert name_from_folder(folder) == name


def test_paths_go_into_the_recipe_as_the_trainer_finds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = BY_KEY["data.images"].settings("pictures", context())
    assert settings == {"data.images": str(tmp_path / "pictures")}
    assert BY_KEY["model.base"].settings("paperdoll", context()) == {"model.base": "paperdoll"}
    assert BY_KEY["data.regularisation"].settings("", context()) == {"data.regularisation": ""}
