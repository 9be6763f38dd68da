"""What sd-scripts accepts, rebuilt from its rules, to hold exports against.

Of a dataset TOML: which settings may stand at `[general]`, at a dataset and at a subset, and of
what type (`library/config_util.py`, `ConfigSanitizer`). Of a config TOML: its options, their types
and choices (`library/train_util.py`, `train_network.py`), and what it asserts before it trains.
Version of February 2026.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _switch(value: Any) -> bool:
    return isinstance(value, bool)


def _whole(value: Any) -> bool:
    return isinstance(value, int)


def _real(value: Any) -> bool:
    """Only with a point: its schema says `float`."""
    return isinstance(value, float)


def _number(value: Any) -> bool:
    return isinstance(value, int | float)


def _pair_of(check: Check) -> Check:
    return lambda value: (
        isinstance(value, list | tuple) and len(value) == 2 and all(map(check, value))
    )


def _size(value: Any) -> bool:
    return _whole(value) or _pair_of(_whole)(value)


SUBSET: Mapping[str, Check] = {
    "color_aug": _switch,
    "face_crop_aug_range": _pair_of(_real),
    "flip_aug": _switch,
    "num_repeats": _whole,
    "random_crop": _switch,
    "shuffle_caption": _switch,
    "keep_tokens": _whole,
    "keep_tokens_separator": _text,
    "secondary_separator": _text,
    "caption_separator": _text,
    "enable_wildcard": _switch,
    "token_warmup_min": _whole,
    "token_warmup_step": _number,
    "caption_prefix": _text,
    "caption_suffix": _text,
    "custom_attributes": lambda value: isinstance(value, dict),
    "resize_interpolation": _text,
    "caption_dropout_every_n_epochs": _whole,
    "caption_dropout_rate": _number,
    "caption_tag_dropout_rate": _number,
    "caption_extension": _text,
    "class_tokens": _text,
    "cache_info": _switch,
}
"""What may stand at any of the three places."""
ONLY_SUBSET: Mapping[str, Check] = {"image_dir": _text, "is_reg": _switch, "alpha_mask": _switch}
DATASET: Mapping[str, Check] = {
    "batch_size": _whole,
    "bucket_no_upscale": _switch,
    "bucket_reso_steps": _whole,
    "enable_bucket": _switch,
    "max_bucket_reso": _whole,
    "min_bucket_reso": _whole,
    "validation_seed": _whole,
    "validation_split": _real,
    "resolution": _size,
    "network_multiplier": _real,
    "resize_interpolation": _text,
}
"""What may stand at `[general]` and at a dataset."""


def dataset_faults(data: Mapping[str, Any]) -> list[str]:
    """What sd-scripts would refuse in a dataset TOML; empty where it takes it."""
    found = [f"{key}: no such table" for key in data if key not in ("general", "datasets")]
    found += _wrong("general", data.get("general", {}), {**DATASET, **SUBSET})
    for place, dataset in enumerate(data.get("datasets", [])):
        name = f"datasets[{place}]"
        outer = {key: value for key, value in dataset.items() if key != "subsets"}
        found += _wrong(name, outer, {**DATASET, **SUBSET})
        for number, subset in enumerate(dataset.get("subsets", [])):
            inner = f"{name}.subsets[{number}]"
            found += _wrong(inner, subset, {**SUBSET, **ONLY_SUBSET})
            found += [] if "image_dir" in subset else [f"{inner}: image_dir is required"]
    return found


def _wrong(place: str, table: Mapping[str, Any], allowed: Mapping[str, Check]) -> list[str]:
    return [
        f"{place}.{key} = {value!r}"
        for key, value in table.items()
        if key not in allowed or not allowed[key](value)
    ]


def _one_of(*choices: Any) -> Check:
    return lambda value: value in choices


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(_text(one) and one.count("=") == 1 for one in value)


def _rates(value: Any) -> bool:
    return _number(value) or (isinstance(value, list) and all(map(_number, value)))


SCHEDULERS = (
    *("linear", "cosine", "cosine_with_restarts", "polynomial", "constant"),
    *("constant_with_warmup", "inverse_sqrt", "cosine_with_min_lr", "warmup_stable_decay"),
)
OPTIMIZERS = (
    *("AdamW", "AdamW8bit", "Lion", "Lion8bit", "AdaFactor", "Prodigy", "AdamWScheduleFree"),
)
OPTIONS: Mapping[str, Check] = {
    **dict.fromkeys(
        (
            *("v2", "v_parameterization", "enable_bucket", "bucket_no_upscale", "shuffle_caption"),
            *("flip_aug", "alpha_mask", "enable_wildcard", "network_train_unet_only", "sdpa"),
            *("network_train_text_encoder_only", "gradient_checkpointing", "cache_latents"),
            *("no_metadata", "zero_terminal_snr", "debiased_estimation_loss"),
            *("scale_v_pred_loss_like_noise_pred", "noise_offset_random_strength"),
            "ip_noise_gamma_random_strength",
        ),
        _switch,
    ),
    **dict.fromkeys(
        (
            *("pretrained_model_name_or_path", "vae", "train_data_dir", "reg_data_dir"),
            *("caption_extension", "keep_tokens_separator", "caption_prefix", "caption_suffix"),
            *("network_module", "network_weights", "output_dir", "output_name", "logging_dir"),
            *("training_comment", "sample_prompts"),
        ),
        _text,
    ),
    **dict.fromkeys(
        (
            *("clip_skip", "min_bucket_reso", "max_bucket_reso", "bucket_reso_steps"),
            *("keep_tokens", "caption_dropout_every_n_epochs", "network_dim", "train_batch_size"),
            *("max_train_epochs", "max_train_steps", "lr_scheduler_num_cycles", "seed"),
            *("gradient_accumulation_steps", "save_every_n_epochs", "save_every_n_steps"),
            *("sample_every_n_epochs", "sample_every_n_steps", "validation_seed"),
            *("validate_every_n_epochs", "validate_every_n_steps", "multires_noise_iterations"),
        ),
        _whole,
    ),
    **dict.fromkeys(
        (
            *("network_alpha", "network_dropout", "learning_rate", "unet_lr", "min_snr_gamma"),
            *("lr_scheduler_power", "lr_warmup_steps", "noise_offset", "prior_loss_weight"),
            *("max_grad_norm", "huber_c", "huber_scale", "multires_noise_discount"),
            *("scale_weight_norms", "ip_noise_gamma", "caption_dropout_rate"),
            "caption_tag_dropout_rate",
        ),
        _number,
    ),
    "validation_split": _real,
    "text_encoder_lr": _rates,
    "network_args": _texts,
    "optimizer_args": _texts,
    "resolution": lambda value: _text(value) and all(one.isdigit() for one in value.split(",")),
    "max_token_length": _one_of(150, 225),
    "mixed_precision": _one_of("no", "fp16", "bf16"),
    "save_precision": _one_of("float", "fp16", "bf16"),
    "save_model_as": _one_of("ckpt", "safetensors"),
    "loss_type": _one_of("l1", "l2", "huber", "smooth_l1"),
    "huber_schedule": _one_of("constant", "exponential", "snr"),
    "log_with": _one_of("tensorboard", "wandb", "all"),
    "sample_sampler": _one_of("ddim", "euler", "euler_a", "dpmsolver++"),
    "lr_scheduler": _one_of(*SCHEDULERS),
    "optimizer_type": _one_of(*OPTIMIZERS),
}
"""Options of `train_network.py` that an export may write."""


def config_faults(config: Mapping[str, Any]) -> list[str]:
    """What sd-scripts would refuse, or read otherwise, in a flat config TOML."""
    found = _wrong("config", config, OPTIONS)
    if config.get("scale_v_pred_loss_like_noise_pred") and not config.get("v_parameterization"):
        found.append("scale_v_pred_loss_like_noise_pred needs v_parameterization")
    if config.get("log_with") and not config.get("logging_dir"):
        found.append("log_with needs logging_dir")
    if config.get("lr_scheduler") == "constant" and config.get("lr_warmup_steps"):
        found.append("constant takes no warm-up")
    blocks = [one for one in config.get("network_args", []) if one.startswith("block_")]
    for one in blocks:
        if len(one.partition("=")[2].split(",")) not in (23, 25):
            found.append(f"{one}: neither 23 nor 25 blocks")
    return found
