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
    assert recipe.training.prior_loss_weight == 1


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


def test_secrets_are_never_read_nor_shown_in_extra_parameters_either() -> None:
    found = imported("kohya_gui.json")
    for key in ("additional_parameters.wandb_api_key", "wandb_api_key"):
        assert row(found, key).outcome is Outcome.REFUSED
        assert row(found, key).source_value == "(hidden)"
    assert "abcdef" not in repr(found) and "secret-word" not in repr(found)
    assert row(found, "huggingface_token").outcome is Outcome.DEFAULT


def test_options_in_extra_parameters_win_over_the_page() -> None:
    found = imported("kohya_gui.json")
    assert found.recipe.training.max_grad_norm == 0
    assert row(found, "additional_parameters.max_grad_norm").recipe_key == "training.max_grad_norm"
    page = row(found, "max_grad_norm")
    assert (page.outcome, page.recipe_key) == (Outcome.DEFAULT, None)
    assert "additional_parameters.max_grad_norm decides" in page.note


@pytest.mark.parametrize(
    ("words", "key", "value"),
    [
        ("--network_train_unet_only", "network.parts", "unet"),
        ("--network_train_text_encoder_only", "network.parts", "text_encoder"),
        ("--max_grad_norm=0", "training.max_grad_norm", 0),
        ("--lowram  --max_grad_norm 0.5 --no_metadata", "training.max_grad_norm", 0.5),
        ("--keep_tokens 3 --max_token_length 150", "data.keep_tokens", 3),
        ("--max_token_length=225", "data.caption_tokens", 225),
        ('--caption_prefix "mira, "', "data.caption_prefix", "mira, "),
        ("--network_args conv_dim=8 conv_alpha=4", "network.conv_rank", 8),
        ("--scale_weight_norms 1", "training.max_weight_norm", 1),
        ("--optimizer_args weight_decay=0.2", "training.weight_decay", 0.2),
    ],
)
def test_extra_parameters_are_options_and_no_code(
    tmp_path: Path, words: str, key: str, value: object
) -> None:
    found = from_json(tmp_path, **PAGE, additional_parameters=words)
    table, _, name = key.partition(".")
    assert getattr(getattr(found.recipe, table), name) == value


def test_zero_terminal_snr_in_extra_parameters_weighs_as_sd_scripts_does(tmp_path: Path) -> None:
    settings = {**PAGE, "min_snr_gamma": 5, "additional_parameters": "--zero_terminal_snr"}
    recipe = from_json(tmp_path, **settings).recipe
    assert recipe.model.zero_terminal_snr and recipe.loss.snr_before_rescaling


@pytest.mark.parametrize(
    "words",
    ["os.system('x')", "; rm -rf /", '--caption_prefix "unended', "--lr_scheduler_type a.b.C",
     "--optimizer_type my.module.Class", "--config_file x.toml -m evil"],
)  # fmt: skip
def test_whatever_else_stands_there_changes_nothing(tmp_path: Path, words: str) -> None:
    plain = from_json(tmp_path, **PAGE).recipe
    assert from_json(tmp_path, **PAGE, additional_parameters=words).recipe == plain


RATES = {"learning_rate": "0.0001", "unet_lr": "0.0001", "text_encoder_lr": "5e-05"}


@pytest.mark.parametrize("key", ["unet_lr", "text_encoder_lr"])
@pytest.mark.parametrize(
    "value", ["None", None, "5e-05;", "nan", "1e999", "0,0001", ["1e-4"], {}, "one", True]
)
def test_a_rate_that_cannot_be_read_switches_no_part_off(
    tmp_path: Path, key: str, value: object
) -> None:
    found = from_json(tmp_path, **PAGE, **{**RATES, key: value})
    assert found.recipe.network.parts == "both"
    assert getattr(found.recipe.training, key) is None


@pytest.mark.parametrize("value", [0, "0", "0.0", 0.0, ""])
def test_a_rate_of_zero_or_an_empty_one_switches_its_part_off(
    tmp_path: Path, value: object
) -> None:
    found = from_json(tmp_path, **PAGE, **{**RATES, "text_encoder_lr": value})
    assert found.recipe.network.parts == "unet"


def test_a_number_with_a_comma_is_named_as_one(tmp_path: Path) -> None:
    found = from_json(tmp_path, **PAGE, learning_rate="0,0002")
    assert "was 0.0002 meant" in row(found, "learning_rate").note


@pytest.mark.parametrize(
    ("value", "words"),
    [([1, 2], "A list of 2"), ({"a": 1}, "A table"), (True, "yes or no"), ("x", "not a number")],
)
def test_a_value_of_another_kind_gets_a_remark_that_fits(
    tmp_path: Path, value: object, words: str
) -> None:
    found = from_json(tmp_path, **{**PAGE, "network_dim": value})
    assert words in row(found, "network_dim").note


LYCORIS = {"LoRA_type": "LyCORIS/LoCon", "network_dim": 16, "network_alpha": 8}


