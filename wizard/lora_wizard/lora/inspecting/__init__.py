"""What any LoRA file says of itself, ours or another trainer's, and what is wrong with it.

Nothing is put on a model: names, shapes, values and the header are all that is looked at.
"""

from lora_wizard.lora.inspecting.findings import Finding
from lora_wizard.lora.inspecting.inspection import Inspection, Part, inspect_file

__all__ = ["Finding", "Inspection", "Part", "inspect_file"]
