"""Export to sd-scripts, and back."""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.interchange import Exported, Imported, Subset, export_sd_scripts, read_foreign
from lora_wizard.recipe import Recipe
from lora_wizard.recipe.objective import HuberSchedule, LossKind
from lora_wizard.recipe.optimizing import Optimizer
from tests.interchange.sd_rules import config_faults, dataset_faults

WORD = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,10}", fullmatch=True)
FOLDER = st.one_of(st.just(""), WORD.map("/data/{}".format))
SHARE = st.floats(0, 0.99)
RATE = st.floats(1e-7, 1)
SIDE = st.integers(8, 256).map(lambda side: side * 8)
SCHEDULERS = ["cosine_with_restarts", "cosine", "linear", "constant_with_warmup", "polynomial"]


@st.composite
def optimizers(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(get_args(Optimizer)))
    beta = draw(st.floats(0.1, 0.99))
    options = {
        "adafactor": ("beta1=0.9", "scale_parameter=True"),
        "prodigy": ("betas=(0.9, 0.99)", "d_coef=2.0", "weight_decouple=False"),
    }.get(name, (f"betas=({beta!r}, 0.99)",))
    kept = draw(st.integers(0, len(options)))
    rates = {"unet_lr": None, "text_encoder_lr": None} if name == "prodigy" else {}
    free, finds = name == "adamw_schedule_free", name == "prodigy"
    return {
        "optimizer": name,
        "optimizer_options": options[:kept],
        "max_weight_norm": 0.0 if free else draw(st.sampled_from([0.0, 1.0])),
        "lora_plus_ratio": 1.0 if finds else draw(st.sampled_from([1.0, 16.0])),
        **rates,
    }


@st.composite
def models(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "base": draw(st.one_of(st.just("paperdoll"), WORD.map("/m/{}.ckpt".format))),
        "family": draw(st.sampled_from(["auto", "sd2"])),
        "clip_skip": draw(st.integers(1, 12)),
        "vae": draw(FOLDER),
        "v_prediction": draw(st.sampled_from([None, True, False])),
        "zero_terminal_snr": draw(st.sampled_from([None, True])),
    }


@st.composite
def data(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "images": draw(FOLDER),
        "regularisation": draw(FOLDER),
        "resolution": (draw(SIDE), draw(SIDE)),
        "buckets": draw(st.booleans()),
        "bucket_min": 8 * draw(st.integers(1, 64)),
        "bucket_max": 8 * draw(st.integers(64, 512)),
        "bucket_step": 8 * draw(st.integers(1, 64)),
        "caption_extension": "." + draw(WORD),
        "shuffle_captions": draw(st.booleans()),
        "keep_tokens": draw(st.integers(0, 255)),
        "caption_dropout": draw(SHARE),
        "tag_dropout": draw(SHARE),
        "alpha_mask": draw(st.booleans()),
        "flip": draw(st.booleans()),
        "wildcards": draw(st.booleans()),
        "caption_prefix": draw(st.one_of(st.just(""), WORD)),
        "caption_suffix": draw(st.one_of(st.just(""), WORD)),
        "caption_dropout_every_epochs": draw(st.integers(0, 5)),
        "caption_tokens": draw(st.sampled_from([75, 150, 225])),
        "bucket_no_upscale": draw(st.booleans()),
    }


@st.composite
def networks(draw: st.DrawFn) -> dict[str, Any]:
    conv_rank = draw(st.integers(0, 64))
    return {
        "rank": draw(st.integers(1, 1024)),
        "alpha": draw(st.floats(0.01, 1024)),
        "conv_rank": conv_rank,
        "conv_alpha": draw(st.floats(0.01, 64)) if conv_rank else 1.0,
        "dropout": draw(SHARE),
        "rank_dropout": draw(SHARE),
        "module_dropout": draw(SHARE),
        "parts": draw(st.sampled_from(["both", "unet", "text_encoder"])),
        "continue_from": draw(FOLDER),
    }


@st.composite
def trainings(draw: st.DrawFn, precision: str) -> dict[str, Any]:
    length: dict[str, Any] = draw(
        st.one_of(
            st.integers(1, 500).map(lambda count: {"epochs": count}),
            st.integers(1, 9999).map(lambda count: {"steps": count}),
        )
    )
    schedule = draw(st.sampled_from([*SCHEDULERS, "constant"]))
    return {
        **length,
        "batch_size": draw(st.integers(1, 64)),
        "learning_rate": draw(RATE),
        "unet_lr": draw(st.one_of(st.none(), RATE)),
        "text_encoder_lr": draw(st.one_of(st.none(), RATE)),
        "scheduler": schedule,
        "warmup_ratio": 0.0 if schedule == "constant" else draw(st.floats(0, 1)),
        "scheduler_cycles": draw(st.integers(1, 9)),
        "scheduler_power": draw(st.floats(0.1, 9)),
        **draw(optimizers()),
        "weight_decay": draw(SHARE),
        "max_grad_norm": draw(st.floats(0, 10)),
        "min_snr_gamma": draw(st.sampled_from([0.0, 5.0])),
        "noise_offset": draw(SHARE),
        "prior_loss_weight": draw(st.floats(0, 10)),
        "gradient_accumulation": draw(st.integers(1, 8)),
        "gradient_checkpointing": draw(st.booleans()),
        "seed": draw(st.integers(0, 2**32 - 1)),
        "precision": precision,
    }


