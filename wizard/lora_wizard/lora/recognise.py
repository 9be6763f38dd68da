"""What kind of file this is, by the names of its tensors, so that a wrong one can be explained."""

from collections.abc import Iterable, Mapping, Set

from lora_wizard.errors import Problem
from lora_wizard.models.foreign import NO_BASE, UNKNOWN, foreign_kind

PREFIXES = ("lora_unet_", "lora_te_", "lora_te1_", "lora_te2_")
DOWN, UP, ALPHA = ".lora_down.weight", ".lora_up.weight", ".alpha"

TAKEN = "Only LoRA and LoCon files in kohya's format (.lora_down, .lora_up, .alpha) can be used"
OTHER_METHODS = {
    ".hada_": "is a LoHa",
    ".lokr_": "is a LoKr",
    ".dora_scale": "is a DoRA",
    ".lora_mid.": "is a LoCon with Tucker decomposition",
    ".oft_": "is an OFT",
    ".boft_": "is a BOFT",
    ".on_input": "is an (IA)³",
    ".diff": "holds whole weight differences",
    ".w_norm": "holds changes of normalisation layers",
    ".b_norm": "holds changes of normalisation layers",
}
DIFFUSERS = (".lora_A.", ".lora_B.", ".lora.down.", ".lora.up.", "_lora.down.", "_lora.up.")
WHOLE_MODELS = ("model.diffusion_model.", "cond_stage_model.", "conditioner.")


def other_file(shapes: Mapping[str, tuple[int, ...]]) -> Problem | None:
    """What a file is that is no LoRA of any kind; None for LoRAs and for what is not known.

    Args:
        shapes: of its tensors, by their names.
    """
    if any(name.startswith((*PREFIXES, "lycoris_")) for name in shapes) or any(
        mark in name for name in shapes for mark in (*DIFFUSERS, DOWN)
    ):
        return None
    if any(name.startswith(WHOLE_MODELS) for name in shapes):
        return Problem("", "is a whole model, not a LoRA", "Give it as the base model instead")
    kind = foreign_kind(shapes)
    if kind in ("", UNKNOWN):
        return None
    return Problem("", f"is {kind.removesuffix(NO_BASE)}, not a LoRA", TAKEN)


def refusal(keys: Iterable[str]) -> Problem | None:
    """Why a file with these tensor names cannot be used, or None where it can."""
    names = set(keys)
    for mark, what in OTHER_METHODS.items():
        if any(mark in name and name.startswith((*PREFIXES, "lycoris_")) for name in names):
            return Problem("", what, TAKEN)
    if any(mark in name for name in names for mark in DIFFUSERS):
        fix = "Convert it with: lora-wizard convert FILE --to kohya --out OUT"
        return Problem("", "is a LoRA in the format of diffusers or peft", fix)
    if not any(name.endswith(DOWN) for name in names):
        return Problem("", "is not a LoRA", TAKEN)
    stray = sorted(name for name in names if not _belongs(name, names))
    if stray:
        shown = ", ".join(stray[:5]) + (f" and {len(stray) - 5} more" if len(stray) > 5 else "")
        what = f"is no LoRA for Stable Diffusion, or damaged: unknown or unpaired {shown}"
        return Problem("", what, TAKEN)
    return None


def module_names(keys: Iterable[str]) -> list[str]:
    """The layers that a file's tensors belong to, in the file's order."""
    return [key.removesuffix(DOWN) for key in keys if key.endswith(DOWN)]


def _belongs(name: str, names: Set[str]) -> bool:
    for kind in (DOWN, UP, ALPHA):
        if name.endswith(kind):
            layer = name.removesuffix(kind)
            pair = layer + DOWN in names and layer + UP in names
            return pair and layer.startswith(PREFIXES) and "." not in layer
    return False
