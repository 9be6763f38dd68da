"""The names of a LoRA file's layers: every program's, read into one, and written again.

In memory a layer has one name whatever the file calls it, its canonical name: `lora_unet_`,
`lora_te_` or `lora_te2_` and the layer's path in diffusers with underscores for dots. It does not
depend on the family, so files of one family never disagree on it.
"""

from lora_wizard.lora.names.family import FAMILIES, context_widths, family_of, is_small
from lora_wizard.lora.names.listing import Names, Shapes, read_names
from lora_wizard.lora.names.paths import PREFIXES, Naming, PartName, is_layer, part_of
from lora_wizard.lora.names.written import diffusers_path, is_convolution, kohya_name

__all__ = [
    "FAMILIES",
    "PREFIXES",
    "Names",
    "Naming",
    "PartName",
    "Shapes",
    "context_widths",
    "diffusers_path",
    "family_of",
    "is_convolution",
    "is_layer",
    "is_small",
    "kohya_name",
    "part_of",
    "read_names",
]
