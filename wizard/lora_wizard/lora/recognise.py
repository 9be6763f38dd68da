"""What kind of file this is, by the names of its tensors, so that a wrong one can be explained."""

from collections.abc import Iterable, Set

from lora_wizard.errors import Problem

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
WHOLE_MODELS = ("model.diffusion_model.", "down_blocks.", "cond_stage_model.", "conditioner.")
VAES = ("first_stage_model.", "encoder.conv_in.", "decoder.conv_in.", "encoder.down")
CONTROL_NETS = ("control_model.", "controlnet_", "input_hint_block.")
EMBEDDINGS = {"emb_params", "string_to_param", "clip_l", "clip_g"}


def other_file(keys: Iterable[str]) -> Problem | None:
    """What a file is that is no LoRA of any kind; None for LoRAs and for what is not known."""
    names = set(keys)
    if any(name.startswith((*PREFIXES, "lycoris_")) for name in names) or any(
        mark in name for name in names for mark in (*DIFFUSERS, DOWN)
    ):
        return None
    # First, because a ControlNet is made of half a U-Net.
    if any(name.startswith(CONTROL_NETS) for name in names):
        return Problem("", "is a ControlNet, not a LoRA", TAKEN)
    if any(name.startswith(WHOLE_MODELS) for name in names):
        return Problem("", "is a whole model, not a LoRA", "Give it as the base model instead")
    if any(name.startswith(VAES) for name in names):
        return Problem("", "is a VAE, not a LoRA", "Give it as model.vae instead")
    if names & EMBEDDINGS:
        return Problem("", "is a textual inversion embedding, not a LoRA", TAKEN)
    return None


def refusal(keys: Iterable[str]) -> Problem | None:
    """Why a file with these tensor names cannot be used, or None where it can."""
    names = set(keys)
    for mark, what in OTHER_METHODS.items():
        if any(mark in name and name.startswith((*PREFIXES, "lycoris_")) for name in names):
            return Problem("", what, TAKEN)
    if any(mark in name for name in names for mark in DIFFUSERS):
        fix = "Convert it with diffusers' convert_state_dict_to_kohya. " + TAKEN
        return Problem("", "is a LoRA in the format of diffusers or peft", fix)
    if other := other_file(names):
        return other
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
