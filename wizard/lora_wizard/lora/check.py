"""The proof that a written file is usable: diffusers loads it, whole, and it acts as ours does;
and A1111 and ComfyUI, which find layers by name alone, find each of them.

The training model is only asked for its configuration. Copies of it are built without values, so
the check needs about the file's size in memory and a few seconds for SD1.5, and cannot disturb a
run. It is the only place of this package that imports diffusers or transformers.
"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lora_wizard.errors import LoraFileError, Problem
from lora_wizard.lora.file import LoraFile, load_lora
from lora_wizard.lora.pixelwise import as_linear
from lora_wizard.lora.readers import layout_of, unread
from lora_wizard.lora.restoring import SHOWN, LoraModule
from lora_wizard.lora.targets import is_sdxl, text_encoder_layers, unet_layers

ADAPTER = "written_file"
SAME = 1e-4
"""Largest difference of a layer's change, relative to the change; rounding is far below it."""


def check_loads_in_diffusers(
    path: Path, unet: nn.Module, text_encoders: Sequence[nn.Module]
) -> None:
    """Loads a LoRA file as `load_lora_weights` of a diffusers pipeline does, and looks closely.

    Every layer of the file must be found on the model with the same values and strength, none
    may be left over on either side, and every value must be finite. Every name must be one that
    `lora.readers` find, too.

    Args:
        path: The file, as written.
        unet: The model that it was trained on; only its configuration is read.
        text_encoders: Likewise.

    Raises:
        LoraFileError: diffusers would not use the file as it was meant.
    """
    lora = load_lora(path)
    # Fresh layers draw values before the file's are put there: draws that training would miss.
    with _quiet(), torch.random.fork_rng(devices=[]):
        copies = [_hollow(unet), *(_hollow(encoder) for encoder in text_encoders)]
        names = _names(copies[0], copies[1:])
        try:
            _load_as_a_pipeline_does(path, unet, copies)
        except (ValueError, KeyError, RuntimeError, TypeError, OSError) as error:
            raise _failure(path, f"diffusers refuses it ({error})") from error
    loaded = dict(_loaded_modules(copies, names))
    problems = [*_differences(lora, loaded), *_unread(lora, unet, text_encoders)]
    if problems:
        raise _failure(path, "another program would not take it over as it was written", problems)


def _hollow(model: nn.Module) -> nn.Module:
    """The same architecture, frozen, with every parameter a single zero seen many times.

    Not left on the meta device: the loaders would put the LoRA's values there, that is, nowhere.
    """
    config: Any = model.config
    model_class: Any = type(model)
    with torch.device("meta"):
        made: nn.Module = (
            model_class.from_config(config)
            if hasattr(model_class, "load_config")  # diffusers
            else model_class(config)  # transformers
        )
    for module in made.modules():
        for name, parameter in list(module.named_parameters(recurse=False)):
            zero = torch.zeros((), dtype=parameter.dtype).expand(parameter.shape)
            module.register_parameter(name, nn.Parameter(zero, requires_grad=False))
        for name, buffer in list(module.named_buffers(recurse=False)):
            module.register_buffer(name, torch.zeros_like(buffer, device="cpu"), persistent=False)
    return made


def _load_as_a_pipeline_does(path: Path, unet: nn.Module, copies: Sequence[nn.Module]) -> None:
    from diffusers.loaders.lora_pipeline import (
        StableDiffusionLoraLoaderMixin,
        StableDiffusionXLLoraLoaderMixin,
    )

    xl = is_sdxl(unet)
    mixin: Any = StableDiffusionXLLoraLoaderMixin if xl else StableDiffusionLoraLoaderMixin
    # The folder and the name apart: that way diffusers never looks for a model hub.
    state, alphas = mixin.lora_state_dict(
        str(path.parent),
        weight_name=path.name,
        local_files_only=True,
        **({"unet_config": copies[0].config} if xl else {}),
    )
    state = {key: _as_the_layer_is(key, value, copies[0]) for key, value in state.items()}
    shared = {"network_alphas": alphas, "adapter_name": ADAPTER, "low_cpu_mem_usage": True}
    if any(key.startswith("unet.") for key in state):
        mixin.load_lora_into_unet(state, unet=copies[0], **shared)
    for number, encoder in enumerate(copies[1:], start=1):
        prefix = "text_encoder" if number == 1 else f"text_encoder_{number}"
        if any(key.startswith(f"{prefix}.") for key in state):
            mixin.load_lora_into_text_encoder(state, text_encoder=encoder, prefix=prefix, **shared)


