"""JSON of the kohya_ss GUI, older and newer."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_wizard.interchange import Outcome
from tests.interchange.reading import from_json, imported, row

PAGE = {"LoRA_type": "Standard", "max_resolution": "512,512", "train_data_dir": "/data/mira"}


def test_a_file_of_2023_with_numbers_in_quotes_is_read() -> None:
    found = imported("kohya_gui_2023.json")
    recipe = found.recipe
    assert found.format == "JSON of the kohya_ss GUI, 2023"
    assert recipe.data.resolution == (512, 768)
    assert (recipe.training.learning_rate, recipe.training.text_encoder_lr) == (1e-4, 5e-5)
    assert (recipe.training.optimizer, recipe.training.weight_decay) == ("adamw8bit", 0.1)
    assert (recipe.training.epochs, recipe.training.batch_size) == (6, 2)
    assert (recipe.model.clip_skip, recipe.model.v_prediction) == (2, None)
    assert (recipe.training.seed, recipe.network.rank, recipe.network.alpha) == (1234, 32, 16)


def test_a_newer_file_is_read() -> None:
    found = imported("kohya_gui.json")
    recipe = found.recipe
    assert found.format == "JSON of the kohya_ss GUI"
    assert (recipe.model.family, recipe.model.base) == ("sdxl", "/models/xl.safetensors")
    assert (recipe.network.conv_rank, recipe.network.conv_alpha) == (8, 4)
    assert (recipe.network.rank_dropout, recipe.training.precision) == (0.1, "bf16")
    assert (recipe.training.steps, recipe.training.epochs) == (2000, None)
    assert (recipe.saving.every_steps, recipe.saving.every_epochs) == (500, 0)


def test_the_warm_up_is_percent() -> None:
    found = imported("kohya_gui_2023.json")
    assert found.recipe.training.warmup_ratio == 0.1
    assert row(found, "lr_warmup").note == "10 percent there, a share of 1 here."


def test_warm_up_steps_win_over_percent(tmp_path: Path) -> None:
    found = from_json(tmp_path, **PAGE, lr_warmup="10", lr_warmup_steps=50, max_train_steps="1000")
    assert found.recipe.training.warmup_ratio == 0.05


def test_a_constant_rate_loses_its_warm_up_and_says_so() -> None:
    found = imported("kohya_gui.json")
    assert found.recipe.training.warmup_ratio == 0
    assert "constant" in row(found, "lr_warmup").note


def test_an_empty_field_is_unset_and_zero_too_where_it_means_that(tmp_path: Path) -> None:
    found = from_json(
        tmp_path, **PAGE, seed="0", min_snr_gamma="", noise_offset=0, max_train_steps=0
    )
    assert found.recipe.training.seed == 42
    for key in ("seed", "min_snr_gamma", "noise_offset", "max_train_steps"):
        assert row(found, key).outcome is Outcome.DEFAULT
        assert row(found, key).recipe_key is None


def test_no_cycles_mean_as_many_as_epochs() -> None:
    found = imported("kohya_gui_2023.json")
    assert found.recipe.training.scheduler_cycles == 6
    assert "as many cycles as epochs" in row(found, "(cycles)").note


def test_zeros_that_never_arrive_are_the_usual_one() -> None:
    recipe = imported("kohya_gui.json").recipe
    assert (recipe.training.max_grad_norm, recipe.training.prior_loss_weight) == (1, 1)


@pytest.mark.parametrize(
    ("unet", "text_encoder", "parts"),
    [(1e-4, 0, "unet"), (0, "5e-5", "text_encoder"), ("", 0, "both"), (1e-4, 1e-5, "both")],
)
def test_a_rate_of_zero_leaves_its_part_out(
    tmp_path: Path, unet: object, text_encoder: object, parts: str
) -> None:
    found = from_json(
        tmp_path, **PAGE, learning_rate=1e-4, unet_lr=unet, text_encoder_lr=text_encoder
    )
    assert found.recipe.network.parts == parts
    assert found.recipe.training.unet_lr == (unet or None)


def test_convolutions_left_on_the_page_of_a_plain_type_do_not_count() -> None:
    found = imported("kohya_gui_2023.json")
    assert found.recipe.network.conv_rank == 0
    assert "Standard" in row(found, "conv_dim").note


def test_noise_of_another_kind_is_not_taken_for_an_offset() -> None:
    found = imported("kohya_gui.json")
    assert found.recipe.training.noise_offset == 0
    assert found.recipe.noise.pyramid_iterations == 6


def test_prodigy_brings_its_rate_along() -> None:
    found = imported("kohya_gui.json")
    assert (found.recipe.training.optimizer, found.recipe.training.learning_rate) == (
        "prodigy",
        4e-4,
    )


def test_a_raw_command_line_and_keys_are_never_read_nor_shown() -> None:
    found = imported("kohya_gui.json")
    for key in ("additional_parameters", "wandb_api_key"):
        assert row(found, key).outcome is Outcome.REFUSED
        assert row(found, key).source_value == "(hidden)"
    assert "abcdef" not in repr(found) and "secret-word" not in repr(found)
    assert row(found, "huggingface_token").outcome is Outcome.DEFAULT


def test_prompts_on_the_page_are_taken_without_their_options() -> None:
    recipe = imported("kohya_gui.json").recipe
    assert recipe.sampling.prompts == ("mira, standing", "mira, smile")


def test_a_name_on_a_hub_is_no_base() -> None:
    found = imported("kohya_gui_2023.json")
    assert found.recipe.model.base == "paperdoll"
    assert "never downloaded" in row(found, "pretrained_model_name_or_path").note


@pytest.mark.parametrize("value", ["xformers", "sdpa", "none", True])
def test_every_kind_of_attention_is_machinery(tmp_path: Path, value: object) -> None:
    found = row(from_json(tmp_path, **PAGE, xformers=value), "xformers")
    assert "settled by itself" in found.note


def test_the_older_name_of_the_weights_is_known(tmp_path: Path) -> None:
    found = from_json(tmp_path, **PAGE, lora_network_weights="/loras/a.safetensors")
    assert found.recipe.network.continue_from == "/loras/a.safetensors"
    assert found.format.endswith("2023")


def test_another_kind_of_network_is_said(tmp_path: Path) -> None:
    found = row(from_json(tmp_path, **{**PAGE, "LoRA_type": "LyCORIS/LoHa"}), "LoRA_type")
    assert found.outcome is Outcome.NO_COUNTERPART
