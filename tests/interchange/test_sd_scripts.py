"""Config and dataset TOML of sd-scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_wizard.errors import RecipeError
from lora_wizard.interchange import Outcome, read_foreign
from tests.interchange.reading import FILES, from_toml, imported, row

PLAIN = 'network_module = "networks.lora"\n'


def test_a_flat_config_is_read() -> None:
    found = imported("sd_flat.toml")
    recipe = found.recipe
    assert found.format == "Config TOML of sd-scripts"
    assert (recipe.network.conv_rank, recipe.network.conv_alpha) == (8, 4)
    assert (recipe.network.rank, recipe.network.rank_dropout) == (32, 0.1)
    assert (recipe.training.optimizer, recipe.training.weight_decay) == ("adamw8bit", 0.1)
    assert (recipe.training.precision, recipe.saving.precision) == ("bf16", "fp32")
    assert (recipe.data.images, recipe.training.noise_offset) == ("/data/mira", 0.05)


def test_sections_are_flattened_and_their_names_mean_nothing() -> None:
    found = imported("sd_sections.toml")
    recipe = found.recipe
    assert (recipe.model.family, recipe.model.v_prediction) == ("sd2", True)
    assert (recipe.training.epochs, recipe.training.batch_size) == (10, 2)
    assert row(found, "network_args.algo").outcome is Outcome.NO_COUNTERPART
    assert row(found, "network_module").outcome is Outcome.NO_COUNTERPART
    assert row(found, "lr_scheduler_type").outcome is Outcome.REFUSED
    assert recipe.training.optimizer == "lion"


LYCORIS = 'network_module = "lycoris.kohya"\nnetwork_dim = 16\nnetwork_alpha = 8\n'


@pytest.mark.parametrize(
    ("arguments", "ranks", "parts"),
    [
        (["algo=locon"], (16, 8), "both"),
        ([], (16, 8), "both"),
        (["algo=lora", "conv_dim=4"], (4, 8), "both"),
        (["algo=locon", "conv_dim=4", "conv_alpha=2"], (4, 2), "both"),
        (["algo=locon", "conv_dim=4", "conv_alpha=0"], (4, 4), "both"),
        (["algo=locon", "conv_dim=0"], (0, 8), "both"),
        (["algo=locon", "preset=attn-mlp"], (0, 1), "both"),
        (["algo=locon", "preset=full-lin", "conv_dim=4"], (0, 1), "both"),
        (["algo=locon", "preset=unet-only"], (16, 8), "unet"),
        (["algo=locon", "preset=unet-transformer-only"], (0, 1), "unet"),
    ],
)
def test_lycoris_gives_convolutions_the_networks_rank_and_its_presets_choose_layers(
    tmp_path: Path, arguments: list[str], ranks: tuple[int, float], parts: str
) -> None:
    network = from_toml(tmp_path, f"{LYCORIS}network_args = {arguments!r}\n").recipe.network
    assert (network.conv_rank, network.conv_alpha) == ranks
    assert network.parts == parts


def test_a_plain_lora_has_no_convolutions_where_none_are_given(tmp_path: Path) -> None:
    assert from_toml(tmp_path, f"{PLAIN}network_dim = 16\n").recipe.network.conv_rank == 0


@pytest.mark.parametrize("name", ["attn-only", "unet-convblock-only", "my.toml"])
def test_a_preset_of_lycoris_that_has_no_counterpart_is_named(tmp_path: Path, name: str) -> None:
    found = from_toml(tmp_path, f'{LYCORIS}network_args = ["algo=locon", "preset={name}"]\n')
    assert "Not translated" in row(found, "network_args.preset").note


@pytest.mark.parametrize("name", ["dora_wd", "use_tucker", "train_norm", "rs_lora"])
def test_options_of_lycoris_that_change_what_is_learned_are_named(
    tmp_path: Path, name: str
) -> None:
    text = f'{LYCORIS}network_args = ["algo=locon", "{name}=True", "use_scalar=False"]\n'
    found = from_toml(tmp_path, text)
    assert "Not translated" in row(found, f"network_args.{name}").note
    assert row(found, "network_args.use_scalar").outcome is Outcome.DEFAULT


def test_other_networks_of_lycoris_are_warned_about(tmp_path: Path) -> None:
    found = from_toml(tmp_path, f'{LYCORIS}network_args = ["algo=lokr"]\nunet_lr = 1e-3\n')
    assert any("another kind of network" in one for one in found.warnings)


@pytest.mark.parametrize(
    ("value", "outcome"), [("|||", Outcome.DEFAULT), ("+++", Outcome.NO_COUNTERPART)]
)
def test_what_divides_kept_tags_is_understood(tmp_path: Path, value: str, outcome: Outcome) -> None:
    found = from_toml(tmp_path, f'{PLAIN}keep_tokens_separator = "{value}"\n')
    assert row(found, "keep_tokens_separator").outcome is outcome
    dataset = f'[general]\nkeep_tokens_separator = "{value}"\n[[datasets]]\nresolution = 512\n'
    assert row(from_toml(tmp_path, dataset), "keep_tokens_separator").outcome is outcome


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("min_snr_gamma = 5\nzero_terminal_snr = true\n", True),
        ("debiased_estimation_loss = true\nzero_terminal_snr = true\n", True),
        ("scale_v_pred_loss_like_noise_pred = true\nzero_terminal_snr = true\n", True),
        ("min_snr_gamma = 0\nzero_terminal_snr = true\n", False),
        ("min_snr_gamma = 5\nzero_terminal_snr = false\n", False),
        ("min_snr_gamma = 5\n", False),
        ("zero_terminal_snr = true\n", False),
    ],
)
def test_timesteps_are_weighed_as_sd_scripts_does(tmp_path: Path, text: str, before: bool) -> None:
    found = from_toml(tmp_path, PLAIN + text)
    assert found.recipe.loss.snr_before_rescaling is before
    if before:
        assert "as sd-scripts does" in row(found, "(snr_before_rescaling)").note


def test_all_timesteps_are_no_loss(tmp_path: Path) -> None:
    found = from_toml(tmp_path, PLAIN + "min_timestep = 0\nmax_timestep = 1000\n")
    assert row(found, "max_timestep").outcome is Outcome.DEFAULT
    found = from_toml(tmp_path, PLAIN + "max_timestep = 900\n")
    assert row(found, "max_timestep").outcome is Outcome.NO_COUNTERPART


def test_epochs_win_over_steps() -> None:
    assert "max_train_epochs decides" in row(imported("sd_sections.toml"), "max_train_steps").note


def test_a_rate_of_zero_is_kept_as_it_leaves_the_part_out_there_too() -> None:
    assert imported("sd_sections.toml").recipe.training.unet_lr == 0


def test_alpha_zero_means_the_rank() -> None:
    found = imported("sd_flat.toml")
    assert found.recipe.network.alpha == 32
    assert row(found, "network_alpha").note == "0 means the rank there."


def test_a_whole_warm_up_is_steps_and_a_fraction_a_share() -> None:
    assert imported("sd_flat.toml").recipe.training.warmup_ratio == 0.05
    assert imported("sd_sections.toml").recipe.training.warmup_ratio == 0.1


def test_warm_up_steps_of_an_unknown_total_are_not_guessed(tmp_path: Path) -> None:
    text = PLAIN + 'lr_scheduler = "cosine"\nlr_warmup_steps = 50\nmax_train_epochs = 3\n'
    found = from_toml(tmp_path, text)
    assert row(found, "lr_warmup_steps").outcome is Outcome.NO_COUNTERPART
    assert "training.warmup_ratio" in row(found, "lr_warmup_steps").note


def test_what_a_config_leaves_out_has_the_defaults_of_sd_scripts(tmp_path: Path) -> None:
    found = from_toml(tmp_path, PLAIN)
    recipe = found.recipe
    assert (recipe.network.rank, recipe.network.alpha) == (4, 1)
    assert (recipe.training.steps, recipe.training.learning_rate) == (1600, 2e-6)
    assert (recipe.training.scheduler, recipe.training.warmup_ratio) == ("constant", 0)
    assert (recipe.data.caption_extension, recipe.data.shuffle_captions) == (".caption", False)
    assert (recipe.data.keep_tokens, recipe.data.buckets) == (0, False)
    assert (recipe.training.precision, recipe.saving.precision) == ("fp32", "fp32")
    assert row(found, "network_dim").source_value == ""
    assert row(found, "network_dim").note == "Not in the file; that program uses 4."


def test_what_stands_in_a_dataset_file_that_is_not_given_is_not_made_up() -> None:
    found = imported("sd_sections.toml")
    assert found.recipe.data.caption_extension == ".txt"
    assert "--dataset" in row(found, "dataset_config").note


def test_a_dataset_is_read_and_folders_that_fit_are_taken(tmp_path: Path) -> None:
    found = imported("sd_dataset.toml")
    data = found.recipe.data
    assert found.format == "Dataset TOML of sd-scripts"
    assert (data.images, data.regularisation) == ("/data/train", "")
    assert (data.resolution, data.bucket_min, data.bucket_max) == ((512, 512), 320, 960)
    assert (data.keep_tokens, found.recipe.training.batch_size) == (1, 4)


def test_a_folder_that_does_not_fit_is_told_what_to_make() -> None:
    notes = [one.note for one in imported("sd_dataset.toml").rows]
    wanted = "make a sub-folder 3_1girl with the pictures of /data/people"
    assert any(wanted in note and "--reg" in note for note in notes)


def test_repeats_other_than_the_folders_do_not_fit(tmp_path: Path) -> None:
    text = '[[datasets]]\n[[datasets.subsets]]\nimage_dir = "/data/10_mira"\nnum_repeats = 4\n'
    found = from_toml(tmp_path, text)
    assert found.recipe.data.images == ""
    assert "sub-folder 4_mira" in row(found, "subsets.image_dir").note


def test_subsets_that_differ_are_said() -> None:
    assert "subsets differ" in row(imported("sd_dataset.toml"), "keep_tokens").note


def test_config_and_dataset_together_and_the_dataset_counts() -> None:
    found = imported("sd_sections.toml", dataset=FILES / "sd_dataset.toml")
    assert found.format == "Config and dataset TOML of sd-scripts"
    assert (found.recipe.data.images, found.recipe.data.bucket_max) == ("/data/train", 960)
    assert (found.recipe.training.batch_size, found.recipe.training.epochs) == (4, 10)


def test_a_dataset_goes_with_nothing_else() -> None:
    with pytest.raises(RecipeError, match="do not go together"):
        imported("kohya_gui.json", dataset=FILES / "sd_dataset.toml")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", "{", "is not JSON"),
        ("a.toml", "a = \n", "is not TOML"),
        ("a.yaml", "- a\n- b: c\n", "is not TOML"),
        ("a.json", "[1]", "holds a list"),
        ("a.json", '{"a": 1}', "of no format known here"),
        ("a.toml", "format = 1\n[preset]\n", "a file of LoRA Wizard itself"),
        pytest.param("a.json", '{"a": ' * 100_000, "nested more than", id="deep"),
        ("a.pkl", "\x80\x04", "is not"),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, name: str, content: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RecipeError, match=message):
        read_foreign(path)


def test_a_file_that_is_missing_or_huge_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="cannot be read"):
        read_foreign(tmp_path / "none.json")
    (tmp_path / "huge.json").write_text(" " * 2_000_001, encoding="utf-8")
    with pytest.raises(RecipeError, match="too large"):
        read_foreign(tmp_path / "huge.json")


def test_notes_are_in_the_language_asked_for() -> None:
    found = imported("sd_flat.toml", language="ja")
    assert found.format == "sd-scriptsの設定TOML"
    assert row(found, "network_alpha").note == "元では0はランクと同じ値を意味します。"
