"""How other programs find a file's layers: by name alone, and what they do not know they skip.

Each reader is a function from a layer's name in a file to the layer it would act on, written from
what the program does, so that a file can be checked without the program. A new one is a module
with such a function and its entry in `READERS`.
"""

from collections.abc import Callable, Iterable, Mapping

from lora_wizard.lora.readers.a1111 import a1111
from lora_wizard.lora.readers.comfyui import comfyui
from lora_wizard.lora.readers.layout import FULL_SIZE, Layout, layout_of

__all__ = ["FULL_SIZE", "READERS", "Layout", "Reader", "layout_of", "unread"]

Reader = Callable[[Layout], Callable[[str], str | None]]
"""Made for a model; gives the layer's name inside the program, None where it finds none."""

READERS: Mapping[str, Reader] = {"A1111 and Forge": a1111, "ComfyUI": comfyui}


def unread(names: Iterable[str], layout: Layout) -> dict[str, list[str]]:
    """The layers that each program would skip, and those that two names of the file share.

    Args:
        names: Of a file's layers, such as `lora_unet_mid_block_attentions_0_proj_in`.
        layout: Of the model that the file is used with.
    """
    result: dict[str, list[str]] = {}
    listed = list(names)
    for program, reader in READERS.items():
        if reader is a1111 and not layout.is_numbered_in_threes:
            continue  # no program draws with such a model, and this one cannot name its blocks
        find = reader(layout)
        taken: dict[str, str] = {}
        lost = []
        for name in listed:
            layer = find(name)
            if layer is None or taken.setdefault(layer, name) != name:
                lost.append(name)
        result[program] = lost
    return result
