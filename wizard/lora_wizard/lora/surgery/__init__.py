"""New LoRA files from old ones: resized, merged, or under other names. No model is needed.

What the result changes in a model is what the inputs changed, exactly or as near as a rank allows;
how near is always said.
"""

from lora_wizard.lora.surgery.converting import is_written_so, to_diffusers, to_kohya
from lora_wizard.lora.surgery.merging import common_family, merge
from lora_wizard.lora.surgery.resizing import Kept, by_energy, by_rank
from lora_wizard.lora.surgery.writing import of_family, renewed, type_of

__all__ = [
    "Kept",
    "by_energy",
    "by_rank",
    "common_family",
    "is_written_so",
    "merge",
    "of_family",
    "renewed",
    "to_diffusers",
    "to_kohya",
    "type_of",
]
