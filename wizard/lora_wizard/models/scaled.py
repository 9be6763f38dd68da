"""Weights that are stored in 8 bits with a scale beside each, as ComfyUI's files have them.

A weight of such a file is its 8-bit number times its scale. Read without the scale it is hundreds
or thousands of times too large. Known are the names `NAME.scale_weight` (with an empty tensor
`scaled_fp8` as the mark) and `NAME.weight_scale`, for a whole tensor, each of its rows, or blocks
of a row. What is stored in any other way is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from lora_wizard.errors import ModelError
from lora_wizard.parsing import ParseError, parse_json

_SCALES = (".scale_weight", ".weight_scale")
_BESIDE = (*_SCALES, ".scale_input", ".input_scale", ".comfy_quant")
_MARK = "scaled_fp8"
_PLAIN = ("float8_e4m3fn", "float8_e5m2")
_LAYERS = "_quantization_metadata"
"""ComfyUI's name for the header's text that says how each layer is stored."""
_MOST_QUANT = 10_000
_FIX = "Give a version of this model in fp16 or bf16: a smaller file cannot be trained on"
_OTHER_WAYS = (
    (".weight.absmax", "in 4 or 8 bits by bitsandbytes"),
    (".weight.quant_map", "in 4 or 8 bits by bitsandbytes"),
    (".SCB", "in 8 bits by bitsandbytes"),
    (".weight_scale_2", "in 4 bits (NVFP4)"),
    (".weight_scale_inv", "in fp8 by blocks of rows"),
    (".qweight", "in few bits (GPTQ, AWQ or Nunchaku)"),
    (".wscales", "in few bits (Nunchaku)"),
)


@dataclass(frozen=True)
class Scales:
    """What a file has beside its weights to read them by."""

    of: Mapping[str, str] = field(default_factory=dict)
    """The name of each scaled weight's scale."""
    described: Mapping[str, str] = field(default_factory=dict)
    """The name of the tensor that says how a weight is stored, where there is one."""
    beside: frozenset[str] = frozenset()
    """All names that are no weights."""


def scales_in(names: Iterable[str], metadata: Mapping[str, str], path: Path) -> Scales:
    """The scales of a file, by its tensors' names.

    Args:
        metadata: its header's texts.

    Raises:
        ModelError: its weights are stored in a way that is not known here.
    """
    known = set(names)
    for ending, how in _OTHER_WAYS:
        if any(name.endswith(ending) for name in known):
            raise _not_read(how, path)
    _check_header(metadata, path)
    beside = {name for name in known if name.endswith(_BESIDE) or _is_mark(name)}
    of = {
        f"{name.removesuffix(ending)}.weight": name
        for ending in _SCALES
        for name in beside
        if name.endswith(ending)
    }
    described = {
        f"{name.removesuffix('.comfy_quant')}.weight": name
        for name in beside
        if name.endswith(".comfy_quant")
    }
    return Scales(of, described, frozenset(beside))


def weight_of(name: str, read: Callable[[str], Tensor], scales: Scales, path: Path) -> Tensor:
    """A weight as it is meant, in float32 where it had a scale.

    Raises:
        ModelError: it is stored in a way that is not known here.
    """
    tensor = read(name)
    if name in scales.described:
        _check_description(read(scales.described[name]), path)
    if name in scales.of:
        return _times(tensor, read(scales.of[name]), name, path)
    is_integer = not tensor.is_floating_point() and not tensor.is_complex()
    if is_integer and name.endswith(".weight") and tensor.ndim > 1:
        raise _not_read(f"as whole numbers ({name} in {_words(tensor)})", path)
    return tensor


def _times(tensor: Tensor, scale: Tensor, name: str, path: Path) -> Tensor:
    """The tensor times its scale: one number, one for each row, or one for each block of a row."""
    if not (tensor.is_floating_point() and scale.is_floating_point()):
        raise _not_read(f"as whole numbers ({name} in {_words(tensor)})", path)
    values, factors = tensor.float(), scale.float()
    rows = tensor.shape[0] if tensor.ndim else 1
    if factors.numel() == 1:
        return values * factors.reshape(())
    if factors.numel() == rows and factors.shape[0] == rows:
        return values * factors.reshape(rows, *[1] * (tensor.ndim - 1))
    blocks = factors.shape[1] if factors.ndim in (2, 3) else 0
    by_block = blocks and factors.numel() == rows * blocks and factors.shape[0] == rows
    if by_block and tensor.ndim == 2 and tensor.shape[1] % blocks == 0:
        parts = values.reshape(rows, blocks, -1) * factors.reshape(rows, blocks, 1)
        return parts.reshape(tensor.shape)
    shapes = f"{name} {_size(tensor)} with scales {_size(scale)}"
    raise _not_read(f"with scales of a shape that is not known here ({shapes})", path)


def _check_header(metadata: Mapping[str, str], path: Path) -> None:
    if _LAYERS not in metadata:
        return
    try:
        found = parse_json(metadata[_LAYERS])
    except ParseError as error:
        raise _not_read("in a way that its header does not say readably", path) from error
    layers = found.get("layers") if isinstance(found, dict) else None
    for one in layers.values() if isinstance(layers, dict) else ():
        _check_format(one, path)


def _check_description(tensor: Tensor, path: Path) -> None:
    if tensor.numel() > _MOST_QUANT:
        raise _not_read("in a way that the file does not say readably", path)
    try:
        _check_format(parse_json(bytes(tensor.flatten().tolist())), path)
    except (ParseError, ValueError, TypeError) as error:
        raise _not_read("in a way that the file does not say readably", path) from error


def _check_format(described: object, path: Path) -> None:
    kind = described.get("format") if isinstance(described, dict) else None
    if kind is not None and kind not in _PLAIN:
        raise _not_read(f"as {str(kind)[:40]}", path)


def _is_mark(name: str) -> bool:
    return name.rpartition(".")[2] == _MARK


def _words(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _size(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "of one number"


def _not_read(how: str, path: Path) -> ModelError:
    return ModelError(
        f"The model's weights are stored {how}, which is not read here", where=str(path), fix=_FIX
    )
