"""Settings that are each in range, and still cannot be together; and values read kindly."""

import pytest
from pydantic import ValidationError

from lora_wizard.errors import RecipeError
from lora_wizard.recipe import DEFAULT_STEPS, TrainingSettings, parse_recipe
from lora_wizard.recipe.recipe import tables


def only_problem(text: str) -> str:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(text)
    assert len(caught.value.problems) == 1
    return str(caught.value.problems[0])


def test_epochs_and_steps_exclude_each_other() -> None:
    text = only_problem("[training]\nepochs = 3\nsteps = 4\n")
    assert "epochs (3) and steps (4) are both set" in text


def test_without_epochs_and_steps_there_are_3200_steps() -> None:
    training = parse_recipe("[training]\nseed = 1\n").training
    assert (training.epochs, training.steps) == (None, DEFAULT_STEPS) == (None, 3200)


def test_epochs_leave_the_steps_open() -> None:
    training = TrainingSettings(epochs=4)
    assert (training.epochs, training.steps) == (4, None)


def test_a_constant_rate_has_no_warm_up_unless_one_is_asked_for() -> None:
    assert parse_recipe('[training]\nscheduler = "constant"\n').training.warmup_ratio == 0
    text = only_problem('[training]\nscheduler = "constant"\nwarmup_ratio = 0.1\n')
    assert "constant_with_warmup" in text


@pytest.mark.parametrize("ratio", ["-0.1", "1.1"])
def test_a_warm_up_is_a_share_of_the_steps(ratio: str) -> None:
    assert "training.warmup_ratio" in only_problem(f"[training]\nwarmup_ratio = {ratio}\n")


def test_alpha_must_be_above_zero() -> None:
    assert "greater than 0" in only_problem("[network]\nalpha = 0\n")


@pytest.mark.parametrize(
    ("parts", "rates"),
    [
        ("both", "learning_rate = 0.0"),
        ("both", "unet_lr = 0.0\ntext_encoder_lr = 0.0"),
        ("unet", "unet_lr = 0.0"),
        ("text_encoder", "text_encoder_lr = 0"),
    ],
)
def test_a_run_that_would_learn_nothing_is_refused(parts: str, rates: str) -> None:
    text = only_problem(f'[network]\nparts = "{parts}"\n[training]\n{rates}\n')
    assert "nothing would be learned" in text


def test_one_part_may_stand_still() -> None:
    assert parse_recipe("[training]\ntext_encoder_lr = 0\n").training.text_encoder_lr == 0


@pytest.mark.parametrize(
    ("written", "read"),
    [("768", (768, 768)), ("[512, 768]", (512, 768)), ('"512x768"', (512, 768))],
)
def test_a_resolution_is_written_in_three_ways(written: str, read: tuple[int, int]) -> None:
    assert parse_recipe(f"[data]\nresolution = {written}\n").data.resolution == read


@pytest.mark.parametrize("written", ["500", "[512, 0]", "[512]", "true", '"large"', "8192"])
def test_a_resolution_that_no_model_takes_is_refused(written: str) -> None:
    assert "data.resolution" in only_problem(f"[data]\nresolution = {written}\n")


def test_the_smallest_bucket_is_not_above_the_largest() -> None:
    assert "bucket_max" in only_problem("[data]\nbucket_min = 512\nbucket_max = 256\n")


@pytest.mark.parametrize("name", ["a/b", "a\\b", "..", "x.safetensors", "", "nul\\u0000", " a"])
def test_the_name_of_the_file_is_a_plain_one(name: str) -> None:
    written = name if "\\u" in name else name.replace("\\", "\\\\")
    assert "saving.name" in only_problem(f'[saving]\nname = "{written}"\n')


def test_a_single_prompt_needs_no_brackets() -> None:
    assert parse_recipe('[sampling]\nprompts = "1girl"\n').sampling.prompts == ("1girl",)


def test_a_recipe_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        parse_recipe("").network.rank = 3  # type: ignore[misc]


def test_every_setting_says_why_and_every_number_that_has_a_unit_names_it() -> None:
    for table, kind in tables().items():
        for name, field in kind.model_fields.items():
            assert field.description and len(field.description) > 15, f"{table}.{name}"
            assert field.description.endswith("."), f"{table}.{name}"
    schema = tables()["training"].model_json_schema()["properties"]
    assert schema["steps"]["unit"] == "steps"
    assert schema["warmup_ratio"]["minimum"] == 0
