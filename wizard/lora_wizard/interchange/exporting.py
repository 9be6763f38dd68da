"""A recipe as the TOML files of sd-scripts, so that nobody is locked in. Pure.

The config file alone trains the same folders there, as they are in the `N_name` layout. The dataset
file says the same about pictures and captions, for those who list their folders in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tomlkit

from lora_wizard.interchange import blocks, captions, objective
from lora_wizard.interchange.captions import KEPT_SEPARATOR
from lora_wizard.interchange.optimizing import exported, unexported
from lora_wizard.interchange.prompts import prompt_lines
from lora_wizard.language import Language, text
from lora_wizard.recipe import Recipe

PROMPTS_NAME = "prompts.txt"


@dataclass(frozen=True, slots=True)
class Subset:
    """One folder of pictures, for the dataset file."""

    image_dir: str
    num_repeats: int
    class_tokens: str = ""
    is_regularisation: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """The files for sd-scripts, as texts."""

    config_toml: str
    """For `--config_file`."""
    dataset_toml: str
    """For `--dataset_config`; there it takes the place of the folders in the config."""
    notes: tuple[str, ...]
    """What has no counterpart there, and how to call it."""
    prompts: str = ""
    """For `--sample_prompts`; empty where the recipe has no prompts."""


def export_sd_scripts(
    recipe: Recipe,
    *,
    subsets: Sequence[Subset] = (),
    prompts_name: str = PROMPTS_NAME,
    language: Language = "en",
) -> Exported:
    """The recipe for `train_network.py`, or `sdxl_train_network.py`.

    Args:
        recipe: What to write.
        subsets: The folders of pictures where they are known; otherwise a place is left for them.
        prompts_name: How the file of prompts will be called.
        language: Of the notes.
    """
    pictures = _pictures(recipe)
    config = {**_model(recipe), **_folders(recipe), "resolution": _size(recipe), **pictures}
    config |= {**_network(recipe), **_training(recipe), **_saving(recipe)}
    config |= {**objective.exported(recipe), **_sampling(recipe, prompts_name)}
    data = recipe.data
    return Exported(
        config_toml=tomlkit.dumps(config),
        dataset_toml=_dataset(recipe, pictures, subsets),
        notes=_notes(recipe, bool(subsets), language),
        prompts=prompt_lines(recipe.sampling, *data.resolution),
    )


def _model(recipe: Recipe) -> dict[str, Any]:
    model = recipe.model
    found: dict[str, Any] = {}
    if model.base != "paperdoll":
        found["pretrained_model_name_or_path"] = model.base
    if model.vae:
        found["vae"] = model.vae
    if model.family == "sd2":
        found["v2"] = True
    if model.v_prediction is not None:
        found["v_parameterization"] = model.v_prediction
    return {**found, "clip_skip": model.clip_skip}


def _folders(recipe: Recipe) -> dict[str, Any]:
    folders = {"train_data_dir": recipe.data.images, "reg_data_dir": recipe.data.regularisation}
    return {key: folder for key, folder in folders.items() if folder}


def _size(recipe: Recipe) -> str:
    return ",".join(str(side) for side in recipe.data.resolution)


_ONLY_IN_SUBSETS = frozenset({"alpha_mask"})
"""sd-scripts refuses these at `[general]` and at a dataset."""


def _pictures(recipe: Recipe) -> dict[str, Any]:
    data = recipe.data
    return {
        "enable_bucket": data.buckets,
        "min_bucket_reso": data.bucket_min,
        "max_bucket_reso": data.bucket_max,
        "bucket_reso_steps": data.bucket_step,
        "bucket_no_upscale": data.bucket_no_upscale,
        "caption_extension": data.caption_extension,
        "shuffle_caption": data.shuffle_captions,
        "keep_tokens": data.keep_tokens,
        "keep_tokens_separator": KEPT_SEPARATOR,
        "caption_dropout_rate": data.caption_dropout,
        "caption_tag_dropout_rate": data.tag_dropout,
        "alpha_mask": data.alpha_mask,
        "flip_aug": data.flip,
        **captions.exported(recipe),
    }


def _network(recipe: Recipe) -> dict[str, Any]:
    network = recipe.network
    arguments = {"rank_dropout": network.rank_dropout, "module_dropout": network.module_dropout}
    inner = [f"{key}={value!r}" for key, value in arguments.items() if value]
    if recipe.training.lora_plus_ratio != 1:
        inner.append(f"loraplus_lr_ratio={recipe.training.lora_plus_ratio!r}")
    if network.conv_rank:
        inner = [f"conv_dim={network.conv_rank}", f"conv_alpha={network.conv_alpha!r}", *inner]
    inner += blocks.exported(recipe)
    found: dict[str, Any] = {
        "network_module": "networks.lora",
        "network_dim": network.rank,
        "network_alpha": network.alpha,
        "network_dropout": network.dropout,
    }
    if inner:
        found["network_args"] = inner
    if network.parts != "both":
        found[f"network_train_{network.parts}_only"] = True
    if network.continue_from:
        found["network_weights"] = network.continue_from
    return found


def _training(recipe: Recipe) -> dict[str, Any]:
    training = recipe.training
    length = {"max_train_epochs": training.epochs, "max_train_steps": training.steps}
    rates: dict[str, Any] = {
        "text_encoder_lr": training.text_encoder_lr,
        "unet_lr": training.unet_lr,
    }
    if training.text_encoder_2_lr is not None:
        first = training.text_encoder_lr
        both = [training.learning_rate if first is None else first, training.text_encoder_2_lr]
        rates["text_encoder_lr"] = both
    precisions = {"auto": "fp16", "fp32": "no", "fp16": "fp16", "bf16": "bf16"}
    return {
        "train_batch_size": training.batch_size,
        **{key: value for key, value in length.items() if value is not None},
        "learning_rate": training.learning_rate,
        **{key: value for key, value in rates.items() if value is not None},
        "lr_scheduler": training.scheduler,
        "lr_scheduler_num_cycles": training.scheduler_cycles,
        "lr_scheduler_power": training.scheduler_power,
        # A whole number would be steps there; with a point it is a share of them.
        "lr_warmup_steps": float(training.warmup_ratio),
        **exported(training.optimizer, training.weight_decay, training.optimizer_options),
        "min_snr_gamma": training.min_snr_gamma,
        "noise_offset": training.noise_offset,
        "prior_loss_weight": training.prior_loss_weight,
        "max_grad_norm": training.max_grad_norm,
        "gradient_accumulation_steps": training.gradient_accumulation,
        "gradient_checkpointing": training.gradient_checkpointing,
        **captions.length_exported(recipe),
        "seed": training.seed,
        "mixed_precision": precisions[training.precision],
        "cache_latents": True,
        "sdpa": True,
    }


def _saving(recipe: Recipe) -> dict[str, Any]:
    saving = recipe.saving
    found: dict[str, Any] = {"output_dir": "output", "output_name": saving.name}
    every = {"save_every_n_epochs": saving.every_epochs, "save_every_n_steps": saving.every_steps}
    found |= {key: value for key, value in every.items() if value}
    found["save_model_as"] = "safetensors"
    found["save_precision"] = "float" if saving.precision == "fp32" else saving.precision
    if saving.comment:
        found["training_comment"] = saving.comment
    if saving.metadata == "minimal":
        found["no_metadata"] = True
    return found


def _sampling(recipe: Recipe, prompts_name: str) -> dict[str, Any]:
    sampling = recipe.sampling
    every = {
        "sample_every_n_epochs": sampling.every_epochs,
        "sample_every_n_steps": sampling.every_steps,
    }
    # Without a file of prompts, sd-scripts stops where it should draw.
    if not sampling.prompts:
        return {}
    found = {key: value for key, value in every.items() if value}
    return {"sample_prompts": prompts_name, "sample_sampler": "ddim", **found}


_SUBSET_HERE = """
# One block for each folder of pictures. Fill in yours:
#
#   [[datasets.subsets]]
#   image_dir = "FOLDER/10_name"
#   num_repeats = 10
{more}#
# and for regularisation pictures also: is_reg = true
"""


def _dataset(recipe: Recipe, pictures: dict[str, Any], subsets: Sequence[Subset]) -> str:
    document = tomlkit.document()
    common = {"caption_extension", "shuffle_caption", "keep_tokens", "keep_tokens_separator",
              "caption_dropout_rate", "caption_tag_dropout_rate", "flip_aug",
              *captions.exported(recipe)}  # fmt: skip
    general = {key: value for key, value in pictures.items() if key in common}
    inner = {key: value for key, value in pictures.items() if key in _ONLY_IN_SUBSETS and value}
    document.add("general", tomlkit.item(general))
    dataset: dict[str, Any] = {
        "resolution": list(recipe.data.resolution),
        "batch_size": recipe.training.batch_size,
        **{
            key: value
            for key, value in pictures.items()
            if key not in common and key not in _ONLY_IN_SUBSETS
        },
    }
    if subsets:
        dataset["subsets"] = [{**_subset(one), **inner} for one in subsets]
    document.add("datasets", tomlkit.item([dataset]))
    more = "".join(f"#   {line}\n" for line in tomlkit.dumps(inner).splitlines())
    return tomlkit.dumps(document) + ("" if subsets else _SUBSET_HERE.format(more=more))


def _subset(one: Subset) -> dict[str, Any]:
    found: dict[str, Any] = {"image_dir": one.image_dir, "num_repeats": one.num_repeats}
    if one.class_tokens:
        found["class_tokens"] = one.class_tokens
    return {**found, "is_reg": True} if one.is_regularisation else found


def _notes(recipe: Recipe, has_subsets: bool, language: Language) -> tuple[str, ...]:
    script = "sdxl_train_network.py" if recipe.model.family == "sdxl" else "train_network.py"
    keys = ["script", "background"]
    keys += ["no_base"] if recipe.model.base == "paperdoll" else []
    keys += ["family"] if recipe.model.family == "auto" else []
    keys += [] if recipe.data.images else ["no_images"]
    keys += [] if has_subsets else ["no_subsets"]
    keys += ["bucket_step"] if recipe.data.bucket_step % 64 else []
    keys += ["precision"] if recipe.training.precision == "auto" else []
    training = recipe.training
    left = unexported(training.optimizer, training.optimizer_options)
    keys += ["optimizer_options"] if left else []
    keys += ["validation_images"] if recipe.validation.images else []
    keys += ["prediction"] if recipe.model.v_prediction is None else []
    keys += ["scale_v"] if _loses_scale(recipe) else []
    keys += ["snr"] if _weighs_otherwise(recipe) else []
    keys += ["average"] if training.ema_decay else []
    keys += ["prompts"] if recipe.sampling.prompts else []
    drawing = recipe.sampling.every_epochs or recipe.sampling.every_steps
    keys += ["no_prompts"] if drawing and not recipe.sampling.prompts else []
    return tuple(text(f"interchange.export.{key}", language, script=script) for key in keys)


def _loses_scale(recipe: Recipe) -> bool:
    """sd-scripts ends with an error where this stands without `v_parameterization`."""
    return recipe.loss.scale_v_like_noise and recipe.model.v_prediction is not True


def _weighs_otherwise(recipe: Recipe) -> bool:
    loss = recipe.loss
    weighs = recipe.training.min_snr_gamma or loss.debiased or loss.scale_v_like_noise
    return bool(
        weighs and recipe.model.zero_terminal_snr is not False and not loss.snr_before_rescaling
    )
