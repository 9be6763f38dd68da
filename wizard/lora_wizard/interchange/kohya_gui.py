"""The JSON of the kohya_ss GUI: everything on its page, filled in or not.

Traps: numbers in quotes; "" is unset, and 0 too for many; the warm-up is percent; a rate of 0
leaves a part out; an empty number of cycles means the epochs; zeros of the clipping and of the
regularisation's weight are lost on their way, so that the usual 1 counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lora_wizard.interchange import blocks, captions, objective, sd_scripts
from lora_wizard.interchange.converting import (
    as_number,
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
from lora_wizard.interchange.optimizing import GATHERED, SINGLE, optimizer, options, rate_of
from lora_wizard.interchange.prompts import inline_prompts
from lora_wizard.interchange.sd_names import LOST, MACHINERY, RUNS_CODE
from lora_wizard.interchange.sd_scripts import family_if
from lora_wizard.interchange.table import (
    Converter,
    Found,
    Source,
    Table,
    entry,
    idle,
    is_one_of,
    lost,
    names,
    translated,
)

ZERO_TOO = ("", None, 0, False)
_WITH_CONVOLUTIONS = ("Kohya LoCon", "LyCORIS/LoCon", "LoCon")


def _steps(value: Any, source: Source) -> Found:
    if source.get("max_train_epochs") is not None:
        return idle("not_in_force", other="max_train_epochs")
    return integer(value, source)


def _epoch(value: Any, source: Source) -> Found:
    """Epochs of the page; both limits below it win over it."""
    for other in ("max_train_epochs", "max_train_steps"):
        if source.get(other) is not None:
            return idle("not_in_force", other=other)
    return integer(value, source)


def _warmup_percent(value: Any, source: Source) -> Found:
    if source.get("lr_warmup_steps") is not None:
        return idle("not_in_force", other="lr_warmup_steps")
    found = number(value, source)
    if found.counts and found.value:
        share = round(found.value / 100, 6)
        found = translated(share, "percent", percent=f"{found.value:g}")
    return warmup(found, source.get("lr_scheduler"))


def _warmup_steps(value: Any, source: Source) -> Found:
    found = as_number(value)
    if found is None:
        return integer(value, source)
    share = share_of_steps(found, None if source.get("max_train_epochs") else _total(source))
    return warmup(share, source.get("lr_scheduler"))


def _total(source: Source) -> float | None:
    return source.number("max_train_steps")


def _cycles_from_epochs(value: Any, source: Source) -> Found:
    """Our own row; but a file may hold anything, also under this name."""
    cycles = as_number(value)
    if isinstance(cycles, int):
        return translated(cycles, "cycles_from_epochs")
    return integer(value, source)


def _cycles(value: Any, source: Source) -> Found:
    if str(value) != "":
        return integer(value, source)
    return idle("unset")


def _cycles_unset(values: Mapping[str, Any]) -> Any:
    """The cycles that count: an empty field means as many as there are epochs."""
    cycles = values.get("lr_scheduler_num_cycles")
    return values.get("epoch", 1) if cycles == "" else cycles


def _rate(value: Any, source: Source) -> Found:
    return rate_of(source.get("optimizer"), number(value, source), source)


def _convolutional(convert: Converter) -> Converter:
    """A setting of the convolutions: it stays on the page when the type has none."""

    def converted(value: Any, source: Source) -> Found:
        kind = source.get("LoRA_type")
        if kind is not None and kind not in _WITH_CONVOLUTIONS:
            return idle("no_convolutions", kind=str(kind)[:40])
        return convert(value, source)

    return converted


def _noise_offset(value: Any, source: Source) -> Found:
    kind = source.get("noise_offset_type")
    if kind not in (None, "Original"):
        return idle("not_in_force", other=f"noise_offset_type = {str(kind)[:20]}")
    return number(value, source)


def _noise_kind(value: Any, source: Source) -> Found:
    if value == "Multires":
        return idle("with", other="multires_noise_iterations")
    return idle("unset") if value == "Original" else lost()


def _pyramid(convert: Converter) -> Converter:
    """A setting of the layered noise: it stays on the page where the other kind is chosen."""

    def converted(value: Any, source: Source) -> Found:
        kind = source.get("noise_offset_type")
        if kind not in (None, "Multires"):
            return idle("not_in_force", other=f"noise_offset_type = {str(kind)[:20]}")
        return convert(value, source)

    return converted


def _kind(value: Any, source: Source) -> Found:
    if value in ("Standard", *_WITH_CONVOLUTIONS):
        return idle("same_network")
    return lost("no_such_network", value=str(value)[:40])


def _parts(value: Any, source: Source) -> Found:
    return sd_scripts.parts_if(str(value))(True, source)


def _dropped_zero(value: Any, source: Source) -> Found:
    """A number whose 0 never arrives."""
    found = number(value, source)
    if found.counts and found.value == 0:
        return translated(1.0, "zero_dropped")
    return found


ENTRIES = (
    entry("pretrained_model_name_or_path", "model.base", weights("--base")),
    entry("vae", "model.vae", weights("--set model.vae=FILE")),
    entry("v2", "model.family", family_if("sd2")),
    entry("sdxl sdxl_checkbox", "model.family", family_if("sdxl")),
    entry("clip_skip", "model.clip_skip", integer, unset=ZERO_TOO),
    entry("v_parameterization", "model.v_prediction", flag, unset=("", None, False)),
    entry("train_data_dir", "data.images", path("--images")),
    entry("reg_data_dir", "data.regularisation", path("--reg")),
    entry("max_resolution", "data.resolution", size),
    entry("enable_bucket", "data.buckets", flag),
    entry("min_bucket_reso", "data.bucket_min", integer, unset=ZERO_TOO),
    entry("max_bucket_reso", "data.bucket_max", integer, unset=ZERO_TOO),
    entry("bucket_reso_steps", "data.bucket_step", integer, unset=ZERO_TOO),
    entry("bucket_no_upscale", "data.bucket_no_upscale", flag),
    entry("caption_extension", "data.caption_extension", words, otherwise=".caption"),
    entry("shuffle_caption", "data.shuffle_captions", flag),
    entry("keep_tokens", "data.keep_tokens", integer, otherwise=0),
    entry("caption_dropout_rate", "data.caption_dropout", number),
    entry("flip_aug", "data.flip", flag),
    entry("network_dim", "network.rank", integer),
    entry("network_alpha", "network.alpha", sd_scripts.alpha),
    entry("conv_dim", "network.conv_rank", _convolutional(integer)),
    entry("conv_alpha", "network.conv_alpha", _convolutional(number), unset=ZERO_TOO),
    entry("network_dropout", "network.dropout", number),
    entry("rank_dropout", "network.rank_dropout", number),
    entry("module_dropout", "network.module_dropout", number),
    entry("network_weights lora_network_weights", "network.continue_from",
          path("--set network.continue_from=FILE")),
    entry("(parts)", "network.parts", _parts),
    entry("train_batch_size", "training.batch_size", integer),
    entry("epoch", "training.epochs", _epoch, unset=ZERO_TOO),
    entry("max_train_epochs", "training.epochs", integer, unset=ZERO_TOO),
    entry("max_train_steps", "training.steps", _steps, unset=ZERO_TOO),
    entry("learning_rate", "training.learning_rate", _rate, unset=ZERO_TOO),
    entry("text_encoder_lr", "training.text_encoder_lr", _rate, unset=ZERO_TOO),
    entry("unet_lr", "training.unet_lr", _rate, unset=ZERO_TOO),
    entry("lr_scheduler", "training.scheduler", scheduler),
    entry("lr_scheduler_num_cycles", "training.scheduler_cycles", _cycles, unset=ZERO_TOO),
    entry("(cycles)", "training.scheduler_cycles", _cycles_from_epochs),
    entry("lr_scheduler_power", "training.scheduler_power", number, unset=ZERO_TOO),
    entry("lr_warmup_steps", "training.warmup_ratio", _warmup_steps, unset=ZERO_TOO),
    entry("lr_warmup", "training.warmup_ratio", _warmup_percent, unset=("", None),
          otherwise=0),
    entry("optimizer", "training.optimizer", optimizer),
    entry("use_8bit_adam", "training.optimizer",
          lambda value, source: idle("not_in_force", other="optimizer")
          if source.get("optimizer") else translated("adamw8bit", "other_word"),
          unset=("", None, False)),
    entry("optimizer_args.weight_decay", "training.weight_decay", number),
    entry(GATHERED, "training.optimizer_options", options),
    entry("min_snr_gamma", "training.min_snr_gamma", number, unset=ZERO_TOO),
    entry("noise_offset", "training.noise_offset", _noise_offset, unset=ZERO_TOO),
    entry("prior_loss_weight", "training.prior_loss_weight", _dropped_zero),
    entry("max_grad_norm", "training.max_grad_norm", _dropped_zero),
    entry("gradient_accumulation_steps", "training.gradient_accumulation", integer,
          unset=ZERO_TOO),
    entry("gradient_checkpointing", "training.gradient_checkpointing", flag),
    entry("seed", "training.seed", integer, unset=ZERO_TOO),
    entry("mixed_precision", "training.precision", one_of(sd_scripts.PRECISIONS)),
    entry("output_name", "saving.name", words),
    entry("save_every_n_epochs", "saving.every_epochs", integer, unset=ZERO_TOO),
    entry("save_every_n_steps", "saving.every_steps", integer, unset=ZERO_TOO),
    entry("save_precision", "saving.precision", one_of(sd_scripts.FILE_PRECISIONS)),
    entry("training_comment", "saving.comment", words),
    entry("sample_prompts", "sampling.prompts", inline_prompts),
    entry("sample_every_n_epochs", "sampling.every_epochs", integer, unset=ZERO_TOO),
    entry("sample_every_n_steps", "sampling.every_steps", integer, unset=ZERO_TOO),
)  # fmt: skip

OBJECTIVE = tuple(
    replace(one, convert=_pyramid(one.convert)) if "multires" in one.keys[0] else one
    for one in objective.ENTRIES
)

OWN: Mapping[str, Converter] = {
    "LoRA_type": _kind,
    "noise_offset_type": _noise_kind,
    "dataset_config": sd_scripts.dataset_file,
    **SINGLE,
    **blocks.SINGLE,
    **dict.fromkeys(RUNS_CODE, executable),
}

PAGE = names(
    """
    accelerate_extra_arguments LyCORIS_preset cache_info dynamo_mode dynamo_use_dynamic
    dynamo_use_fullgraph enable_all_linear extra_accelerate_launch_args gpu_ids lr_scheduler_num
    headless main_process_port model_list multi_gpu num_cpu_threads_per_process num_machines
    num_processes save_as save_as_bool stop_text_encoder_training_pct use_wandb
    """
)
"""Settings of the page itself, and of how the trainer is started."""

TABLE = Table(
    (*ENTRIES, *blocks.ENTRIES, *captions.ENTRIES, *OBJECTIVE), OWN, MACHINERY | PAGE, LOST
)


def flatten(data: Mapping[str, Any]) -> dict[str, Any]:
    """The page's settings, with what follows from several of them under names in brackets."""
    flat = sd_scripts.spread_arguments(data)
    text_encoder, unet = (_nonzero(flat.get(key)) for key in ("text_encoder_lr", "unet_lr"))
    if text_encoder != unet and "unet_lr" in flat and "text_encoder_lr" in flat:
        flat["(parts)"] = "unet" if unet else "text_encoder"
    cycles = _cycles_unset(flat)
    if (
        flat.get("lr_scheduler_num_cycles") == ""
        and flat.get("lr_scheduler") == "cosine_with_restarts"
        and isinstance(as_number(cycles), int)
    ):
        flat["(cycles)"] = as_number(cycles)
    return flat


def _nonzero(value: Any) -> bool:
    return not is_one_of(as_number(value), ("", None, 0))


def version(data: Mapping[str, Any]) -> str:
    """Which of the GUI's times a file is of; a key of the catalogue."""
    if isinstance(data.get("xformers"), bool) or "lora_network_weights" in data:
        return "kohya_gui_2023"
    return "kohya_gui"


def is_kohya_gui(data: Mapping[str, Any]) -> bool:
    """Whether a JSON file looks like one of the GUI."""
    telling = {"LoRA_type", "max_resolution", "train_data_dir", "lr_warmup", "network_dim"}
    return "LoRA_type" in data or len(telling & set(data)) >= 3
