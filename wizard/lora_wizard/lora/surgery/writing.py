"""The header of a file that was made from others, and the type of its numbers. Pure."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from lora_wizard.lora.metadata import VERSIONS
from lora_wizard.lora.restoring import LoraModule
from lora_wizard.lora.scales import HEADER_KEY
from lora_wizard.parsing import ParseError, parse_json

Precision = Literal["fp16", "bf16", "fp32"]
_PRECISIONS: dict[torch.dtype, Precision] = {torch.float16: "fp16", torch.bfloat16: "bf16"}
_STALE = ("sshs_model_hash", "sshs_legacy_hash", "modelspec.hash_sha256", HEADER_KEY)
"""What speaks of the bytes of the old file, or of its form in diffusers."""
_JOINED = ("ss_tag_frequency", "ss_dataset_dirs", "ss_reg_dataset_dirs")
"""Tables by folder, of which a merged file has every input's."""
_FORGOTTEN = ("ss_network_args",)
"""Per-block settings, which no longer hold."""
NO_COMMENT = ("", "None")


def renewed(
    headers: Sequence[Mapping[str, str]],
    modules: Mapping[str, LoraModule],
    *,
    name: str,
    note: str,
) -> dict[str, str]:
    """The metadata of a new file: what all inputs agree on, its own rank, and where it came from.

    Args:
        headers: Of the files that it was made from.
        modules: What the new file holds.
        name: How other programs list it.
        note: Added to the comment, such as `resized to rank 8`.
    """
    first, *others = headers
    kept = {
        key: value
        for key, value in first.items()
        if key not in (*_STALE, *_FORGOTTEN) and all(other.get(key) == value for other in others)
    }
    for key in _JOINED:
        joined = _joined(header[key] for header in headers if key in header)
        if joined:
            kept[key] = json.dumps(joined)
    comment = kept.get("ss_training_comment", "")
    kept["ss_training_comment"] = note if comment in NO_COMMENT else f"{comment}; {note}"
    kept.pop("format", None)
    kept["ss_output_name"] = name
    kept["ss_network_module"] = "networks.lora"
    kept["ss_network_dim"] = _common(module.rank for module in modules.values())
    kept["ss_network_alpha"] = _common(module.alpha for module in modules.values())
    if "modelspec.title" in kept:
        kept["modelspec.title"] = name
    return kept


def of_family(header: Mapping[str, str], family: str | None) -> dict[str, str]:
    """A kohya file's header that says the family, by which web UIs list it beside its bases."""
    known = {name: version for name, version in VERSIONS.items() if name == family}
    told = {
        key: value
        for name, version in known.items()
        for key, value in (("ss_base_model_version", version), ("ss_v2", str(name == "sd2")))
    }
    return told | dict(header)


def type_of(tensors: Iterable[Tensor]) -> Precision:
    """The precision that most of these tensors have."""
    counts = Counter(_PRECISIONS.get(tensor.dtype, "fp32") for tensor in tensors if tensor.ndim)
    found: list[tuple[Precision, int]] = counts.most_common(1)
    return found[0][0] if found else "fp32"


def _common(values: Iterable[float]) -> str:
    """The one value, or the word that sd-scripts' own resizing writes where there are several."""
    found = {round(value, 6) for value in values}
    return f"{found.pop():g}" if len(found) == 1 else "Dynamic"


def _joined(texts: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text in texts:
        try:
            table = parse_json(text, nan=True)
        except ParseError:
            continue
        if isinstance(table, dict):
            found |= table
    return found
