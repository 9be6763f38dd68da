"""LoRA layers on a Stable Diffusion model, and the LoRA file.

Knows of models only what torch shows: diffusers is used by the check of a written file alone.
"""

from lora_wizard.lora.check import check_loads_in_diffusers
from lora_wizard.lora.facts import TrainingFacts
from lora_wizard.lora.file import LoraFile, load_lora, save_lora
from lora_wizard.lora.hashes import base_hashes
from lora_wizard.lora.metadata import minimal_metadata, training_metadata
from lora_wizard.lora.network import LoraNetwork, attach
from lora_wizard.lora.putting_on import attach_file

__all__ = [
    "LoraFile",
    "LoraNetwork",
    "TrainingFacts",
    "attach",
    "attach_file",
    "base_hashes",
    "check_loads_in_diffusers",
    "load_lora",
    "minimal_metadata",
    "save_lora",
    "training_metadata",
]
