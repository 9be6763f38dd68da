"""Files that train something else: another family, another kind of thing, another program.

They are refused by name: taken for a LoRA's settings they would give a recipe of defaults. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lora_wizard.interchange.converting import flag_word
from lora_wizard.interchange.table import is_one_of

Data = Mapping[str, Any]

_FAMILY_FIX = "Stable Diffusion 1, 2 and XL can be trained here. Choose a preset for one of them"
_KIND_FIX = "Give the settings of a LoRA, or choose a preset"
_PROGRAM_FIX = (
    "Known are files of LoRA_Easy_Training_Scripts, the kohya_ss GUI and sd-scripts; "
    "otherwise choose a preset and set its values by hand"
)


@dataclass(frozen=True, slots=True)
class Other:
    """What a file is for, in words."""

    what: str
    fix: str


_GUI_FAMILIES = {
    "flux1_checkbox": "FLUX.1",
    "sd3_checkbox": "Stable Diffusion 3",
    "hunyuan_image_checkbox": "HunyuanImage",
    "anima_checkbox": "Anima",
    "lumina_checkbox": "Lumina Image 2.0",
}
_MODULES = {
    "flux": "FLUX.1",
    "sd3": "Stable Diffusion 3",
    "lumina": "Lumina Image 2.0",
    "hunyuan": "HunyuanImage",
    "anima": "Anima",
    "wan": "Wan",
    "qwen": "Qwen-Image",
}
_FAMILY_OPTIONS = {
    "clip_g": "Stable Diffusion 3",
    "gemma2": "Lumina Image 2.0",
    "qwen3": "Anima",
    "byt5": "HunyuanImage",
    "ae": "FLUX.1",
    "t5xxl": "FLUX.1 or Stable Diffusion 3",
    "clip_l": "FLUX.1 or Stable Diffusion 3",
    "apply_t5_attn_mask": "FLUX.1",
    "guidance_scale": "FLUX.1",
    "discrete_flow_shift": "a flow-matching model such as FLUX.1",
    "dit": "musubi-tuner's video and image models",
}
"""Options of sd-scripts and its relatives that only exist for other families."""
_KINDS = {
    "token_string": "textual inversion",
    "init_word": "textual inversion",
    "num_vectors_per_token": "textual inversion",
    "placeholder_token": "textual inversion",
    "in_json": "fine-tuning of the whole model",
    "caption_metadata_filename": "fine-tuning of the whole model",
    "full_path": "fine-tuning of the whole model",
    "dataset_repeats": "fine-tuning of the whole model",
    "learning_rate_te": "DreamBooth or fine-tuning of the whole model",
    "learning_rate_te1": "DreamBooth or fine-tuning of the whole model",
    "train_text_encoder": "fine-tuning of the whole model",
    "no_token_padding": "DreamBooth, which trains the whole model",
    "stop_text_encoder_training": "DreamBooth, which trains the whole model",
    "controlnet_model_name_or_path": "a ControlNet",
    "cond_emb_dim": "a ControlNet-LLLite",
}
"""Settings of trainings that make no LoRA."""
_OF_A_LORA = (
    *("network_module", "network_dim", "network_alpha", "network_args", "network_weights"),
    *("LoRA_type", "unet_lr", "net_dim", "conv_dim", "network_train_unet_only"),
)


def other_than_ours(data: Data, options: Data) -> Other | None:
    """What a file is for where it is not a LoRA's settings for SD1, SD2 or SDXL; None otherwise.

    Args:
        data: The file's content.
        options: The same with sections and tables of arguments taken away.
    """
    if program := next((name for name, is_it in _PROGRAMS if is_it(data)), None):
        return Other(f"is a file of {program}", _PROGRAM_FIX)
    if family := _family(options):
        return Other(f"is for {family}, which cannot be trained here", _FAMILY_FIX)
    if kind := _kind(data, options):
        return Other(f"is for {kind}, and makes no LoRA", _KIND_FIX)
    return None


def _family(options: Data) -> str | None:
    for key, family in _GUI_FAMILIES.items():
        if flag_word(options.get(key, False)):
            return family
    module = f"{options.get('network_module') or ''} {options.get('LoRA_type') or ''}".lower()
    for part, family in _MODULES.items():
        if part in module.replace("flux1_lllite", ""):
            return family
    if any(key.endswith("_checkbox") for key in options) or "LoRA_type" in options:
        return None  # the GUI writes the fields of all families
    for key, family in _FAMILY_OPTIONS.items():
        if _is_set(options, key):
            return family
    return None


def _kind(data: Data, options: Data) -> str | None:
    mode = data.get("train_mode")
    mode = mode.get("train_mode") if isinstance(mode, dict) else mode
    if mode == "textual_inversion":
        return "textual inversion"
    if any(key in options for key in _OF_A_LORA):
        return None
    return next((kind for key, kind in _KINDS.items() if key in options), None)


def _is_set(options: Data, key: str) -> bool:
    return key in options and not is_one_of(options[key], ("", None, False))


def _tables(data: Data, *names: str) -> bool:
    return all(isinstance(data.get(name), dict) for name in names)


_LYCORIS_PRESET = {
    "enable_conv",
    "unet_target_module",
    "unet_target_name",
    "text_encoder_target_module",
}
_PROGRAMS: tuple[tuple[str, Callable[[Data], bool]], ...] = (
    (
        "OneTrainer",
        lambda data: "training_method" in data or {"concepts", "base_model_name"} <= set(data),
    ),
    ("ComfyUI (a workflow)", lambda data: {"nodes", "links"} <= set(data) or _is_prompt(data)),
    (
        "SimpleTuner",
        lambda data: (
            any(key.startswith("--") for key in data) or {"model_family", "model_type"} <= set(data)
        ),
    ),
    ("diffusion-pipe", lambda data: _tables(data, "model", "adapter")),
    ("LyCORIS (a preset of layers)", lambda data: bool(_LYCORIS_PRESET & set(data))),
    ("ai-toolkit", lambda data: {"job", "config"} <= set(data)),
    ("diffusers (a model's configuration)", lambda data: "_class_name" in data),
    ("PEFT (an adapter's configuration)", lambda data: "peft_type" in data),
    ("transformers (a model's configuration)", lambda data: "transformers_version" in data),
    ("accelerate (its configuration)", lambda data: "compute_environment" in data),
)


def _is_prompt(data: Data) -> bool:
    nodes = [one for one in data.values() if isinstance(one, dict) and "class_type" in one]
    return bool(nodes) and len(nodes) == len(data)
