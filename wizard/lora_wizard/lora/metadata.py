"""What a LoRA file says of its training: the `ss_*` and `modelspec.*` keys that programs read.

Pure: dates and hashes come in as values. Keys and spellings follow sd-scripts
(`train_network.py`, `library/sai_model_spec.py`), where every value is Python's text of it:
`None`, `True`, `(512, 512)`. A wrong `ss_base_model_version` hides the LoRA in A1111's tab.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lora_wizard.lora.facts import Family, TrainingFacts
from lora_wizard.recipe import Recipe, TrainingSettings
from lora_wizard.recipe.optimizing import Optimizer

VERSIONS: dict[Family, str] = {"sd1": "sd_v1", "sd2": "sd_v2", "sdxl": "sdxl_base_v1-0"}
IMPLEMENTATIONS: dict[Family, str] = {
    "sd1": "diffusers",
    "sd2": "diffusers",
    "sdxl": "https://github.com/Stability-AI/generative-models",
}
OPTIMIZERS: Mapping[Optimizer, str] = {
    "adamw": "torch.optim.adamw.AdamW",
    "adamw8bit": "bitsandbytes.optim.adamw.AdamW8bit",
    "lion": "pytorch_optimizer.optimizer.lion.Lion",
    "lion8bit": "bitsandbytes.optim.lion.Lion8bit",
    "adafactor": "transformers.optimization.Adafactor",
    "prodigy": "pytorch_optimizer.optimizer.prodigy.Prodigy",
    "adamw_schedule_free": "pytorch_optimizer.optimizer.schedulefree.ScheduleFreeAdamW",
}
MINIMAL = (
    "ss_v2",
    "ss_base_model_version",
    "ss_network_module",
    "ss_network_dim",
    "ss_network_alpha",
    "ss_network_args",
    "ss_output_name",
    "modelspec.trigger_phrase",
)
"""Keys that `--no_metadata` keeps; the name, without which tools show the file's own; and the
trigger, without which the file cannot be used."""
UNUSED = (
    "ss_adaptive_noise_scale",
    "ss_face_crop_aug_range",
    "ss_resize_interpolation",
)
"""Settings of sd-scripts that this trainer does not have, and that are None when off."""
OFF = (
    "ss_color_aug",
    "ss_fp8_base",
    "ss_fp8_base_unet",
    "ss_full_fp16",
    "ss_lowram",
    "ss_random_crop",
)
"""The same for those that are False when off."""


def training_metadata(recipe: Recipe, facts: TrainingFacts) -> dict[str, str]:
    """Everything that sd-scripts would write for this training, folder names included."""
    values: dict[str, Any] = {
        **dict.fromkeys(UNUSED),
        **dict.fromkeys(OFF, False),
        **_network(recipe, facts),
        **_training(recipe, facts),
        **_objective(recipe, facts),
        **_dataset(recipe, facts),
        **_base(facts),
        **_modelspec(recipe, facts),
    }
    return {key: str(value) for key, value in sorted(values.items())}


def minimal_metadata(recipe: Recipe, facts: TrainingFacts) -> dict[str, str]:
    """Only what other programs need to use the file: nothing of the pictures or the machine."""
    found = _network(recipe, facts) | _trigger(recipe)
    values = {key: str(value) for key, value in found.items()}
    return {key: values[key] for key in MINIMAL if key in values}


def _network(recipe: Recipe, facts: TrainingFacts) -> dict[str, Any]:
    network, ratio = recipe.network, recipe.training.lora_plus_ratio
    chosen = {
        "conv_dim": network.conv_rank,
        "conv_alpha": network.conv_alpha if network.conv_rank else 0,
        "rank_dropout": network.rank_dropout,
        "module_dropout": network.module_dropout,
        "loraplus_lr_ratio": ratio if ratio != 1 else 0,
    }
    arguments = {key: str(value) for key, value in chosen.items() if value}
    blocks = {
        "block_ranks": network.block_ranks,
        "block_alphas": network.block_alphas,
        "block_rates": network.block_rates,
    }
    arguments |= {key: " ".join(entries) for key, entries in blocks.items() if entries}
    velocity = "_v" if facts.v_prediction and facts.family != "sdxl" else ""
    values: dict[str, Any] = {
        "ss_v2": facts.family == "sd2",
        "ss_base_model_version": VERSIONS[facts.family] + velocity,
        "ss_network_module": "networks.lora",
        "ss_network_dim": network.rank,
        "ss_network_alpha": network.alpha,
        "ss_network_dropout": network.dropout or None,
        "ss_output_name": recipe.saving.name,
    }
    if arguments:
        values["ss_network_args"] = json.dumps(arguments)
    return values


def _training(recipe: Recipe, facts: TrainingFacts) -> dict[str, Any]:
    training = recipe.training
    return {
        "ss_session_id": facts.session_id,
        "ss_training_started_at": facts.started_at,
        "ss_training_finished_at": facts.finished_at,
        "ss_steps": facts.steps,
        "ss_epoch": facts.epoch,
        "ss_num_epochs": facts.epochs,
        "ss_num_batches_per_epoch": facts.batches_per_epoch,
        "ss_max_train_steps": facts.total_steps,
        "ss_learning_rate": training.learning_rate,
        "ss_text_encoder_lr": _text_rates(recipe, facts),
        "ss_unet_lr": training.unet_lr,
        "ss_lr_scheduler": training.scheduler,
        "ss_lr_warmup_steps": facts.warmup_steps,
        "ss_optimizer": _optimizer(training),
        "ss_max_grad_norm": training.max_grad_norm,
        "ss_gradient_accumulation_steps": training.gradient_accumulation,
        "ss_gradient_checkpointing": training.gradient_checkpointing,
        "ss_mixed_precision": facts.mixed_precision,
        "ss_seed": training.seed,
        "ss_min_snr_gamma": training.min_snr_gamma or None,
        "ss_noise_offset": training.noise_offset or None,
        "ss_scale_weight_norms": training.max_weight_norm or None,
        "ss_prior_loss_weight": training.prior_loss_weight,
        "ss_cache_latents": True,
        "ss_clip_skip": recipe.model.clip_skip,
        "ss_max_token_length": recipe.data.caption_tokens
        if recipe.data.caption_tokens > 75
        else None,
        "ss_training_comment": recipe.saving.comment or None,
        "ss_sd_scripts_commit_hash": "(unknown)",
    }


def _objective(recipe: Recipe, facts: TrainingFacts) -> dict[str, Any]:
    loss, noise = recipe.loss, recipe.noise
    return {
        "ss_loss_type": loss.kind,
        "ss_huber_schedule": loss.huber_schedule,
        "ss_huber_c": loss.huber_c,
        "ss_huber_scale": loss.huber_scale,
        "ss_debiased_estimation": loss.debiased,
        "ss_noise_offset_random_strength": noise.random_offset,
        "ss_multires_noise_iterations": noise.pyramid_iterations or None,
        "ss_multires_noise_discount": noise.pyramid_discount,
        "ss_ip_noise_gamma": noise.input_gamma or None,
        "ss_ip_noise_gamma_random_strength": noise.random_input_gamma,
        "ss_zero_terminal_snr": facts.zero_terminal_snr,
    }


def _optimizer(training: TrainingSettings) -> str:
    arguments = (f"weight_decay={training.weight_decay}", *training.optimizer_options)
    return f"{OPTIMIZERS[training.optimizer]}({','.join(arguments)})"


def _text_rates(recipe: Recipe, facts: TrainingFacts) -> float | list[float] | None:
    """One rate, or a list where SDXL's two text encoders have each its own."""
    training = recipe.training
    first, second = training.text_encoder_lr, training.text_encoder_2_lr
    if second is None or facts.family != "sdxl":
        return first
    return [training.learning_rate if first is None else first, second]


