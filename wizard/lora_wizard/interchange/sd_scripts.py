"""The config TOML of sd-scripts (`--config_file`): its options by name, flat or in sections.

Section names mean nothing there. What a file leaves out has the defaults of sd-scripts, which are
far from ours (rank 4, alpha 1, 1600 steps at a constant rate): they are taken as if written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lora_wizard.interchange import blocks, captions, lycoris, objective, sd_options
from lora_wizard.interchange.converting import (
    executable,
    flag,
    integer,
    number,
    one_of,
    path,
    scheduler,
    size,
    weights,
    words,
)
from lora_wizard.interchange.optimizing import (
    GATHERED,
    SINGLE,
    gathered,
    optimizer,
    options,
)
from lora_wizard.interchange.sd_names import LOST, MACHINERY, RUNS_CODE
from lora_wizard.interchange.table import (
    Converter,
    Entry,
    Table,
    entry,
)

NETWORK: tuple[Entry, ...] = (
    entry("network_dim", "network.rank", integer, otherwise=4),
    entry("network_alpha", "network.alpha", sd_options.alpha, otherwise=1),
    entry("network_dropout", "network.dropout", number),
    entry("network_weights", "network.continue_from", path("--set network.continue_from=FILE")),
    entry("network_args.conv_dim", "network.conv_rank", lycoris.convolutional(integer)),
    entry("network_args.conv_alpha", "network.conv_alpha",
          lycoris.convolutional(lycoris.conv_alpha)),
    *lycoris.ENTRIES,
    entry("network_args.dropout", "network.dropout", number),
    entry("network_args.rank_dropout", "network.rank_dropout", number),
    entry("network_args.module_dropout", "network.module_dropout", number),
    entry("network_train_unet_only", "network.parts", sd_options.parts_if("unet")),
    entry("network_train_text_encoder_only", "network.parts", sd_options.parts_if("text_encoder")),
)  # fmt: skip

PICTURES: tuple[Entry, ...] = (
    entry("train_data_dir", "data.images", path("--images")),
    entry("reg_data_dir", "data.regularisation", path("--reg")),
    entry("resolution", "data.resolution", size),
    entry("enable_bucket", "data.buckets", flag, otherwise=False),
    entry("min_bucket_reso", "data.bucket_min", integer),
    entry("max_bucket_reso", "data.bucket_max", integer),
    entry("bucket_reso_steps", "data.bucket_step", integer),
    entry("bucket_no_upscale", "data.bucket_no_upscale", flag),
    entry("caption_extension caption_extention", "data.caption_extension", words,
          otherwise=".caption"),
    entry("shuffle_caption", "data.shuffle_captions", flag, otherwise=False),
    entry("keep_tokens", "data.keep_tokens", integer, otherwise=0),
    entry("caption_dropout_rate", "data.caption_dropout", number),
    entry("caption_tag_dropout_rate", "data.tag_dropout", number),
    entry("alpha_mask", "data.alpha_mask", flag),
    entry("flip_aug", "data.flip", flag),
)  # fmt: skip
"""Options that a dataset TOML may hold in place of the config."""

TRAINING: tuple[Entry, ...] = (
    entry("train_batch_size", "training.batch_size", integer),
    entry("max_train_epochs", "training.epochs", integer),
    entry("max_train_steps", "training.steps", sd_options.steps, otherwise=1600),
    entry("learning_rate", "training.learning_rate", sd_options.rate, otherwise=2e-6),
    entry("text_encoder_lr", "training.text_encoder_lr", sd_options.rate),
    entry("text_encoder_lr.2", "training.text_encoder_2_lr", sd_options.rate),
    entry("unet_lr", "training.unet_lr", sd_options.rate),
    entry("lr_scheduler", "training.scheduler", scheduler, otherwise="constant"),
    entry("lr_scheduler_num_cycles", "training.scheduler_cycles", integer),
    entry("lr_scheduler_power", "training.scheduler_power", number),
    entry("lr_warmup_steps", "training.warmup_ratio", sd_options.warmup_steps, otherwise=0),
    entry("optimizer_type", "training.optimizer", optimizer),
    entry("use_8bit_adam", "training.optimizer", sd_options.eight_bit),
    entry("use_lion_optimizer", "training.optimizer", sd_options.lion),
    entry("optimizer_args.weight_decay", "training.weight_decay", number),
    entry(GATHERED, "training.optimizer_options", options),
    entry("min_snr_gamma", "training.min_snr_gamma", number),
    entry("noise_offset", "training.noise_offset", number),
    entry("prior_loss_weight", "training.prior_loss_weight", number),
    entry("max_grad_norm", "training.max_grad_norm", number),
    entry("gradient_accumulation_steps", "training.gradient_accumulation", integer),
    entry("gradient_checkpointing", "training.gradient_checkpointing", flag),
    entry("seed", "training.seed", integer),
    entry("mixed_precision", "training.precision", one_of(sd_options.PRECISIONS), otherwise="no"),
)

AROUND: tuple[Entry, ...] = (
    entry("pretrained_model_name_or_path", "model.base", weights("--base")),
    entry("vae", "model.vae", weights("--set model.vae=FILE")),
    entry("v2", "model.family", sd_options.family_if("sd2")),
    entry("sdxl", "model.family", sd_options.family_if("sdxl")),
    entry("clip_skip", "model.clip_skip", integer),
    entry("v_parameterization", "model.v_prediction", flag),
    entry("output_name", "saving.name", words),
    entry("save_every_n_epochs", "saving.every_epochs", integer),
    entry("save_every_n_steps", "saving.every_steps", integer),
    entry(
        "save_precision", "saving.precision", one_of(sd_options.FILE_PRECISIONS), otherwise="float"
    ),
    entry("training_comment", "saving.comment", words),
    entry("no_metadata", "saving.metadata", sd_options.no_metadata),
    entry("sample_every_n_epochs", "sampling.every_epochs", integer),
    entry("sample_every_n_steps", "sampling.every_steps", integer),
)

OWN: Mapping[str, Converter] = {
    "network_module": sd_options.network_kind,
    "network_args.algo": sd_options.algorithm,
    "sample_prompts": sd_options.prompts_file,
    "dataset_config": sd_options.dataset_file,
    "epoch": sd_options.of_the_page,
    "noise_offset_type": sd_options.of_the_page,
    "caption_separator": sd_options.only(","),
    "keep_tokens_separator": sd_options.kept_separator,
    **sd_options.TIMESTEPS,
    **lycoris.OPTIONS,
    **SINGLE,
    **blocks.SINGLE,
    **dict.fromkeys(RUNS_CODE, executable),
}

TABLE = Table(
    (
        *AROUND,
        *PICTURES,
        *NETWORK,
        *TRAINING,
        *blocks.ENTRIES,
        *captions.ENTRIES,
        *objective.ENTRIES,
    ),
    OWN,
    MACHINERY,
    LOST,
)


def flatten(data: Mapping[str, Any]) -> dict[str, Any]:
    """The options of all sections, and `network_args` and `optimizer_args` one by one.

    As in sd-scripts, a section's name is dropped; of options that stand twice the last one counts.
    """
    flat: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, dict):
            flat |= value
        else:
            flat[key] = value
    spread = spread_arguments(flat)
    if lycoris.is_lycoris(spread) and lycoris.is_plain(spread):
        return lycoris.gathered(spread)
    return spread


def spread_arguments(flat: Mapping[str, Any]) -> dict[str, Any]:
    """`network_args = ["conv_dim=8"]` as `network_args.conv_dim = "8"`, in its place; and of a pair
    of rates for SDXL's text encoders the second one by itself."""
    spread: dict[str, Any] = {}
    for key, value in flat.items():
        if key == "text_encoder_lr" and isinstance(value, list) and len(value) == 2:
            spread |= {key: value[0], f"{key}.2": value[1]}
            continue
        if key not in ("network_args", "optimizer_args"):
            spread[key] = value
            continue
        for name, inner in arguments(value).items():
            spread[f"{key}.{name}"] = inner
    return objective.gathered(blocks.gathered(gathered(spread)))


def arguments(value: Any) -> dict[str, Any]:
    """Arguments given as a table, a list of `key=value`, or such words in one text."""
    if isinstance(value, dict):
        return dict(value)
    listed = value.split() if isinstance(value, str) else value
    found = {}
    for word in listed if isinstance(listed, list) else []:
        name, _, inner = str(word).partition("=")
        found[name.strip(' "')] = inner.strip(' "')
    return found


def is_config(data: Mapping[str, Any]) -> bool:
    """Whether a TOML file looks like a config of sd-scripts."""
    known = {name for one in TABLE.entries for name in one.keys} | MACHINERY | LOST | set(OWN)
    telling = known - {"seed", "resolution", "vae", "learning_rate"}
    return len(telling & set(flatten(data))) >= 1
