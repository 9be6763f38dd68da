"""The trained base as a folder that diffusers and this program read: fp16 weights, no pickles.

The folder appears whole or not at all, and only after it was loaded in both ways.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import diffusers
import torch
from torch import nn

from lora_wizard.errors import ModelError
from lora_wizard.models.base import load_base
from lora_wizard.models.vocabulary import (
    BEGIN,
    CONTEXT_TOKENS,
    END,
    clip_tokenizer,
    clip_vocabulary,
)
from lora_wizard.paperdoll.base.modules import (
    Sizes,
    build_schedule,
    build_text_encoder,
    build_unet,
    build_vae,
)
from lora_wizard.paperdoll.base.plan import COMMANDS_NAME, TRAINING_LOG_NAME, Plan
from lora_wizard.paperdoll.base.progress import finished_state, load_state
from lora_wizard.paperdoll.placing import new_folder

_diffusers: Any = diffusers  # its classes are untyped

MOST_BYTES = 40_000_000
"""What the whole folder may weigh: it travels in the wheel."""
_TEXT_FILES_BYTES = 1_600_000
"""About what vocabulary, merges, configurations and log weigh."""


def check_weight(sizes: Sizes) -> None:
    """Finds out before hours of training whether the model would fit the wheel.

    Raises:
        ModelError: it would weigh more than `MOST_BYTES`.
    """
    with torch.device("meta"):
        parts = (build_vae(sizes), build_text_encoder(sizes), build_unet(sizes))
    count = sum(parameter.numel() for part in parts for parameter in part.parameters())
    _refuse_above(2 * count + _TEXT_FILES_BYTES, "the model")


def check_place(out: Path) -> None:
    """Refuses a folder that holds anything but a model: it would be replaced.

    Raises:
        ModelError: such a folder.
    """
    if out.exists() and not _is_model(out) and not (out.is_dir() and not any(out.iterdir())):
        raise ModelError(
            "there is something else than a model here",
            where=str(out),
            fix="Choose a new folder with --out.",
        )


def export_state(plan: Plan) -> None:
    """Writes the model from the averaged weights of the state folder as they are now.

    A model that is already at `plan.out` is replaced.

    Raises:
        ModelError: the folder does not load, weighs too much or would replace something else.
        RunError: it cannot be written.
        FileNotFoundError: the denoiser has not been begun.
    """
    check_place(plan.out)
    unet_state = finished_state(plan.state / "unet.pt")
    vae_state = load_state(plan.state / "decoder.pt") or finished_state(plan.state / "vae.pt")
    pipeline = _diffusers.StableDiffusionPipeline(
        vae=_filled(build_vae(plan.sizes), vae_state["average"]),
        text_encoder=_filled(
            build_text_encoder(plan.sizes), finished_state(plan.state / "text.pt")["model"]
        ),
        tokenizer=clip_tokenizer(),
        unet=_filled(build_unet(plan.sizes), unet_state["average"]),
        scheduler=build_schedule(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.vae.register_to_config(scaling_factor=float(unet_state["scale"]))
    with new_folder(plan.out, replace=True) as folder:
        pipeline.save_pretrained(folder, safe_serialization=True)
        _write_tokenizer(folder / "tokenizer")
        _write_history(plan, folder)
        _let_everybody_read(folder)
        check_export(folder)


def check_export(folder: Path) -> None:
    """Loads the folder as diffusers does and as this program does.

    Raises:
        ModelError: one of them cannot, or the folder weighs more than `MOST_BYTES`.
    """
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    _refuse_above(size, str(folder))
    try:
        pipeline = _diffusers.StableDiffusionPipeline.from_pretrained(
            str(folder), local_files_only=True
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"diffusers cannot load this model ({error})", where=str(folder)
        ) from error
    parts = (pipeline.vae, pipeline.text_encoder, pipeline.unet)
    finite = all(tensor.isfinite().all() for part in parts for tensor in part.parameters())
    if not finite:
        raise ModelError("some weights are not finite numbers", where=str(folder))
    load_base(str(folder))


def _is_model(folder: Path) -> bool:
    return (folder / "model_index.json").is_file()


def _filled(module: nn.Module, weights: dict[str, torch.Tensor]) -> nn.Module:
    module.load_state_dict(weights)
    return module.eval().half()


def _write_history(plan: Plan, folder: Path) -> None:
    """How the weights came about: every command line that led to them, and the training log."""
    earlier = plan.state / COMMANDS_NAME
    commands = earlier.read_text(encoding="utf-8") if earlier.exists() else ""
    (folder / COMMANDS_NAME).write_text(f"{commands}{plan.command}\n", encoding="utf-8")
    shutil.copyfile(plan.log, folder / TRAINING_LOG_NAME)


def _let_everybody_read(folder: Path) -> None:
    """Weights are written for their owner alone, and a wheel keeps that for whoever installs it."""
    for file in folder.rglob("*"):
        file.chmod(0o755 if file.is_dir() else 0o644)


def _refuse_above(size: int, what: str) -> None:
    if size > MOST_BYTES:
        raise ModelError(
            f"{what} weighs {size / 1e6:.1f} MB, more than the {MOST_BYTES / 1e6:.0f} MB "
            "that may travel in the wheel",
            fix="Make the UNet's blocks or the text encoder's width smaller.",
        )


def _write_tokenizer(folder: Path) -> None:
    """Vocabulary and merges alone: the file `tokenizer.json` repeats both and weighs more."""
    shutil.rmtree(folder)
    folder.mkdir()
    vocabulary, merges = clip_vocabulary()
    (folder / "vocab.json").write_text(
        json.dumps(vocabulary, ensure_ascii=False, separators=(",", ":")), encoding="utf-8"
    )
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    settings = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": CONTEXT_TOKENS,
        "bos_token": BEGIN,
        "eos_token": END,
        "unk_token": END,
        "pad_token": END,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")