def _as_the_layer_is(key: str, value: Tensor, unet: nn.Module) -> Tensor:
    """SD2's projections as linear layers, as diffusers has them; the file has convolutions.

    diffusers itself loads them after `lora-wizard convert --to diffusers` alone; the numbers that
    are compared here are the same.
    """
    path = re.sub(r"\.lora(_[AB]|\.(up|down))\.weight$", "", key).removeprefix("unet.")
    if not key.startswith("unet.") or not path.endswith((".proj_in", ".proj_out")):
        return value
    return as_linear(value) if isinstance(unet.get_submodule(path), nn.Linear) else value


def _names(unet: nn.Module, text_encoders: Sequence[nn.Module]) -> dict[int, str]:
    """The layers' canonical names, by identity: peft keeps the layers, but not their places."""
    layers = (*unet_layers(unet), *text_encoder_layers(text_encoders))
    return {id(target.layer): target.canonical for target in layers}


def _loaded_modules(
    models: Sequence[nn.Module], names: Mapping[int, str]
) -> Iterator[tuple[str, LoraModule]]:
    """What diffusers put on the models, under the names that a file has for the layers."""
    for model in models:
        for path, module in model.named_modules():
            down, up = getattr(module, "lora_A", None), getattr(module, "lora_B", None)
            if not isinstance(down, nn.ModuleDict) or not isinstance(up, nn.ModuleDict):
                continue
            if ADAPTER not in down:
                continue
            name = names.get(id(getattr(module, "base_layer", None)), path)
            a, b = (part[ADAPTER].get_parameter("weight") for part in (down, up))
            scaling: Any = getattr(module, "scaling", {})
            yield name, LoraModule(a, b, float(scaling[ADAPTER]) * a.shape[0])


def _differences(lora: LoraFile, loaded: Mapping[str, LoraModule]) -> Iterator[Problem]:
    written = lora.modules
    for name in written.keys() - loaded.keys():
        yield Problem(name, "is left over: it is not loaded", "")
    for name in loaded.keys() - written.keys():
        yield Problem(name, "is adapted, but is not in the file", "")
    for name in written.keys() & loaded.keys():
        ours, theirs = written[name], loaded[name]
        if theirs.down.is_meta or theirs.up.is_meta:
            yield Problem(name, "is left without values", "")
        elif not _same_change(ours, theirs):
            yield Problem(name, "changes the layer in another way", "")


def _unread(
    lora: LoraFile, unet: nn.Module, text_encoders: Sequence[nn.Module]
) -> Iterator[Problem]:
    """Layers that programs which go by names alone would skip without a word."""
    layout = layout_of(unet, text_encoders, sd2=lora.metadata.get("ss_v2") == "True")
    for program, names in unread(lora.contents.names.written.values(), layout).items():
        yield from (Problem(name, f"is not found by {program}", "") for name in names)


def _same_change(ours: LoraModule, theirs: LoraModule) -> bool:
    """Whether s B A x is the same for a vector x: a difference shows in nearly any x."""
    x = torch.cos(torch.arange(ours.down[0].numel(), dtype=torch.float32))
    if ours.down[0].numel() != theirs.down[0].numel() or len(ours.up) != len(theirs.up):
        return False
    mine, other = _change(ours, x), _change(theirs, x)
    return float((mine - other).norm()) <= SAME * float(mine.norm())


def _change(module: LoraModule, x: Tensor) -> Tensor:
    down, up = module.down.detach().flatten(1).float(), module.up.detach().flatten(1).float()
    return module.alpha / module.rank * (up @ (down @ x))


def _failure(path: Path, what: str, problems: Sequence[Problem] = ()) -> LoraFileError:
    more = len(problems) - SHOWN
    rest = [Problem("", f"and {more} more", "")] if more > 0 else []
    return LoraFileError(
        what,
        where=str(path),
        fix="The training state is kept. Please report this with the versions of diffusers, peft "
        "and transformers; other versions of them may load the file",
        problems=[*sorted(problems, key=str)[:SHOWN], *rest],
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """diffusers warns of a file for one part only, which is no fault; the check sees for itself."""
    from transformers.utils import logging as transformers_logging

    bars: Any = transformers_logging
    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    loggers = [logging.getLogger(name) for name in ("diffusers", "transformers", "peft")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
        if shown:
            bars.enable_progress_bar()
