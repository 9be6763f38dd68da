"""One LoRA under kohya's names and under diffusers'.

diffusers' form has no alpha: what A and B hold counts as it is. So alpha goes into the factors on
the way there, and is the rank on the way back. What such a file says of its scale in its header
(`lora_adapter_metadata`) is understood, and not written: older versions do not read it.
"""

import json
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from lora_wizard.errors import LoraFileError, Problem
from lora_wizard.lora.file import LoraFile
from lora_wizard.lora.inspecting.naming import family_of
from lora_wizard.lora.readers.layout import FULL_SIZE, Family
from lora_wizard.lora.restoring import SHOWN, LoraModule
from lora_wizard.lora.surgery.changes import with_alpha
from lora_wizard.lora.surgery.names import diffusers_path, kohya_name, taken_apart

ADAPTER_METADATA = "lora_adapter_metadata"


def to_diffusers(lora: LoraFile) -> dict[str, Tensor]:
    """The tensors of a kohya file in diffusers' form, in float32.

    Raises:
        LoraFileError: It is for another family, or has layers that diffusers has no name for.
    """
    family = _family(str(lora.path), {k: tuple(v.shape) for k, v in lora.tensors.items()})
    result: dict[str, Tensor] = {}
    nameless = []
    for name, module in lora.modules.items():
        path = diffusers_path(name, family)
        if path is None:
            nameless.append(name)
            continue
        plain = with_alpha(module, 1.0)
        result[f"{path}.lora_A.weight"] = plain.down.float().contiguous()
        result[f"{path}.lora_B.weight"] = plain.up.float().contiguous()
    _refuse(str(lora.path), nameless, "diffusers has no name for these layers")
    return result


def to_kohya(
    tensors: Mapping[str, Tensor], metadata: Mapping[str, str], where: str
) -> dict[str, LoraModule]:
    """The layers of a file in one of diffusers' or peft's forms, under kohya's names.

    Args:
        tensors: By their names in the file.
        metadata: Its header: it may say by what the change is scaled.
        where: How to call it in messages.

    Raises:
        LoraFileError: It is of another method or family, or is not complete.
    """
    family = _family(where, {name: tuple(tensor.shape) for name, tensor in tensors.items()})
    parts: dict[str, dict[str, Tensor]] = {}
    strange = []
    for key, tensor in tensors.items():
        found = taken_apart(key)
        if found is None:
            strange.append(key)
        else:
            parts.setdefault(found[0], {})[found[1]] = tensor
    strange += [path for path, each in parts.items() if not {"down", "up"} <= each.keys()]
    named = {path: kohya_name(path, family) for path in parts}
    strange += [path for path, name in named.items() if name is None]
    _refuse(where, strange, "these parts of it are no LoRA, or have no place in kohya's format")
    scales = _adapter_metadata(metadata)
    return {
        str(named[path]): LoraModule(each["down"], each["up"], _alpha(path, each, scales))
        for path, each in parts.items()
    }


def _family(where: str, shapes: Mapping[str, tuple[int, ...]]) -> Family:
    found = family_of(shapes)
    for family in FULL_SIZE:
        if family == found:
            return family
    raise LoraFileError(
        f"is for {found or 'an unknown family'}, whose names are not known here",
        where=where,
        fix="LoRAs for Stable Diffusion 1, 2 and XL can be converted",
    )


def _alpha(path: str, each: Mapping[str, Tensor], scales: Mapping[str, Any]) -> float:
    """Alpha of a layer: its own, the header's, or else its rank.

    A rank-stabilised LoRA (Kalajdzievski, 2023) is scaled by alpha / sqrt(rank), which is another
    alpha over the rank.
    """
    rank = float(each["down"].shape[0])
    if "alpha" in each:
        return float(each["alpha"]) or rank
    part, _, inner = path.partition(".")
    told: Any = scales.get(f"{part}.lora_alpha")
    pattern = scales.get(f"{part}.alpha_pattern")
    if isinstance(pattern, dict):
        # A key of peft's stands for the layers whose path ends in it, whole steps only.
        fitting = (value for name, value in pattern.items() if f".{inner}".endswith(f".{name}"))
        told = next(fitting, told)
    if not isinstance(told, int | float) or isinstance(told, bool):
        return rank
    return float(told) * (rank**0.5 if scales.get(f"{part}.use_rslora") is True else 1.0)


def _adapter_metadata(metadata: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        found = json.loads(metadata.get(ADAPTER_METADATA, "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _refuse(where: str, names: list[str], what: str) -> None:
    if names:
        more = len(names) - SHOWN
        rest = [Problem("", f"and {more} more", "")] if more > 0 else []
        problems = [Problem(name, "is not converted", "") for name in names[:SHOWN]]
        raise LoraFileError(what, where=where, problems=[*problems, *rest])
