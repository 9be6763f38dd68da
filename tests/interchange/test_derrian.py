"""JSON of LoRA_Easy_Training_Scripts, in three versions of its keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_wizard.interchange import Outcome
from tests.interchange.reading import from_json, imported, row

POPUP = {"img_folder": "/data/mira", "net_dim": 8, "num_epochs": 2, "train_resolution": 512}


def test_a_file_of_january_2023_is_read() -> None:
    found = imported("derrian_2023_january.json")
    recipe = found.recipe
    assert found.format == "JSON of LoRA_Easy_Training_Scripts, January 2023"
    assert (recipe.model.base, recipe.model.clip_skip) == ("/models/anime.safetensors", 2)
    assert (recipe.data.images, recipe.data.regularisation) == ("/data/mira", "/data/reg")
    assert (recipe.network.rank, recipe.network.alpha) == (128, 64)
    assert (recipe.training.scheduler_cycles, recipe.training.warmup_ratio) == (3, 0.05)
    assert (recipe.training.epochs, recipe.training.steps) == (5, None)
    assert (recipe.training.optimizer, recipe.training.seed) == ("adamw8bit", 23)
    assert (recipe.data.keep_tokens, recipe.data.bucket_min, recipe.data.bucket_max) == (
        2,
        320,
        960,
    )
    assert (recipe.saving.name, recipe.saving.every_epochs) == ("mira", 1)
    assert row(found, "save_at_n_epochs").recipe_key == "saving.every_epochs"


def test_a_file_of_february_2023_is_read() -> None:
    found = imported("derrian_2023_february.json")
    recipe = found.recipe
    assert found.format.endswith("February 2023")
    assert (recipe.model.family, recipe.model.v_prediction) == ("sd2", True)
    assert (recipe.network.conv_rank, recipe.network.conv_alpha) == (8, 4)
    assert (recipe.training.scheduler, recipe.training.scheduler_power) == ("polynomial", 2.5)
    assert (recipe.network.parts, recipe.data.flip) == ("unet", True)
    assert recipe.data.resolution == (768, 512)
    assert recipe.data.tag_dropout == 0.1
    assert recipe.training.optimizer == "lion"


def test_a_file_of_spring_2023_is_read() -> None:
    found = imported("derrian_2023_spring.json")
    recipe = found.recipe
    assert found.format.endswith("spring 2023 and later")
    assert (recipe.training.optimizer, recipe.training.weight_decay) == ("adamw8bit", 0.1)
    assert (recipe.network.conv_rank, recipe.network.conv_alpha) == (4, 2)
    assert (recipe.training.precision, recipe.saving.precision) == ("bf16", "fp32")
    assert recipe.training.optimizer_options == ("betas=(0.9, 0.99)",)
    assert row(found, "sample_prompts").outcome is Outcome.NO_COUNTERPART


def test_steps_win_over_epochs() -> None:
    found = imported("derrian_2023_spring.json")
    assert (found.recipe.training.steps, found.recipe.training.epochs) == (1500, None)
    assert "max_steps decides" in row(found, "num_epochs").note


def test_no_warm_up_and_no_kept_tokens_are_none_not_our_defaults() -> None:
    recipe = imported("derrian_2023_february.json").recipe
    assert (recipe.training.warmup_ratio, recipe.data.keep_tokens) == (0, 0)


def test_tokens_are_never_imported_nor_shown() -> None:
    found = imported("derrian_2023_spring.json")
    for key in ("huggingface_token", "wandb_api_key"):
        assert row(found, key).outcome is Outcome.REFUSED
        assert row(found, key).source_value == "(hidden)"
    assert "hf_" not in repr(found) and "0123456789abcdef" not in repr(found)


def test_a_secret_in_a_comment_is_not_imported_either(tmp_path: Path) -> None:
    found = from_json(tmp_path, **POPUP, training_comment="my hf_abcdefghijklmnopqrstuvwxyz")
    assert found.recipe.saving.comment == ""
    assert "hf_" not in repr(found)


def test_paths_of_windows_are_left_out_and_the_option_is_named() -> None:
    found = imported("derrian_2023_february.json")
    assert (found.recipe.data.images, found.recipe.model.base) == ("", "paperdoll")
    assert "--images" in row(found, "img_folder").note


def test_dropouts_above_one_are_percent() -> None:
    found = imported("derrian_2023_february.json")
    assert found.recipe.data.caption_dropout == 0.05
    assert row(found, "caption_dropout_rate").outcome is Outcome.TRANSLATED


def test_a_dropout_of_one_is_not_guessed(tmp_path: Path) -> None:
    found = from_json(tmp_path, **POPUP, caption_dropout_rate=1)
    assert found.recipe.data.caption_dropout == 0
    assert "percent or a share" in row(found, "caption_dropout_rate").note


@pytest.mark.parametrize(("value", "share"), [(5, 0.05), (0, 0), (10, 0.1)])
def test_a_warm_up_under_its_kohya_name_is_percent(
    tmp_path: Path, value: float, share: float
) -> None:
    assert from_json(tmp_path, **POPUP, lr_warmup=value).recipe.training.warmup_ratio == share


def test_a_warm_up_that_may_be_either_is_not_guessed(tmp_path: Path) -> None:
    found = from_json(tmp_path, **POPUP, lr_warmup=0.05)
    assert row(found, "lr_warmup").outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("alias", "value", "key", "expected"),
    [
        ("network_alpha", 4, "network.alpha", 4),
        ("train_batch_size", 3, "training.batch_size", 3),
        ("shuffle_caption", True, "data.shuffle_captions", True),
        ("output_name", "mira", "saving.name", "mira"),
        ("lr_scheduler", "cosine", "training.scheduler", "cosine"),
        ("lr_scheduler_num_cycles", 4, "training.scheduler_cycles", 4),
        ("gradient_accumulation_steps", 2, "training.gradient_accumulation", 2),
        ("enable_bucket", False, "data.buckets", False),
    ],
)
def test_its_own_aliases_are_known(
    tmp_path: Path, alias: str, value: object, key: str, expected: object
) -> None:
    found = from_json(tmp_path, **POPUP, **{alias: value})
    assert (row(found, alias).recipe_key, row(found, alias).value) == (key, expected)


def test_an_unknown_key_is_listed(tmp_path: Path) -> None:
    found = row(from_json(tmp_path, **POPUP, sparkle=3), "sparkle")
    assert (found.outcome, found.note) == (Outcome.NO_COUNTERPART, "This name is not known.")


def test_everything_out_of_range_is_explained_together(tmp_path: Path) -> None:
    found = from_json(tmp_path, **{**POPUP, "net_dim": 99999}, batch_size=-1, clip_skip="two")
    assert found.recipe.network.rank == 128
    for key in ("net_dim", "batch_size", "clip_skip"):
        assert row(found, key).outcome is Outcome.REFUSED
        assert "our default is used" in row(found, key).note.lower()


def test_a_constant_rate_has_no_warm_up(tmp_path: Path) -> None:
    found = from_json(tmp_path, **POPUP, scheduler="constant", warmup_lr_ratio=0.1)
    assert found.recipe.training.warmup_ratio == 0
    assert row(found, "warmup_lr_ratio").outcome is Outcome.DEFAULT


@pytest.mark.parametrize(
    ("settings", "ranks"),
    [
        ({"lyco": True, "network_args": {"algo": "locon"}}, (8, 4)),
        ({"lyco": True, "network_args": {"algo": "locon", "conv_dim": "2"}}, (2, 4)),
        ({"locon": True, "locon_dim": None, "locon_alpha": None}, (8, 4)),
        ({"locon": True, "locon_dim": 3, "locon_alpha": None}, (3, 4)),
        ({"lyco": True, "network_args": {"preset": "attn-mlp"}}, (0, 1)),
        ({"lyco": False}, (0, 1)),
    ],
)
def test_convolutions_have_the_networks_rank_where_none_is_given(
    tmp_path: Path, settings: dict[str, object], ranks: tuple[int, float]
) -> None:
    network = from_json(tmp_path, **POPUP, alpha=4, **settings).recipe.network
    assert (network.conv_rank, network.conv_alpha) == ranks


def test_what_names_code_is_refused(tmp_path: Path) -> None:
    found = from_json(tmp_path, **POPUP, lr_scheduler_type="os.system", optimizer_type="a.b.C")
    assert row(found, "lr_scheduler_type").outcome is Outcome.REFUSED
    assert row(found, "optimizer_type").outcome is Outcome.REFUSED
    assert found.recipe.training.optimizer == "adamw"


def test_letters_that_steer_a_terminal_are_not_shown(tmp_path: Path) -> None:
    found = from_json(tmp_path, **POPUP, sparkle="\x1b[2Jgone\nline")
    assert row(found, "sparkle").source_value == " [2Jgone line"
