"""The TOML that today's LoRA_Easy_Training_Scripts saves."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_wizard.errors import RecipeError
from lora_wizard.interchange import Outcome
from tests.interchange.reading import from_toml, imported, row

PLAIN = "[general_args.args]\nmax_train_epochs = 3\n"


def test_a_file_of_the_window_is_read() -> None:
    found = imported("derrian.toml")
    recipe = found.recipe
    assert found.format == "TOML of LoRA_Easy_Training_Scripts"
    assert (recipe.model.base, recipe.model.clip_skip) == ("/models/anime.safetensors", 2)
    assert (recipe.model.v_prediction, recipe.model.zero_terminal_snr) == (True, True)
    assert (recipe.data.images, recipe.data.regularisation) == ("/data/train", "/data/reg")
    assert (recipe.data.resolution, recipe.data.bucket_min) == ((512, 768), 320)
    assert (recipe.data.shuffle_captions, recipe.data.keep_tokens) == (True, 2)
    assert (recipe.data.caption_tokens, recipe.training.batch_size) == (150, 3)
    assert (recipe.network.rank, recipe.network.alpha) == (24, 12)
    assert (recipe.network.conv_rank, recipe.network.conv_alpha) == (8, 4)
    assert (recipe.training.epochs, recipe.training.seed) == (12, 7)
    assert (recipe.training.optimizer, recipe.training.weight_decay) == ("adamw8bit", 0.1)
    assert recipe.training.optimizer_options == ("betas=(0.9, 0.99)",)
    assert (recipe.training.scheduler, recipe.training.scheduler_cycles) == (
        "cosine_with_restarts",
        3,
    )
    assert (recipe.training.warmup_ratio, recipe.training.min_snr_gamma) == (0.05, 5)
    assert (recipe.training.text_encoder_lr, recipe.training.noise_offset) == (5e-5, 0.03)
    assert (recipe.training.precision, recipe.saving.precision) == ("bf16", "fp16")
    assert (recipe.saving.name, recipe.saving.every_epochs) == ("mira", 2)
    assert recipe.saving.tensorboard
    assert not found.warnings


def test_no_name_of_the_window_is_unknown() -> None:
    assert [one for one in imported("derrian.toml").rows if "not known" in one.note] == []


def test_its_secrets_are_neither_read_nor_shown() -> None:
    found = imported("derrian.toml")
    assert row(found, "wandb_api_key").outcome is Outcome.REFUSED
    assert "0123456789abcdef" not in repr(found)


def test_a_zero_never_arrives_at_the_trainer_so_its_own_default_counts(tmp_path: Path) -> None:
    zeros = "[optimizer_args.args]\nmax_grad_norm = 0\nunet_lr = 0\nlearning_rate = 2e-4\n"
    found = from_toml(tmp_path, PLAIN + zeros)
    assert (found.recipe.training.max_grad_norm, found.recipe.training.unet_lr) == (1, None)
    assert found.recipe.network.parts == "both"


def test_what_a_file_leaves_out_is_as_the_window_shows_it(tmp_path: Path) -> None:
    recipe = from_toml(tmp_path, PLAIN).recipe
    assert (recipe.network.rank, recipe.network.alpha) == (32, 16)
    assert (recipe.training.learning_rate, recipe.training.scheduler) == (1e-4, "cosine")
    assert (recipe.training.seed, recipe.model.clip_skip) == (23, 2)
    assert (recipe.data.caption_tokens, recipe.data.caption_extension) == (225, ".txt")
    assert (recipe.data.buckets, recipe.training.warmup_ratio) == (False, 0)


def test_a_file_of_a_few_settings_is_warned_about(tmp_path: Path) -> None:
    (warning,) = from_toml(tmp_path, PLAIN).warnings
    assert "network.rank, training.learning_rate" in warning


def test_subsets_alone_are_recognised_and_told_what_folder_to_make(tmp_path: Path) -> None:
    found = from_toml(tmp_path, '[[subsets]]\nimage_dir = "/d/mira"\nnum_repeats = 4\n')
    assert found.recipe.data.images == ""
    assert "sub-folder 4_mira" in row(found, "subsets.image_dir").note


def test_sdxl_has_no_clip_skip(tmp_path: Path) -> None:
    recipe = from_toml(tmp_path, PLAIN + "sdxl = true\n").recipe
    assert (recipe.model.family, recipe.model.clip_skip) == ("sdxl", 1)


def test_its_schedule_that_starts_anew_has_a_near_one_here(tmp_path: Path) -> None:
    name = "LoraEasyCustomOptimizer.CosineAnnealingWarmRestarts.CosineAnnealingWarmRestarts"
    text = f'{PLAIN}[optimizer_args.args]\nlr_scheduler_type = "{name}"\n'
    found = from_toml(tmp_path, text)
    assert found.recipe.training.scheduler == "cosine_with_restarts"
    assert row(found, "lr_scheduler_type").outcome is Outcome.TRANSLATED


def test_another_class_for_the_schedule_is_named_and_not_run(tmp_path: Path) -> None:
    text = f'{PLAIN}[optimizer_args.args]\nlr_scheduler_type = "os.system"\n'
    assert row(from_toml(tmp_path, text), "lr_scheduler_type").outcome is Outcome.NO_COUNTERPART


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('[train_mode]\ntrain_mode = "textual_inversion"\n', "textual inversion"),
        ('[flux_args.args]\nae = "/m/ae.safetensors"\nt5xxl = "/m/t5.safetensors"\n', "FLUX.1"),
        ("[flux_args.args]\nguidance_scale = 3.5\n", "FLUX.1"),
    ],
)
def test_another_family_or_kind_is_refused_by_name(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(RecipeError, match=word):
        from_toml(tmp_path, PLAIN + text)
