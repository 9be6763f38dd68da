"""Presets: named beginnings of a recipe, shipped or one's own, made to be passed on.

They hold no absolute path, no secret and nothing that could be run.
"""

from lora_wizard.presets.reading import (
    Origin,
    Preset,
    PresetList,
    find_preset,
    list_presets,
    own_folder,
    read_preset,
    shipped_folder,
)
from lora_wizard.presets.saving import (
    own_preset_path,
    preset_text,
    save_preset,
    shareable,
    write_preset,
)

__all__ = [
    "Origin",
    "Preset",
    "PresetList",
    "find_preset",
    "list_presets",
    "own_folder",
    "own_preset_path",
    "preset_text",
    "read_preset",
    "save_preset",
    "shareable",
    "shipped_folder",
    "write_preset",
]
