"""One file looked at: what it is made of, its header, its fingerprints and its findings."""

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lora_wizard.lora.container import LENGTH_BYTES, read_container
from lora_wizard.lora.file import modules_of
from lora_wizard.lora.inspecting.findings import Finding, findings
from lora_wizard.lora.inspecting.naming import (
    PartName,
    downs,
    family_of,
    layers,
    method_of,
    naming_of,
    part_of,
)
from lora_wizard.lora.restoring import DOWN, UP, LoraModule

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """The layers of one part of the model."""

    name: PartName
    layers: int
    ranks: Mapping[int, int]
    """Rank to how many layers have it, the commonest first; empty for other methods."""
    alphas: Mapping[float, int]
    attention_alphas: tuple[float, ...]
    """Every alpha of its transformers' layers, the commonest first."""
    change: float | None
    """Frobenius norm of s B A over all layers; None where it is not a plain LoRA."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """Everything that a file tells."""

    path: Path
    size_bytes: int
    shapes: Mapping[str, tuple[int, ...]]
    metadata: Mapping[str, str]
    method: str
    naming: str
    family: str | None
    types: tuple[str, ...]
    """Types of the numbers, such as `fp16`, the commonest first."""
    parts: tuple[Part, ...]
    not_finite: tuple[str, ...]
    """Layers with a value that is no number."""
    idle: tuple[str, ...]
    """Layers whose change is zero."""
    without_alpha: int
    sha256: str
    """Of the file; its first 10 digits are AutoV2."""
    tensor_sha256: str
    """Of the tensors' bytes alone; its first 12 digits are AutoV3, and A1111's short hash."""

    @property
    def ranks(self) -> tuple[int, ...]:
        """Every rank that occurs, the commonest first."""
        counts = Counter[int]()
        for part in self.parts:
            counts.update(dict(part.ranks))
        return tuple(rank for rank, _ in counts.most_common())

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong or worth knowing, the worst first."""
        return tuple(findings(self))


def inspect_file(path: Path) -> Inspection:
    """Looks at a LoRA file of any kind.

    Raises:
        LoraFileError: It is missing, torn, or no safetensors file.
    """
    tensors, metadata = read_container(path)
    types = Counter(_type_name(tensor.dtype) for tensor in tensors.values())
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    sha256, tensor_sha256 = _hashes(path)
    plain = _plain_modules(tensors)
    return Inspection(
        path=path,
        size_bytes=path.stat().st_size,
        shapes=shapes,
        metadata=metadata,
        method=method_of(shapes),
        naming=naming_of(shapes),
        family=family_of(shapes),
        types=tuple(name for name, _ in types.most_common()),
        parts=tuple(_parts(shapes, plain)),
        not_finite=_distinct(shapes, tensors, lambda each: not bool(torch.isfinite(each).all())),
        idle=tuple(name for name, module in plain.items() if not bool(module.up.any())),
        without_alpha=sum(f"{name}.alpha" not in tensors for name in plain),
        sha256=sha256,
        tensor_sha256=tensor_sha256,
    )


def _type_name(dtype: torch.dtype) -> str:
    """As recipes and other programs call it: `fp16`, `bf16`, `fp32`."""
    names = {torch.float16: "fp16", torch.bfloat16: "bf16", torch.float32: "fp32"}
    return names.get(dtype, str(dtype).removeprefix("torch."))


def _hashes(path: Path) -> tuple[str, str]:
    """SHA-256 of the whole file, and of what lies behind its header."""
    whole, tensors = hashlib.sha256(), hashlib.sha256()
    with path.open("rb") as file:
        head = file.read(LENGTH_BYTES)
        header = file.read(int.from_bytes(head, "little"))
        whole.update(head + header)
        while chunk := file.read(_CHUNK):
            whole.update(chunk)
            tensors.update(chunk)
    return whole.hexdigest(), tensors.hexdigest()


def _distinct(
    shapes: Mapping[str, Any], tensors: Mapping[str, Tensor], holds: Any
) -> tuple[str, ...]:
    bad = {name for name, tensor in tensors.items() if holds(tensor)}
    return tuple(
        layer for layer in layers(shapes) if any(name.startswith(f"{layer}.") for name in bad)
    )


def _plain_modules(tensors: Mapping[str, Tensor]) -> dict[str, LoraModule]:
    """A, B and alpha of the layers that hold a LoRA, by kohya's names or peft's."""
    renamed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        for theirs, ours in (
            (".lora_A.default.weight", f".{DOWN}"),
            (".lora_B.default.weight", f".{UP}"),
            (".lora_A.weight", f".{DOWN}"),
            (".lora_B.weight", f".{UP}"),
            (".lora.down.weight", f".{DOWN}"),
            (".lora.up.weight", f".{UP}"),
        ):
            if name.endswith(theirs):
                name = name.removesuffix(theirs) + ours
                break
        renamed[name] = tensor
    known = {
        name: tensor
        for name, tensor in renamed.items()
        if (layer := name.rsplit(".", 2 if name.endswith(".weight") else 1)[0])
        and f"{layer}.{DOWN}" in renamed
        and f"{layer}.{UP}" in renamed
        and renamed[f"{layer}.{DOWN}"].shape[0] == renamed[f"{layer}.{UP}"].shape[1]
    }
    return modules_of(known)


def _parts(
    shapes: Mapping[str, tuple[int, ...]], plain: Mapping[str, LoraModule]
) -> Iterator[Part]:
    by_part: dict[PartName, list[str]] = {}
    for layer in layers(shapes):
        by_part.setdefault(part_of(layer), []).append(layer)
    down = dict(downs(shapes))
    for name, members in by_part.items():
        modules = [plain[layer] for layer in members if layer in plain]
        ranks = Counter(down[layer][0] for layer in members if layer in down)
        alphas = Counter(round(module.alpha, 6) for module in modules)
        attention = Counter(
            round(plain[layer].alpha, 6)
            for layer in members
            if layer in plain and "transformer_blocks" in layer
        )
        change = math.sqrt(sum(_square(module) for module in modules)) if modules else None
        yield Part(
            name=name,
            layers=len(members),
            ranks=dict(ranks.most_common()),
            alphas=dict(alphas.most_common()),
            attention_alphas=tuple(alpha for alpha, _ in attention.most_common()),
            change=change,
        )


def _square(module: LoraModule) -> float:
    """‖s B A‖², from two matrices of rank times rank."""
    a, b = module.down.flatten(1).double(), module.up.flatten(1).double()
    square = ((b.t() @ b) * (a @ a.t())).sum() * (module.alpha / module.rank) ** 2
    return max(0.0, float(square)) if bool(torch.isfinite(square)) else math.nan