def _dataset(recipe: Recipe, facts: TrainingFacts) -> dict[str, Any]:
    data, batch = recipe.data, recipe.training.batch_size
    return {
        "ss_num_train_images": facts.images,
        "ss_num_validation_images": facts.validation_images,
        **_validation(recipe),
        "ss_num_reg_images": facts.regularisation_images,
        "ss_batch_size_per_device": batch,
        "ss_total_batch_size": batch * facts.processes * recipe.training.gradient_accumulation,
        "ss_resolution": data.resolution,
        "ss_flip_aug": data.flip,
        "ss_shuffle_caption": data.shuffle_captions,
        "ss_keep_tokens": data.keep_tokens,
        "ss_caption_dropout_rate": data.caption_dropout,
        "ss_caption_dropout_every_n_epochs": data.caption_dropout_every_epochs or None,
        "ss_caption_tag_dropout_rate": data.tag_dropout,
        "ss_enable_bucket": data.buckets,
        "ss_bucket_no_upscale": data.bucket_no_upscale,
        "ss_min_bucket_reso": data.bucket_min,
        "ss_max_bucket_reso": data.bucket_max,
        "ss_bucket_info": json.dumps(facts.bucket_info),
        "ss_dataset_dirs": json.dumps(facts.dataset_dirs),
        "ss_reg_dataset_dirs": json.dumps(facts.regularisation_dirs),
        "ss_tag_frequency": json.dumps(facts.tag_frequency),
    }


