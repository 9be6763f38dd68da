"""The JSON of the kohya_ss GUI: everything on its page, filled in or not.

Traps: numbers in quotes; "" is unset, and 0 too for many; the warm-up is percent; a rate of 0
leaves a part out, one that cannot be read does not; an empty number of cycles means the epochs;
zeros of the clipping and of the regularisation's weight are lost on their way, so that the usual
1 counts; what a file does not name is as the page shows it (`gui_defaults`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lora_wizard.interchange import (
    blocks,
    captions,
    gui_options,
    gui_page,
    lycoris,
    objective,
    sd_options,
    sd_scripts,
)
from lora_wizard.interchange.converting import (
    as_number,
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
from lora_wizard.interchange.gui_page import ZERO_TOO
from lora_wizard.interchange.optimizing import GATHERED, SINGLE, optimizer, options
from lora_wizard.interchange.prompts import inline_prompts
from lora_wizard.interchange.sd_names import LOST, MACHINERY, RUNS_CODE
from lora_wizard.interchange.table import (
    Converter,
    Table,
    entry,
    idle,
    names,
    translated,
)

ENTRIES = (
    entry("pretrained_model_name_or_path", "model.base", weights("--base")),
    entry("vae", "model.vae", weights("--set model.vae=FILE")),
    entry("v2", "model.family", sd_options.family_if("sd2")),
    entry("sdxl sdxl_checkbox", "model.family", sd_options.family_if("sdxl")),
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
    entry("network_alpha", "network.alpha", sd_options.alpha),
    entry("conv_dim", "network.conv_rank", gui_page.convolutional(integer)),
    entry("conv_alpha", "network.conv_alpha", gui_page.convolutional(number), unset=ZERO_TOO),
    *(replace(one, convert=gui_page.only_lycoris(one.convert)) for one in lycoris.ENTRIES),
    entry("network_dropout", "network.dropout", number),
    entry("rank_dropout", "network.rank_dropout", number),
    entry("module_dropout", "network.module_dropout", number),
    entry("network_weights lora_network_weights", "network.continue_from",
          path("--set network.continue_from=FILE")),
    entry("(parts)", "network.parts", gui_page.parts),
    entry("train_batch_size", "training.batch_size", integer),
    entry("epoch", "training.epochs", gui_page.epoch, unset=ZERO_TOO),
    entry("max_train_epochs", "training.epochs", integer, unset=ZERO_TOO),
    entry("max_train_steps", "training.steps", gui_page.steps, unset=ZERO_TOO),
    entry("learning_rate", "training.learning_rate", gui_page.rate, unset=ZERO_TOO),
    entry("text_encoder_lr", "training.text_encoder_lr", gui_page.rate, unset=ZERO_TOO),
    entry("unet_lr", "training.unet_lr", gui_page.rate, unset=ZERO_TOO),
    entry("lr_scheduler", "training.scheduler", scheduler),
    entry("lr_scheduler_num_cycles", "training.scheduler_cycles", gui_page.cycles,
          unset=ZERO_TOO),
    entry("(cycles)", "training.scheduler_cycles", gui_page.cycles_from_epochs),
    entry("lr_scheduler_power", "training.scheduler_power", number, unset=ZERO_TOO),
    entry("lr_warmup_steps", "training.warmup_ratio", gui_page.warmup_steps, unset=ZERO_TOO),
    entry("lr_warmup", "training.warmup_ratio", gui_page.warmup_percent, unset=("", None),
          otherwise=0),
    entry("optimizer", "training.optimizer", optimizer),
    entry("use_8bit_adam", "training.optimizer",
          lambda value, source: idle("not_in_force", other="optimizer")
          if source.get("optimizer") else translated("adamw8bit", "other_word"),
          unset=("", None, False)),
    entry("optimizer_args.weight_decay", "training.weight_decay", number),
    entry(GATHERED, "training.optimizer_options", options),
    entry("min_snr_gamma", "training.min_snr_gamma", number, unset=ZERO_TOO),
    entry("noise_offset", "training.noise_offset", gui_page.noise_offset, unset=ZERO_TOO),
    entry("prior_loss_weight", "training.prior_loss_weight", gui_page.dropped_zero),
    entry("max_grad_norm", "training.max_grad_norm", gui_page.dropped_zero),
    entry("gradient_accumulation_steps", "training.gradient_accumulation", integer,
          unset=ZERO_TOO),
    entry("gradient_checkpointing", "training.gradient_checkpointing", flag),
    entry("seed", "training.seed", integer, unset=ZERO_TOO),
    entry("mixed_precision", "training.precision", one_of(sd_options.PRECISIONS)),
    entry("output_name", "saving.name", words),
    entry("save_every_n_epochs", "saving.every_epochs", integer, unset=ZERO_TOO),
    entry("save_every_n_steps", "saving.every_steps", integer, unset=ZERO_TOO),
    entry("save_precision", "saving.precision", one_of(sd_options.FILE_PRECISIONS)),
    entry("training_comment", "saving.comment", words),
    entry("sample_prompts", "sampling.prompts", inline_prompts),
    entry("sample_every_n_epochs", "sampling.every_epochs", integer, unset=ZERO_TOO),
    entry("sample_every_n_steps", "sampling.every_steps", integer, unset=ZERO_TOO),
    entry("loraplus_lr_ratio", "training.lora_plus_ratio", number, unset=ZERO_TOO),
)  # fmt: skip

OBJECTIVE = tuple(
    replace(one, convert=gui_page.pyramid(one.convert)) if "multires" in one.keys[0] else one
    for one in objective.ENTRIES
)

OWN: Mapping[str, Converter] = {
    "LoRA_type": gui_page.kind,
    "noise_offset_type": gui_page.noise_kind,
    "LyCORIS_preset": gui_page.only_lycoris(lycoris.preset),
    lycoris.PRESET: gui_page.only_lycoris(lycoris.preset),
    **dict.fromkeys(gui_page.CHANGES, gui_page.only_lycoris(lycoris.option)),
    **dict.fromkeys(gui_page.OTHERS, gui_page.of_other_kinds),
    "dataset_config": sd_options.dataset_file,
    "loraplus_unet_lr_ratio": lycoris.option,
    "loraplus_text_encoder_lr_ratio": lycoris.option,
    "t5xxl_lr": lycoris.option,
    **sd_options.TIMESTEPS,
    **SINGLE,
    **blocks.SINGLE,
    **dict.fromkeys(RUNS_CODE, executable),
    **gui_options.OWN,
}

PAGE = names(
    """
    accelerate_extra_arguments bypass_mode cache_info dynamo_mode dynamo_use_dynamic
    dynamo_use_fullgraph extra_accelerate_launch_args folder_dir gpu_ids headless
    lowvram lr_scheduler_num main_process_port model_list multi_gpu num_cpu_threads_per_process
    num_machines num_processes save_as save_as_bool sdxl_cache_text_encoder_outputs
    sdxl_no_half_vae split_mode train_blocks training_preset use_wandb xformers_type
    """
)
"""Settings of the page itself, and of how the trainer is started."""

TABLE = Table(
    (*ENTRIES, *blocks.ENTRIES, *captions.ENTRIES, *OBJECTIVE, *gui_options.ENTRIES),
    OWN,
    MACHINERY | PAGE | gui_options.MACHINERY,
    LOST | gui_options.LOST,
)


def flatten(data: Mapping[str, Any]) -> dict[str, Any]:
    """The page's settings, with what follows from several of them under names in brackets."""
    flat = sd_scripts.spread_arguments(data)
    if flat.get("LoRA_type") in gui_page.LYCORIS:
        flat = lycoris.gathered(flat, gui_page.PAGE)
    if parts := gui_page.trained_parts(flat):
        flat["(parts)"] = parts
    cycles = gui_page.cycles_unset(flat)
    if (
        flat.get("lr_scheduler_num_cycles") == ""
        and flat.get("lr_scheduler") == "cosine_with_restarts"
        and isinstance(as_number(cycles), int)
    ):
        flat["(cycles)"] = as_number(cycles)
    return objective.gathered(gui_options.spread(flat))


def version(data: Mapping[str, Any]) -> str:
    """Which of the GUI's times a file is of; a key of the catalogue."""
    if isinstance(data.get("xformers"), bool) or "lora_network_weights" in data:
        return "kohya_gui_2023"
    return "kohya_gui"


def is_kohya_gui(data: Mapping[str, Any]) -> bool:
    """Whether a JSON file looks like one of the GUI."""
    telling = {"LoRA_type", "max_resolution", "train_data_dir", "lr_warmup", "network_dim"}
    return "LoRA_type" in data or len(telling & set(data)) >= 3