def test_a_preset_of_lycoris_that_trains_the_unet_alone_trains_it_alone(tmp_path: Path) -> None:
    settings = {**PAGE, **LYCORIS, "LyCORIS_preset": "unet-transformer-only", "conv_dim": 8}
    network = from_json(tmp_path, **settings).recipe.network
    assert (network.parts, network.conv_rank) == ("unet", 0)


@pytest.mark.parametrize(
    ("given", "ranks"),
    [
        ({}, (16, 8)),
        ({"conv_dim": 8, "conv_alpha": 4}, (8, 4)),
        ({"conv_dim": "", "conv_alpha": ""}, (16, 8)),
        ({"conv_dim": 4}, (4, 8)),
    ],
)
def test_convolutions_of_lycoris_have_the_networks_rank_where_none_is_given(
    tmp_path: Path, given: dict[str, object], ranks: tuple[int, int]
) -> None:
    found = from_json(tmp_path, **{**PAGE, **LYCORIS, **given})
    network = found.recipe.network
    assert (network.conv_rank, network.conv_alpha) == ranks
    assert "conv_in" in row(found, "(preset)").note


@pytest.mark.parametrize("name", ["attn-only", "unet-convblock-only", "/my/preset.toml"])
def test_a_preset_that_cannot_be_translated_is_named(tmp_path: Path, name: str) -> None:
    found = from_json(tmp_path, **{**PAGE, **LYCORIS, "LyCORIS_preset": name})
    assert row(found, "LyCORIS_preset").outcome is Outcome.NO_COUNTERPART
    assert "Not translated" in row(found, "LyCORIS_preset").note


def test_options_of_lycoris_count_for_its_types_only(tmp_path: Path) -> None:
    on = from_json(tmp_path, **{**PAGE, **LYCORIS, "dora_wd": True, "use_scalar": False})
    assert "Not translated" in row(on, "dora_wd").note
    assert row(on, "use_scalar").outcome is Outcome.DEFAULT
    off = from_json(tmp_path, **{**PAGE, "LoRA_type": "Standard", "dora_wd": True, "factor": -1})
    assert row(off, "dora_wd").outcome is Outcome.DEFAULT
    assert row(off, "factor").outcome is Outcome.DEFAULT


def test_another_kind_of_network_is_warned_about(tmp_path: Path) -> None:
    found = from_json(tmp_path, **{**PAGE, "LoRA_type": "LyCORIS/LoKr"})
    assert any("LyCORIS/LoKr" in one for one in found.warnings)


OLD = {"LoRA_type": "Standard", "max_resolution": "512,512", "xformers": True}
NEW = {"LoRA_type": "Standard", "max_resolution": "512,512", "xformers": "sdpa"}


def test_what_a_file_leaves_out_is_as_the_page_shows_it(tmp_path: Path) -> None:
    recipe = from_json(tmp_path, **NEW, epoch=4).recipe
    assert (recipe.network.rank, recipe.network.alpha) == (8, 1)
    assert (recipe.training.optimizer, recipe.training.scheduler) == ("adamw8bit", "cosine")
    assert (recipe.training.warmup_ratio, recipe.training.learning_rate) == (0.1, 1e-4)
    assert (recipe.data.shuffle_captions, recipe.data.keep_tokens) == (False, 0)
    assert (recipe.data.bucket_max, recipe.data.bucket_no_upscale) == (2048, True)
    assert (recipe.training.precision, recipe.saving.every_epochs) == ("fp16", 1)
    assert recipe.training.epochs == 4


@pytest.mark.parametrize(
    ("settings", "rate", "extension", "length"),
    [
        (OLD, 5e-5, ".caption", (1, None)),
        ({**NEW, "max_grad_norm": 1}, 1e-4, ".caption", (1, None)),
        ({**NEW, "loss_type": "l2"}, 1e-4, ".txt", (None, 1600)),
        ({**NEW, "flux1_checkbox": False}, 0, ".txt", (None, 1600)),
    ],
)
def test_pages_of_different_versions_show_different_things(
    tmp_path: Path,
    settings: dict[str, object],
    rate: float,
    extension: str,
    length: tuple[int | None, int | None],
) -> None:
    recipe = from_json(tmp_path, **settings).recipe
    assert recipe.training.text_encoder_lr == rate
    assert recipe.data.caption_extension == extension
    assert (recipe.training.epochs, recipe.training.steps) == length
    assert recipe.network.parts == ("unet" if rate == 0 else "both")


def test_a_limit_of_no_steps_leaves_one_epoch(tmp_path: Path) -> None:
    recipe = from_json(tmp_path, **NEW, loss_type="l2", max_train_steps=0).recipe
    assert (recipe.training.epochs, recipe.training.steps) == (1, None)


def test_before_buckets_had_limits_on_the_page_those_of_sd_scripts_held(tmp_path: Path) -> None:
    assert from_json(tmp_path, **OLD).recipe.data.bucket_max == 1024


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