def _validation(recipe: Recipe) -> dict[str, Any]:
    held = recipe.validation
    return {
        "ss_validation_seed": held.seed if held.is_on else None,
        "ss_validation_split": held.share,
        "ss_max_validation_steps": None,
        "ss_validate_every_n_epochs": (held.every_epochs or None) if held.is_on else None,
        "ss_validate_every_n_steps": (held.every_steps or None) if held.is_on else None,
    }


def _base(facts: TrainingFacts) -> dict[str, Any]:
    values: dict[str, Any] = {"ss_sd_model_name": facts.base_name}
    if facts.base_hash is not None:
        values["ss_sd_model_hash"] = facts.base_hash
    if facts.base_new_hash is not None:
        values["ss_new_sd_model_hash"] = facts.base_new_hash
    vae = {
        "ss_vae_name": facts.vae_name,
        "ss_vae_hash": facts.vae_hash,
        "ss_new_vae_hash": facts.vae_new_hash,
    }
    return values | {key: value for key, value in vae.items() if value is not None}


def _modelspec(recipe: Recipe, facts: TrainingFacts) -> dict[str, Any]:
    """Stability's model specification, version 1.0.1."""
    size = "768-v" if facts.v_prediction else "512"
    architectures: dict[Family, str] = {
        "sd1": "stable-diffusion-v1",
        "sd2": f"stable-diffusion-v2-{size}",
        "sdxl": "stable-diffusion-xl-v1-base",
    }
    finished = datetime.fromtimestamp(facts.finished_at, UTC).replace(microsecond=0, tzinfo=None)
    width, height = recipe.data.resolution
    values: dict[str, Any] = {
        "modelspec.sai_model_spec": "1.0.1",
        "modelspec.architecture": f"{architectures[facts.family]}/lora",
        "modelspec.implementation": IMPLEMENTATIONS[facts.family],
        "modelspec.title": recipe.saving.name,
        "modelspec.resolution": f"{width}x{height}",
        "modelspec.date": finished.isoformat(),
        "modelspec.prediction_type": "v" if facts.v_prediction else "epsilon",
    }
    if facts.family != "sdxl":
        values["modelspec.encoder_layer"] = recipe.model.clip_skip
    if recipe.saving.comment:
        values["modelspec.description"] = recipe.saving.comment
    return values | _trigger(recipe)


def _trigger(recipe: Recipe) -> dict[str, Any]:
    """What calls the character, where it is known: as Stability's specification names it."""
    return {"modelspec.trigger_phrase": recipe.data.trigger} if recipe.data.trigger else {}
