"""The JSON that the dialogs of LoRA_Easy_Training_Scripts save, in all versions of its keys.

Traps: `null` is unset; no warm-up and no kept tokens unless given; the steps win over the epochs;
its own import knew kohya_ss names, whose warm-up is percent; `8bit_adam` was meant as AdamW.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lora_wizard.interchange import blocks, captions, lycoris, objective, sd_options, sd_scripts
from lora_wizard.interchange.converting import (
    as_flag,
    as_number,
    executable,
    flag,
    integer,
    number,
    one_line,
    one_of,
    path,
    scheduler,
    unfit,
    warmup,
    weights,
    words,
)
from lora_wizard.interchange.optimizing import GATHERED, SINGLE, optimizer, options, rate_of
from lora_wizard.interchange.sd_names import LOST, MACHINERY, RUNS_CODE
from lora_wizard.interchange.sd_options import family_if, parts_if, prompts_file
from lora_wizard.interchange.table import (
    Converter,
    Found,
    Source,
    Table,
    entry,
    idle,
    lost,
    names,
    refused,
    taken,
    translated,
)

ZERO_TOO = ("", None, 0)
_POPUP_NAMES = lycoris.Names("network_args.preset", "net_dim", "alpha", "locon_dim", "locon_alpha")
_ARGUMENT_NAMES = lycoris.Names(
    "network_args.preset", "net_dim", "alpha", "network_args.conv_dim", "network_args.conv_alpha"
)


def _warmup_ratio(value: Any, source: Source) -> Found:
    return warmup(number(value, source), source.get("scheduler"))


def _warmup_percent(value: Any, source: Source) -> Found:
    """The warm-up under its kohya_ss name: percent there; below 1 nobody knows what was meant."""
    found = as_number(value)
    if source.get("warmup_lr_ratio") is not None:
        return idle("not_in_force", other="warmup_lr_ratio")
    if found is None or 0 < found < 1:
        return refused("percent_or_share")
    if found == 0:
        return taken(0.0)
    share = translated(round(found / 100, 6), "percent", percent=f"{found:g}")
    return warmup(share, source.get("scheduler"))


def _share(value: Any, source: Source) -> Found:
    """A share; the dialog asked for percent, so more than 1 is percent, and 1 may be either."""
    found = number(value, source)
    if not found.counts or 0 <= found.value < 1:
        return found
    if found.value == 1:
        return refused("percent_or_share")
    return translated(round(found.value / 100, 6), "percent", percent=f"{found.value:g}")


def _epochs(value: Any, source: Source) -> Found:
    if source.get("max_steps") is not None:
        return idle("not_in_force", other="max_steps")
    return integer(value, source)


def _alpha(value: Any, source: Source) -> Found:
    found = number(value, source)
    if found.counts and found.value == 0:
        return translated(source.number("net_dim") or 4.0, "alpha_zero")
    return found


def _width(value: Any, source: Source) -> Found:
    """The resolution, and its height where that is another."""
    if isinstance(value, str) and ("," in value or "x" in value):
        sides = [as_number(side) for side in value.replace("x", ",").split(",")]
    else:
        sides = [as_number(value), source.number("height_resolution") or as_number(value)]
    whole = [int(one) for one in sides if one is not None and float(one).is_integer()]
    if len(whole) != 2:
        return unfit(value, "not_a_size")
    return taken((whole[0], whole[1]))


def _height(value: Any, source: Source) -> Found:
    return idle("with", other="train_resolution")


def _eight_bit(value: Any, source: Source) -> Found:
    if source.get("optimizer_type") is not None:
        return idle("not_in_force", other="optimizer_type")
    if as_flag(source.get("use_lion")):
        return idle("not_in_force", other="use_lion")
    return translated("adamw8bit", "other_word") if as_flag(value) else idle("unset")


def _lion(value: Any, source: Source) -> Found:
    if source.get("optimizer_type") is not None:
        return idle("not_in_force", other="optimizer_type")
    return translated("lion", "other_word") if as_flag(value) else idle("unset")


def _rate(value: Any, source: Source) -> Found:
    return rate_of(source.get("optimizer_type"), number(value, source), source)


def _convolutional(convert: Converter) -> Converter:
    def converted(value: Any, source: Source) -> Found:
        if source.get("locon") is not None and not as_flag(source.get("locon")):
            return idle("no_convolutions", kind="LoRA")
        return convert(value, source)

    return converted


def _lyco(value: Any, source: Source) -> Found:
    if not as_flag(value) or lycoris.is_plain(source.values):
        return idle("same_network")
    return lost("no_such_network", value=one_line(source.values["network_args.algo"]))


def _locon(value: Any, source: Source) -> Found:
    return idle("with", other="locon_dim") if as_flag(value) else idle("unset")


def _no_metadata(value: Any, source: Source) -> Found:
    return translated("minimal", "other_word") if as_flag(value) else idle("unset")


ENTRIES = (
    entry("base_model pretrained_model_name_or_path", "model.base", weights("--base")),
    entry("vae", "model.vae", weights("--set model.vae=FILE")),
    entry("v2", "model.family", family_if("sd2")),
    entry("sdxl", "model.family", family_if("sdxl")),
    entry("clip_skip", "model.clip_skip", integer, unset=ZERO_TOO),
    entry("v_parameterization", "model.v_prediction", flag, unset=("", None, False)),
    entry("img_folder train_data_dir", "data.images", path("--images")),
    entry("reg_img_folder reg_data_dir", "data.regularisation", path("--reg")),
    entry("train_resolution max_resolution resolution", "data.resolution", _width),
    entry("buckets enable_bucket", "data.buckets", flag),
    entry("min_bucket_resolution min_bucket_reso", "data.bucket_min", integer, otherwise=320),
    entry("max_bucket_resolution max_bucket_reso", "data.bucket_max", integer, otherwise=960),
    entry("bucket_reso_steps", "data.bucket_step", integer, unset=ZERO_TOO),
    entry("bucket_no_upscale", "data.bucket_no_upscale", flag),
    entry("caption_extension", "data.caption_extension", words),
    entry("shuffle_captions shuffle_caption", "data.shuffle_captions", flag, otherwise=False),
    entry("keep_tokens", "data.keep_tokens", integer, otherwise=0),
    entry("caption_dropout_rate", "data.caption_dropout", _share),
    entry("caption_tag_dropout_rate", "data.tag_dropout", _share),
    entry("flip_aug", "data.flip", flag),
    entry("net_dim network_dim", "network.rank", integer),
    entry("alpha network_alpha", "network.alpha", _alpha),
    entry("network_args.conv_dim", "network.conv_rank", integer),
    entry("network_args.conv_alpha", "network.conv_alpha", number),
    entry("network_args.dropout", "network.dropout", number),
    entry("network_args.rank_dropout", "network.rank_dropout", number),
    entry("network_args.module_dropout", "network.module_dropout", number),
    *lycoris.ENTRIES,
    entry("locon_dim", "network.conv_rank", _convolutional(integer)),
    entry("locon_alpha", "network.conv_alpha", _convolutional(number)),
    entry("lora_model_for_resume network_weights", "network.continue_from",
          path("--set network.continue_from=FILE")),
    entry("unet_only", "network.parts", parts_if("unet")),
    entry("text_only", "network.parts", parts_if("text_encoder")),
    entry("batch_size train_batch_size", "training.batch_size", integer),
    entry("num_epochs epoch max_train_epochs", "training.epochs", _epochs, unset=ZERO_TOO),
    entry("max_steps max_train_steps", "training.steps", integer, unset=ZERO_TOO),
    entry("learning_rate", "training.learning_rate", _rate),
    entry("text_encoder_lr", "training.text_encoder_lr", _rate),
    entry("unet_lr", "training.unet_lr", _rate),
    entry("scheduler lr_scheduler", "training.scheduler", scheduler),
    entry("cosine_restarts lr_scheduler_num_cycles", "training.scheduler_cycles", integer),
    entry("scheduler_power lr_scheduler_power", "training.scheduler_power", number),
    entry("lr_warmup", "training.warmup_ratio", _warmup_percent),
    entry("warmup_lr_ratio", "training.warmup_ratio", _warmup_ratio, otherwise=0),
    entry("optimizer_type", "training.optimizer", optimizer),
    entry("use_8bit_adam", "training.optimizer", _eight_bit),
    entry("use_lion", "training.optimizer", _lion),
    entry("optimizer_args.weight_decay", "training.weight_decay", number),
    entry(GATHERED, "training.optimizer_options", options),
    entry("min_snr_gamma", "training.min_snr_gamma", number),
    entry("noise_offset", "training.noise_offset", number),
    entry("prior_loss_weight", "training.prior_loss_weight", number),
    entry("max_grad_norm", "training.max_grad_norm", number),
    entry("gradient_acc_steps gradient_accumulation_steps", "training.gradient_accumulation",
          integer, unset=ZERO_TOO),
    entry("gradient_checkpointing", "training.gradient_checkpointing", flag),
    entry("test_seed seed", "training.seed", integer),
    entry("mixed_precision", "training.precision", one_of(sd_options.PRECISIONS)),
    entry("change_output_name output_name", "saving.name", words),
    entry("save_every_n_epochs save_at_n_epochs", "saving.every_epochs", integer),
    entry("save_precision", "saving.precision", one_of(sd_options.FILE_PRECISIONS)),
    entry("training_comment comment", "saving.comment", words),
    entry("no_meta no_metadata", "saving.metadata", _no_metadata),
    entry("sample_every_n_epochs", "sampling.every_epochs", integer),
    entry("sample_every_n_steps", "sampling.every_steps", integer),
)  # fmt: skip

OWN: Mapping[str, Converter] = {
    "height_resolution": _height,
    "network_module": sd_options.network_kind,
    "network_args.algo": lambda value, source: idle("with", other="lyco"),
    "caption_separator": sd_scripts.TABLE.own["caption_separator"],
    "keep_tokens_separator": sd_scripts.TABLE.own["keep_tokens_separator"],
    **sd_options.TIMESTEPS,
    **lycoris.OPTIONS,
    "lyco": _lyco,
    "locon": _locon,
    "sample_prompts": prompts_file,
    "dataset_config": sd_options.dataset_file,
    **SINGLE,
    **blocks.SINGLE,
    **dict.fromkeys(RUNS_CODE, executable),
}

POPUP = names(
    """
    json_load_skip_list list_of_json_to_run load_json_path load_previous_save_state log_dir
    multi_run_folder num_cpu_threads_per_process num_workers output_folder persistent_workers
    save_as save_json_folder save_json_name save_json_only sort_tag_occurrence_alphabetically
    tag_occurrence_txt_file
    """
)
"""Settings of the dialogs themselves, and of how the program trains."""

TABLE = Table(
    (*ENTRIES, *blocks.ENTRIES, *captions.ENTRIES, *objective.ENTRIES), OWN, MACHINERY | POPUP, LOST
)


def flatten(data: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, with the arguments of network and optimizer one by one."""
    flat = sd_scripts.spread_arguments(data)
    switched = as_flag(flat.get("lyco")) or as_flag(flat.get("locon"))
    if not (switched or lycoris.is_lycoris(flat)) or not lycoris.is_plain(flat):
        return flat
    by_itself = flat.get("locon_dim") or flat.get("locon_alpha")
    return lycoris.gathered(flat, _POPUP_NAMES if by_itself else _ARGUMENT_NAMES)


def version(data: Mapping[str, Any]) -> str:
    """Of which time a file is; a key of the catalogue."""
    if "optimizer_type" in data:
        return "derrian_2023_spring"
    if {"use_8bit_adam", "use_lion", "locon_dim"} & set(data) and "save_at_n_epochs" not in data:
        return "derrian_2023_february"
    return "derrian_2023_january"


def is_derrian(data: Mapping[str, Any]) -> bool:
    """Whether a JSON file looks like one of LoRA_Easy_Training_Scripts."""
    telling = {"img_folder", "net_dim", "change_output_name", "train_resolution", "base_model"}
    telling |= {"warmup_lr_ratio", "cosine_restarts", "num_epochs", "output_folder"}
    return len(telling & set(data)) >= 2
