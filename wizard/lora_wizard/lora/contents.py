"""What a LoRA file's tensors are, layer by layer, and whether they can be: shapes and numbers.

Every reader of a LoRA goes through here: from here on a layer has its canonical name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from lora_wizard.errors import LoraFileError, Problem
from lora_wizard.lora.names import Names, part_of, read_names
from lora_wizard.lora.restoring import LoraModule
from lora_wizard.lora.scales import Scales, scales_beside, scales_in_header
from lora_wizard.parsing import ParseError

_PAIR, _CONVOLUTION = 2, 4
"""Dimensions of A and B."""


@dataclass(frozen=True, slots=True)
class Contents:
    """A file's LoRA layers."""

    names: Names
    modules: Mapping[str, LoraModule]
    """By their canonical names; only layers whose A and B go together."""
    impossible: Mapping[str, str]
    """Layers, as the file calls them, that cannot be, and why."""
    without_alpha: tuple[str, ...]
    """Layers whose alpha is told nowhere; it is then the rank."""
    zero_alpha: tuple[str, ...]
    """Layers whose alpha is 0, which counts as the rank here and in sd-scripts alone."""
    scales: Scales


def read_contents(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> Contents:
    """Reads a file's layers.

    Args:
        path: Where it lies: peft keeps alpha in a file beside.
        tensors: By their names in the file.
        metadata: Its header.

    Raises:
        LoraFileError: What tells its alpha cannot be read.
    """
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    names = read_names(shapes)
    impossible: dict[str, str] = {}
    pairs: dict[str, tuple[Tensor, Tensor]] = {}
    for name, keys in names.layers.items():
        if "down" not in keys or "up" not in keys:
            continue
        down, up = tensors[keys["down"]], tensors[keys["up"]]
        alpha = tensors[keys["alpha"]] if "alpha" in keys else None
        why = _why_impossible(down, up, alpha)
        if why:
            impossible[names.written[name]] = why
        else:
            pairs[name] = _computable(down), _computable(up)
    scales = _scales(path, metadata, names, pairs)
    modules: dict[str, LoraModule] = {}
    untold, zero = [], []
    for name, (down, up) in pairs.items():
        key = names.layers[name].get("alpha")
        rank = int(down.shape[0])
        told = scales.alpha(name, rank) if key is None else float(tensors[key].reshape(()))
        if told is None:
            untold.append(name)
        elif told == 0:
            zero.append(name)
        modules[name] = LoraModule(down, up, told or float(rank))
    return Contents(names, modules, impossible, tuple(untold), tuple(zero), scales)


def _scales(
    path: Path,
    metadata: Mapping[str, str],
    names: Names,
    pairs: Mapping[str, tuple[Tensor, Tensor]],
) -> Scales:
    """What is said of alpha outside the tensors: never of a kohya file, whose readers ask none."""
    if not {"diffusers", "PEFT"} & set(names.namings):
        return Scales()
    try:
        told = scales_in_header(metadata)
    except ParseError as error:
        raise LoraFileError(
            f"is damaged: what its header says of alpha cannot be read ({error})",
            where=str(path),
            fix="Get the file again",
        ) from error
    if told.table or "PEFT" not in names.namings:
        return told
    return scales_beside(path, {int(down.shape[0]) for down, _ in pairs.values()})


def _why_impossible(down: Tensor, up: Tensor, alpha: Tensor | None) -> str:
    """Why A, B and alpha are no layer's; empty where they can be."""
    whole = [part.dtype for part in (down, up) if not part.is_floating_point()]
    if whole:
        return f"holds no fractions but {str(whole[0]).removeprefix('torch.')}"
    fits = (
        down.ndim in (_PAIR, _CONVOLUTION)
        and up.ndim in (_PAIR, _CONVOLUTION)
        and down.shape[0] == up.shape[1]
        and tuple(up.shape[2:]) in ((), (1, 1))
    )
    if not fits:
        return f"A {tuple(down.shape)} and B {tuple(up.shape)} are no pair"
    if not down.numel() or not up.numel():
        return f"A {tuple(down.shape)} and B {tuple(up.shape)} are empty"
    if alpha is not None and alpha.numel() != 1:
        return f"alpha has {alpha.numel()} values instead of 1"
    if alpha is not None and alpha.is_complex():
        return "alpha is no real number"
    return ""


def _computable(tensor: Tensor) -> Tensor:
    """Numbers of eight bits are only stored: nothing can be computed in them."""
    return tensor.float() if tensor.dtype.itemsize == 1 else tensor


def problems_of(contents: Contents, shown: int) -> list[Problem]:
    """The layers that cannot be, the first of them by name."""
    listed = [Problem(name, why, "") for name, why in contents.impossible.items()]
    more = len(listed) - shown
    return [*listed[:shown], *([Problem("", f"and {more} more", "")] if more > 0 else [])]


def notes_of(contents: Contents) -> tuple[str, ...]:
    """What whoever uses the file should know."""
    notes = []
    if contents.names.embeddings:
        names = ", ".join(contents.names.embeddings)
        notes.append(f"it also holds the embedding {names}, which is not used: only its LoRA is")
    if contents.zero_alpha:
        share = f"{len(contents.zero_alpha)} of {len(contents.modules)} layers"
        notes.append(
            f"alpha is 0 in {share}: it acts at full strength here and in sd-scripts, and web UIs "
            "and ComfyUI leave these layers without effect"
        )
    if contents.without_alpha and "PEFT" in contents.names.namings:
        notes.append(
            "PEFT keeps alpha in adapter_config.json, which is not beside it: alpha is taken to be "
            "the rank"
        )
    return tuple(notes)


def not_finite(tensors: Mapping[str, Tensor]) -> list[str]:
    """Names of the tensors that hold an infinity or what is no number."""
    return [
        name
        for name, tensor in tensors.items()
        if tensor.is_floating_point() and not bool(torch.isfinite(_computable(tensor)).all())
    ]


def parts_in(modules: Mapping[str, LoraModule]) -> set[str]:
    """The parts of the model that layers are in."""
    return {part_of(name) for name in modules}
