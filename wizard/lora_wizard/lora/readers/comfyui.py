"""ComfyUI: begins with the model, and asks for each of its layers under every name it may have.

What no layer asks for is logged as "lora key not loaded", and the picture is drawn without it.
Source: the behaviour of `comfy/lora.py` (`model_lora_keys_unet`, `model_lora_keys_clip`).
"""

from collections.abc import Callable, Iterator

from lora_wizard.lora.readers.layout import TEXT_LAYER, Layout, diffusers_layers, ldm_layers

_CLIPS = {"sd1": ("clip_l",), "sd2": ("clip_h",), "sdxl": ("clip_l", "clip_g")}
"""What it calls a family's text encoders."""
_PREFIXES = {
    "clip_l": ("lora_te", "lora_te1"),
    "clip_h": ("lora_te", "lora_te1"),
    "clip_g": ("lora_te2",),
}


def comfyui(layout: Layout) -> Callable[[str], str | None]:
    """The reader for a model."""
    return dict(_keys(layout)).get


def _keys(layout: Layout) -> Iterator[tuple[str, str]]:
    unet = list(ldm_layers(layout))
    for path in unet:
        yield f"lora_unet_{_flat(path)}", path
    # Both worlds list the same layers in the same order.
    for path, other in zip(unet, diffusers_layers(layout), strict=True):
        yield f"lora_unet_{_flat(other)}", path
        yield f"lycoris_{_flat(other)}", path
    for clip, layers in zip(_CLIPS[layout.family], layout.text_layers, strict=True):
        for number in range(layers):
            for kind in TEXT_LAYER:
                path = f"text_model.encoder.layers.{number}.{kind}"
                for prefix in _PREFIXES[clip]:
                    yield f"{prefix}_{_flat(path)}", f"{clip}.{path}"


def _flat(path: str) -> str:
    return path.replace(".", "_")