@st.composite
def losses(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "kind": draw(st.sampled_from(get_args(LossKind))),
        "huber_schedule": draw(st.sampled_from(get_args(HuberSchedule))),
        "huber_c": draw(st.floats(0.01, 1)),
        "huber_scale": draw(st.floats(0.01, 10)),
        "debiased": draw(st.booleans()),
        "scale_v_like_noise": draw(st.booleans()),
        "snr_before_rescaling": draw(st.booleans()),
    }


VALIDATIONS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {
            "share": st.floats(0.01, 0.5),
            "seed": st.integers(0, 2**32 - 1),
            "every_epochs": st.integers(1, 9),
            "every_steps": st.integers(0, 99),
        }
    ),
)


@st.composite
def noises(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "random_offset": draw(st.booleans()),
        "pyramid_iterations": draw(st.integers(0, 10)),
        "pyramid_discount": draw(st.floats(0.01, 1)),
        "input_gamma": draw(SHARE),
        "random_input_gamma": draw(st.booleans()),
    }


@st.composite
def savings(draw: st.DrawFn, precision: str) -> dict[str, Any]:
    return {
        "name": draw(WORD),
        "every_epochs": draw(st.integers(0, 9)),
        "comment": draw(st.text(max_size=20)),
        "precision": precision,
        "tensorboard": draw(st.booleans()),
        "metadata": draw(st.sampled_from(["full", "minimal"])),
    }


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    """Recipes whose every value sd-scripts has a word for, apart from prompts."""
    precision = draw(st.sampled_from(["fp32", "bf16", "fp16"]))
    return Recipe.model_validate(
        {
            "model": draw(models()),
            "data": draw(data()),
            "network": draw(networks()),
            "training": draw(trainings(precision)),
            "loss": draw(losses()),
            "validation": draw(VALIDATIONS),
            "noise": draw(noises()),
            "saving": draw(savings(precision)),
        }
    )


def read_back(exported: Exported, *, with_dataset: bool) -> Imported:
    with tempfile.TemporaryDirectory() as folder:
        config, dataset = Path(folder, "config.toml"), Path(folder, "dataset.toml")
        config.write_text(exported.config_toml, encoding="utf-8", newline="")
        dataset.write_text(exported.dataset_toml, encoding="utf-8", newline="")
        return read_foreign(config, dataset=dataset if with_dataset else None)


def as_there(recipe: Recipe) -> Recipe:
    """What sd-scripts makes of a recipe: two things have no other way there."""
    scale = recipe.loss.scale_v_like_noise and recipe.model.v_prediction is True
    weighs = recipe.training.min_snr_gamma > 0 or recipe.loss.debiased or scale
    before = weighs and recipe.model.zero_terminal_snr is True
    loss = {"scale_v_like_noise": scale, "snr_before_rescaling": before}
    return recipe.model_copy(update={"loss": recipe.loss.model_copy(update=loss)})


@given(recipe=recipes(), with_dataset=st.booleans())
def test_an_export_reads_back_as_the_same_recipe(recipe: Recipe, with_dataset: bool) -> None:
    found = read_back(export_sd_scripts(recipe), with_dataset=with_dataset)
    assert found.recipe == as_there(recipe)


SUBSETS = st.lists(
    st.builds(Subset, FOLDER, st.integers(1, 99), st.one_of(st.just(""), WORD), st.booleans()),
    max_size=3,
)


@given(recipe=recipes(), subsets=SUBSETS)
def test_whatever_is_exported_sd_scripts_accepts(recipe: Recipe, subsets: list[Subset]) -> None:
    exported = export_sd_scripts(recipe, subsets=subsets)
    assert dataset_faults(tomllib.loads(exported.dataset_toml)) == []
    assert config_faults(tomllib.loads(exported.config_toml)) == []


