"""A layer's canonical name as other programs write it, and the shapes that they expect. Pure."""

from lora_wizard.lora.ldm_names import ldm_path
from lora_wizard.lora.names.ldm import PUBLISHED_RUN, from_ldm
from lora_wizard.lora.names.paths import PREFIXES, TEXT, part_of, spelt_out
from lora_wizard.lora.pixelwise import PROJECTIONS

_SDXL_ATTENTION = frozenset({"up_blocks.0", "up_blocks.1"})
_UNET = PREFIXES["unet"]
_FIRST, _SECOND = PREFIXES["text_encoder"], PREFIXES["text_encoder_2"]
_PIXELWISE = ("_conv_shortcut",)


def kohya_name(name: str, family: str | None) -> str:
    """What a kohya file of a family calls a layer: SDXL's U-Net by LDM's numbering."""
    if family != "sdxl":
        return name
    if name.startswith(_FIRST):
        return f"lora_te1_{name.removeprefix(_FIRST)}"
    if not name.startswith(_UNET):
        return name
    flat = name.removeprefix(_UNET)
    path = spelt_out(flat)
    if path is None:
        return name
    ldm = ldm_path(path, PUBLISHED_RUN - 1, _SDXL_ATTENTION).replace(".", "_")
    # A layer that SDXL does not have would take another's place in LDM's numbering.
    return _UNET + ldm if from_ldm(ldm, PUBLISHED_RUN) == flat else name


def diffusers_path(name: str) -> str | None:
    """`unet.down_blocks...` or `text_encoder.text_model...`; None where diffusers has none."""
    if found := TEXT.fullmatch(name):
        second, layer, block, inner = found.groups()
        encoder = "text_encoder_2" if second else "text_encoder"
        return f"{encoder}.text_model.encoder.layers.{layer}.{block}.{inner}"
    if name == f"{_SECOND}text_projection":
        return "text_encoder_2.text_projection"
    path = spelt_out(name.removeprefix(_UNET)) if part_of(name) == "unet" else None
    return None if path is None else f"unet.{path}"


def is_convolution(name: str, family: str | None, *, as_given: bool) -> bool:
    """Whether a kohya file has a layer that maps each pixel on its own as a 1x1 convolution.

    sd-scripts keeps the projections around SD2's transformers so, though diffusers has them as
    linear layers, and its network loads no other shape.

    Args:
        name: Canonical.
        family: Of the file.
        as_given: Whether the file at hand has it so; for layers of which no more is known.
    """
    if part_of(name) != "unet":
        return False
    if name.endswith(PROJECTIONS) and family in ("sd1", "sd2", "sdxl"):
        return family != "sdxl"
    if name.endswith(_PIXELWISE):
        return True
    if "_transformer_blocks_" in name or name.endswith("_time_emb_proj"):
        return False
    return as_given
