"""The config TOML of sd-scripts (`--config_file`): its options by name, flat or in sections.

Section names mean nothing there. What a file leaves out has the defaults of sd-scripts, which are
far from ours (rank 4, alpha 1, 1600 steps at a constant rate): they are taken as if written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lora_wizard.interchange import blocks, captions, objective
from lora_wizard.interchange.converting import (
    as_flag,
    executable,
    flag,
    integer,
    number,
    one_of,
    path,
    scheduler,
    share_of_steps,
    size,
    warmup,
    weights,
    words,
)
from lora_wizard.interchange.optimizing import (
    GATHERED,
    SINGLE,
    gathered,
    optimizer,
    options,
    rate_of,
)
from lora_wizard.interchange.sd_names import LOST, MACHINERY, RUNS_CODE
from lora_wizard.interchange.table import (
    Converter,
    Entry,
    Found,
    Source,
    Table,
    entry,
    idle,
    lost,
    refused,
    taken,
    translated,
)

PRECISIONS = {"no": "fp32", "fp16": "fp16", "bf16": "bf16"}
FILE_PRECISIONS = {"float": "fp32", "fp16": "fp16", "bf16": "bf16"}


def family_if(name: str) -> Converter:
    """A switch that says that the base is of this family."""

    def convert(value: Any, source: Source) -> Found:
        found = as_flag(value)
        if found is None:
            return refused("not_yes_or_no")
        return translated(name, "family") if found else idle("unset")

    return convert


def parts_if(name: str) -> Converter:
    """A switch that says that only this part is trained."""

    def convert(value: Any, source: Source) -> Found:
        found = as_flag(value)
        if found is None:
            return refused("not_yes_or_no")
        return translated(name, "parts") if found else idle("unset")

    return convert


def alpha(value: Any, source: Source) -> Found:
    """Alpha, where 0 means the rank."""
    found = number(value, source)
    rank = source.number("network_dim")
    if found.counts and found.value == 0:
        return translated(rank or 4.0, "alpha_zero")
    return found


def steps(value: Any, source: Source) -> Found:
    """Steps, where no epochs are given: those win."""
    if source.get("max_train_epochs") is not None:
        return idle("not_in_force", other="max_train_epochs")
    return integer(value, source)


def _warmup(value: Any, source: Source) -> Found:
    """A whole number is steps, a fraction is a share of them."""
    if isinstance(value, float):
        return warmup(taken(value), source.get("lr_scheduler") or "constant")
    found = integer(value, source)
    if not found.counts:
        return found
    total = None if source.get("max_train_epochs") else source.number("max_train_steps") or 1600
    return warmup(share_of_steps(found.value, total), source.get("lr_scheduler") or "constant")


def _rate(value: Any, source: Source) -> Found:
    if isinstance(value, list) and value and len(set(map(str, value))) == 1:
        value = value[0]
    return rate_of(source.get("optimizer_type"), number(value, source), source)


def _eight_bit(value: Any, source: Source) -> Found:
    if source.get("optimizer_type") is not None:
        return idle("not_in_force", other="optimizer_type")
    return translated("adamw8bit", "other_word") if as_flag(value) else idle("unset")


def _no_metadata(value: Any, source: Source) -> Found:
    return translated("minimal", "other_word") if as_flag(value) else idle("unset")


def network_kind(value: Any, source: Source) -> Found:
    """Which code makes the network: a plain LoRA, or one in convolutions, is what we have too."""
    name = str(value)
    algorithm = str(source.values.get("network_args.algo") or "lora").lower()
    if name.endswith("networks.lora") or (
        name == "lycoris.kohya" and algorithm in ("lora", "locon")
    ):
        return idle("same_network")
    return lost("no_such_network", value=f"{name} {algorithm}" if "lycoris" in name else name)


def _algorithm(value: Any, source: Source) -> Found:
    plain = str(value).lower() in ("lora", "locon")
    return idle("same_network") if plain else lost("no_such_network", value=str(value)[:40])


def prompts_file(value: Any, source: Source) -> Found:
    """A file of prompts is not followed: it lies on another machine."""
    return lost("prompts_file")


def dataset_file(value: Any, source: Source) -> Found:
    """A dataset TOML is read only when it is given too."""
    return lost("dataset_file")


NETWORK: tuple[Entry, ...] = (
    entry("network_dim", "network.rank", integer, otherwise=4),
    entry("network_alpha", "network.alpha", alpha, otherwise=1),
    entry("network_dropout", "network.dropout", number),
    entry("network_weights", "network.continue_from", path("--set network.continue_from=FILE")),
    entry("network_args.conv_dim", "network.conv_rank", integer),
    entry("network_args.conv_alpha", "network.conv_alpha", number),
    entry("network_args.dropout", "network.dropout", number),
    entry("network_args.rank_dropout", "network.rank_dropout", number),
    entry("network_args.module_dropout", "network.module_dropout", number),
    entry("network_train_unet_only", "network.parts", parts_if("unet")),
    entry("network_train_text_encoder_only", "network.parts", parts_if("text_encoder")),
)

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
    entry("max_train_steps", "training.steps", steps, otherwise=1600),
    entry("learning_rate", "training.learning_rate", _rate, otherwise=2e-6),
    entry("text_encoder_lr", "training.text_encoder_lr", _rate),
    entry("text_encoder_lr.2", "training.text_encoder_2_lr", _rate),
    entry("unet_lr", "training.unet_lr", _rate),
    entry("lr_scheduler", "training.scheduler", scheduler, otherwise="constant"),
    entry("lr_scheduler_num_cycles", "training.scheduler_cycles", integer),
    entry("lr_scheduler_power", "training.scheduler_power", number),
    entry("lr_warmup_steps", "training.warmup_ratio", _warmup, otherwise=0),
    entry("optimizer_type", "training.optimizer", optimizer),
    entry("use_8bit_adam", "training.optimizer", _eight_bit),
    entry("optimizer_args.weight_decay", "training.weight_decay", number),
    entry(GATHERED, "training.optimizer_options", options),
    entry("min_snr_gamma", "training.min_snr_gamma", number),
    entry("noise_offset", "training.noise_offset", number),
    entry("prior_loss_weight", "training.prior_loss_weight", number),
    entry("max_grad_norm", "training.max_grad_norm", number),
    entry("gradient_accumulation_steps", "training.gradient_accumulation", integer),
    entry("gradient_checkpointing", "training.gradient_checkpointing", flag),
    entry("seed", "training.seed", integer),
    entry("mixed_precision", "training.precision", one_of(PRECISIONS), otherwise="no"),
)

AROUND: tuple[Entry, ...] = (
    entry("pretrained_model_name_or_path", "model.base", weights("--base")),
    entry("vae", "model.vae", weights("--set model.vae=FILE")),
    entry("v2", "model.family", family_if("sd2")),
    entry("sdxl", "model.family", family_if("sdxl")),
    entry("clip_skip", "model.clip_skip", integer),
    entry("v_parameterization", "model.v_prediction", flag),
    entry("output_name", "saving.name", words),
    entry("save_every_n_epochs", "saving.every_epochs", integer),
    entry("save_every_n_steps", "saving.every_steps", integer),
    entry("save_precision", "saving.precision", one_of(FILE_PRECISIONS), otherwise="float"),
    entry("training_comment", "saving.comment", words),
    entry("no_metadata", "saving.metadata", _no_metadata),
    entry("sample_every_n_epochs", "sampling.every_epochs", integer),
    entry("sample_every_n_steps", "sampling.every_steps", integer),
)

OWN: Mapping[str, Converter] = {
    "network_module": network_kind,
    "network_args.algo": _algorithm,
    "sample_prompts": prompts_file,
    "dataset_config": dataset_file,
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
    return spread_arguments(flat)


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
    return blocks.gathered(gathered(spread))


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
