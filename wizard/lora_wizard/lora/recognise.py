"""What kind of file this is, by the names of its tensors, so that a wrong one can be explained."""

from collections.abc import Mapping, Sequence

from lora_wizard.errors import Problem
from lora_wizard.lora.names import FAMILIES, Names, Shapes, family_of
from lora_wizard.models.foreign import NO_BASE, UNKNOWN, foreign_kind

DOWN, UP = ".lora_down.weight", ".lora_up.weight"
SHOWN = 5
"""How many names a refusal gives before it only counts."""

TAKEN = (
    "LoRA and LoCon files for Stable Diffusion 1, 2 and XL can be used, under the names of kohya, "
    "diffusers, PEFT, ComfyUI or OneTrainer"
)
_OTHER_METHODS = {
    "(IA)³": "is an (IA)³",
    "OFT": "is an OFT",
    "LoCon (Tucker)": "is a LoCon with Tucker decomposition",
    "norms": "holds changes of normalisation layers",
    "full difference": "holds whole weight differences",
    "biases": "holds changes of biases",
}
"""How to call files of methods; those that are not here are `a` and their name."""
_LORA_MARKS = (".lora_A.", ".lora_B.", ".lora.down.", ".lora.up.", "_lora.down.", "_lora.up.",
               DOWN, UP)  # fmt: skip
_STARTS = ("lora_unet_", "lora_te_", "lora_te1_", "lora_te2_", "lycoris_")
_WHOLE_MODELS = ("model.diffusion_model.", "cond_stage_model.", "conditioner.")


def other_file(shapes: Mapping[str, tuple[int, ...]]) -> Problem | None:
    """What a file is that is no LoRA of any kind; None for LoRAs and for what is not known.

    Args:
        shapes: of its tensors, by their names.
    """
    if any(name.startswith(_STARTS) for name in shapes) or any(
        mark in name for name in shapes for mark in _LORA_MARKS
    ):
        return None
    if any(name.startswith(_WHOLE_MODELS) for name in shapes):
        return Problem("", "is a whole model, not a LoRA", "Give it as the base model instead")
    kind = foreign_kind(shapes)
    if kind in ("", UNKNOWN) or kind == f"a LoRA{NO_BASE}":
        return None
    return Problem("", f"is {kind.removesuffix(NO_BASE)}, not a LoRA", TAKEN)


def refusal(shapes: Shapes, names: Names) -> Problem | None:
    """Why a file cannot be used, or None where it can.

    Args:
        shapes: Of its tensors.
        names: As `read_names` reads them.
    """
    if names.method:
        what = _OTHER_METHODS.get(names.method, f"is a {names.method}")
        return Problem("", f"{what}, which cannot be used here", TAKEN)
    if not names.layers:
        return _no_layers(shapes, names)
    if names.strange or names.unpaired:
        family = family_of(shapes, names=names)
        if names.strange and family not in (*FAMILIES, None):
            return _of_another_family(family)
        shown = _shown([*names.unpaired, *names.strange])
        what = f"is no LoRA for Stable Diffusion, or damaged: unknown or unpaired {shown}"
        return Problem("", what, TAKEN)
    if names.twice:
        shown = _shown([f"{one} and {other}" for one, other in names.twice])
        what = f"names {len(names.twice)} layers twice ({shown}), and programs read one of the two"
        return Problem("", what, "Make it again from the files that it was made of")
    return None


def _no_layers(shapes: Shapes, names: Names) -> Problem:
    family = family_of(shapes, names=names)
    if family not in (*FAMILIES, None):
        return _of_another_family(family)
    if any(mark in name for name in names.strange for mark in _LORA_MARKS):
        what = f"is a LoRA for a model that is not known here: {_shown(names.strange)}"
        return Problem("", what, TAKEN)
    return Problem("", "is not a LoRA", TAKEN)


def _of_another_family(family: str | None) -> Problem:
    return Problem("", f"is a LoRA for {family}, which cannot be used here", TAKEN)


def _shown(names: Sequence[str]) -> str:
    shown = ", ".join(sorted(names)[:SHOWN])
    more = len(names) - SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