@given(recipe=recipes())
def test_the_place_left_for_folders_is_one_that_sd_scripts_accepts(recipe: Recipe) -> None:
    """With the marks of the comment taken away, as somebody does who fills it in."""
    written = export_sd_scripts(recipe).dataset_toml
    filled = written.replace("#   ", "")
    data = tomllib.loads(filled)
    assert dataset_faults(data) == []
    assert data["datasets"][0]["subsets"][0].get("alpha_mask", False) is recipe.data.alpha_mask


def test_the_mask_stands_in_every_subset_and_nowhere_else() -> None:
    recipe = Recipe.model_validate({"data": {"alpha_mask": True}})
    data = tomllib.loads(
        export_sd_scripts(recipe, subsets=[Subset("/d/1_a", 1), Subset("/d/2_b", 2)]).dataset_toml
    )
    assert "alpha_mask" not in data["general"] and "alpha_mask" not in data["datasets"][0]
    assert [one["alpha_mask"] for one in data["datasets"][0]["subsets"]] == [True, True]


def test_what_divides_kept_tags_is_named() -> None:
    exported = export_sd_scripts(Recipe(), subsets=[Subset("/d/1_a", 1)])
    assert tomllib.loads(exported.config_toml)["keep_tokens_separator"] == "|||"
    assert tomllib.loads(exported.dataset_toml)["general"]["keep_tokens_separator"] == "|||"


def test_the_scaling_of_velocity_is_left_out_where_sd_scripts_would_end_with_an_error() -> None:
    recipe = Recipe.model_validate({"loss": {"scale_v_like_noise": True}})
    exported = export_sd_scripts(recipe)
    assert "scale_v_pred" not in exported.config_toml
    assert any("loss.scale_v_like_noise is left out" in note for note in exported.notes)


def test_it_says_where_weights_of_timesteps_differ() -> None:
    chosen = {"training": {"min_snr_gamma": 5}, "model": {"zero_terminal_snr": True}}
    notes = " ".join(export_sd_scripts(Recipe.model_validate(chosen)).notes)
    assert "loss.snr_before_rescaling" in notes
    same = {**chosen, "loss": {"snr_before_rescaling": True}}
    notes = " ".join(export_sd_scripts(Recipe.model_validate(same)).notes)
    assert "loss.snr_before_rescaling" not in notes


def test_folders_are_listed_with_their_repeats_and_read_back() -> None:
    recipe = Recipe.model_validate({"data": {"images": "/d/mira", "regularisation": "/d/reg"}})
    subsets = (
        Subset("/d/mira/10_mira", 10, "mira"),
        Subset("/d/reg/2_1girl", 2, "1girl", is_regularisation=True),
    )
    exported = export_sd_scripts(recipe, subsets=subsets)
    listed = tomllib.loads(exported.dataset_toml)["datasets"][0]["subsets"]
    assert listed[0] == {"image_dir": "/d/mira/10_mira", "num_repeats": 10, "class_tokens": "mira"}
    assert listed[1]["is_reg"] is True
    found = read_back(exported, with_dataset=True)
    assert found.recipe.data == recipe.data


def test_a_warm_up_is_written_as_a_share_not_as_steps() -> None:
    recipe = Recipe.model_validate({"training": {"warmup_ratio": 1.0}})
    warmup = tomllib.loads(export_sd_scripts(recipe).config_toml)["lr_warmup_steps"]
    assert isinstance(warmup, float)


def test_it_says_what_has_no_counterpart() -> None:
    notes = " ".join(export_sd_scripts(Recipe()).notes)
    for word in ("data.background", "embedded base", "train_data_dir", "fp16", "model.family"):
        assert word in notes
    sdxl = Recipe.model_validate({"model": {"family": "sdxl"}, "data": {"bucket_step": 48}})
    notes = " ".join(export_sd_scripts(sdxl).notes)
    assert "launch sdxl_train_network.py" in notes and "data.bucket_step" in notes


def test_prompts_go_into_a_file_of_their_own_with_size_and_seed() -> None:
    recipe = Recipe.model_validate(
        {"sampling": {"prompts": ["mira", "mira, smile"], "negative": "low", "every_epochs": 2}}
    )
    exported = export_sd_scripts(recipe, prompts_name="p.txt")
    first, second = exported.prompts.splitlines()
    assert first == "mira --n low --w 512 --h 512 --d 1 --l 7 --s 20"
    assert "--d 2" in second
    config = tomllib.loads(exported.config_toml)
    assert (config["sample_prompts"], config["sample_every_n_epochs"]) == ("p.txt", 2)


def test_without_prompts_nothing_is_to_be_drawn_there() -> None:
    recipe = Recipe.model_validate({"sampling": {"every_epochs": 2}})
    exported = export_sd_scripts(recipe)
    assert "sample" not in exported.config_toml
    assert any("no prompts" in note for note in exported.notes)
