"""One file looked at: what it is made of, its header, its fingerprints and its findings."""

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from lora_wizard.lora.container import LENGTH_BYTES, read_container, readable
from lora_wizard.lora.contents import Contents, not_finite, read_contents
from lora_wizard.lora.inspecting.findings import Finding, findings
from lora_wizard.lora.names import PartName, Shapes, family_of, part_of
from lora_wizard.lora.names.keys import layer_of, taken_apart
from lora_wizard.lora.restoring import LoraModule

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
    shapes: Shapes
    contents: Contents
    metadata: Mapping[str, str]
    method: str
    """`LoRA`, `LoCon` (a LoRA in 3x3 convolutions too), another method, or an empty text."""
    naming: str
    """Whose names the layers have; several with `and` between."""
    family: str | None
    types: tuple[str, ...]
    """Types of the numbers, such as `fp16`, the commonest first."""
    parts: tuple[Part, ...]
    not_finite: tuple[str, ...]
    """Layers with a value that is no number, as the file calls them; so in what follows."""
    idle: tuple[str, ...]
    """Layers whose change is zero."""
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
    with readable(path):
        return _inspected(path, tensors, metadata)


def _inspected(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> Inspection:
    types = Counter(_type_name(tensor.dtype) for tensor in tensors.values())
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    sha256, tensor_sha256 = _hashes(path)
    contents = read_contents(path, tensors, metadata)
    names = contents.names
    return Inspection(
        path=path,
        size_bytes=path.stat().st_size,
        shapes=shapes,
        contents=contents,
        metadata=metadata,
        method=names.method or _lora_method(shapes),
        naming=names.naming,
        family=family_of(shapes, metadata, names),
        types=tuple(name for name, _ in types.most_common()),
        parts=tuple(_parts(shapes, contents)),
        not_finite=tuple(dict.fromkeys(layer_of(name) for name in not_finite(tensors))),
        idle=tuple(
            names.written[name] for name, each in contents.modules.items() if _is_idle(each)
        ),
        sha256=sha256,
        tensor_sha256=tensor_sha256,
    )


def _lora_method(shapes: Shapes) -> str:
    downs = [
        shape
        for key, shape in shapes.items()
        if (taken_apart(key) or ("", ""))[1] in ("down", "up")
    ]
    if not downs:
        return ""
    return "LoCon" if any(len(shape) == 4 and shape[2] > 1 for shape in downs) else "LoRA"


def _is_idle(module: LoraModule) -> bool:
    return not bool(module.up.any()) or not bool(module.down.any())


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


def _parts(shapes: Shapes, contents: Contents) -> Iterator[Part]:
    by_part: dict[PartName, list[str]] = {}
    for name in contents.names.written:
        by_part.setdefault(part_of(name), []).append(name)
    for part, members in by_part.items():
        yield _part(part, members, shapes, contents)
    elsewhere = dict.fromkeys(layer_of(key) for key in contents.names.strange)
    if elsewhere:
        downs = (shapes[key] for key in contents.names.strange
                 if (taken_apart(key) or ("", ""))[1] == "down" and shapes[key])  # fmt: skip
        ranks = Counter(shape[0] for shape in downs)
        yield Part("other", len(elsewhere), dict(ranks.most_common()), {}, (), None)


def _part(part: PartName, members: list[str], shapes: Shapes, contents: Contents) -> Part:
    zero = set(contents.zero_alpha)
    modules = {name: contents.modules[name] for name in members if name in contents.modules}
    told = {name: 0.0 if name in zero else round(each.alpha, 6) for name, each in modules.items()}
    downs = (
        shapes[keys["down"]]
        for name in members
        if "down" in (keys := contents.names.layers.get(name, {})) and shapes[keys["down"]]
    )
    ranks = Counter(shape[0] for shape in downs)
    alphas = Counter(told.values())
    attention = Counter(alpha for name, alpha in told.items() if "transformer_blocks" in name)
    change = math.sqrt(sum(map(_square, modules.values()))) if modules else None
    return Part(
        name=part,
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
