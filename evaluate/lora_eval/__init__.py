"""LoRA evaluation: pictures from LoRAs, judged and compared. The judging is not built yet."""

from lora_wizard import __version__

__all__ = ["__version__"]
