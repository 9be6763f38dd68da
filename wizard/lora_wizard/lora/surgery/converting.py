"""One LoRA under kohya's names, and under diffusers'.

diffusers' form has no alpha: what A and B hold counts as it is. So alpha goes into the factors on
the way there. What such a file says of its scale in its header (`lora_adapter_metadata`) is
understood, and not written: older versions do not read it.
"""

from torch import Tensor

from lora_wizard.errors import LoraFileError, Problem
from lora_wizard.lora.file import LoraFile
from lora_wizard.lora.names import FAMILIES, diffusers_path, is_convolution
from lora_wizard.lora.pixelwise import as_convolution, as_linear
from lora_wizard.lora.restoring import SHOWN
from lora_wizard.lora.surgery.changes import tensors_of, with_alpha


def to_diffusers(lora: LoraFile) -> dict[str, Tensor]:
    """The tensors of a LoRA in diffusers' form, in float32.

    Raises:
        LoraFileError: It is for another family, or has layers that diffusers has no name for.
    """
    family = _family(lora)
    result: dict[str, Tensor] = {}
    nameless = []
    for name, module in lora.modules.items():
        path = diffusers_path(name)
        if path is None:
            nameless.append(name)
            continue
        scaled = with_alpha(module, 1.0)
        down, up = scaled.down, scaled.up
        if tuple(down.shape[2:]) in ((), (1, 1)):
            # diffusers' models have SD2's projections as linear layers.
            convolution = family != "sd2" or not name.endswith(("_proj_in", "_proj_out"))
            keeps = convolution and is_convolution(name, family, as_given=down.ndim > 2)
            shaped = as_convolution if keeps else as_linear
            down, up = shaped(down), shaped(up)
        result[f"{path}.lora_A.weight"] = down.float().contiguous()
        result[f"{path}.lora_B.weight"] = up.float().contiguous()
    if nameless:
        more = len(nameless) - SHOWN
        rest = [Problem("", f"and {more} more", "")] if more > 0 else []
        problems = [Problem(name, "is not converted", "") for name in nameless[:SHOWN]]
        what = "diffusers has no name for these layers"
        raise LoraFileError(what, where=str(lora.path), problems=[*problems, *rest])
    return result


def to_kohya(lora: LoraFile) -> dict[str, Tensor]:
    """The tensors of a LoRA in kohya's form, with the names and shapes that sd-scripts' own
    network loads, in float32.

    Raises:
        LoraFileError: It is for another family.
    """
    return tensors_of(lora.modules, _family(lora))


def is_written_so(lora: LoraFile, tensors: dict[str, Tensor]) -> bool:
    """Whether a file holds the same tensors as a conversion of it, by names and shapes.

    A file without alphas counts as well where the conversion only adds them; one whose alpha is
    told outside the tensors does not, since the conversion brings it into them.
    """
    if lora.contents.scales.table:
        return False
    has = {name: tuple(each.shape) for name, each in lora.tensors.items() if _counts(name, tensors)}
    would = {name: tuple(each.shape) for name, each in tensors.items() if _counts(name, tensors)}
    return has == would


def _counts(name: str, tensors: dict[str, Tensor]) -> bool:
    return not name.endswith(".alpha") and (name in tensors or not name.startswith("bundle_emb."))


def _family(lora: LoraFile) -> str:
    family = lora.family
    if family in FAMILIES:
        return str(family)
    raise LoraFileError(
        f"is for {family or 'an unknown family'}, whose names are not known here",
        where=str(lora.path),
        fix="LoRAs for Stable Diffusion 1, 2 and XL can be converted",
    )
