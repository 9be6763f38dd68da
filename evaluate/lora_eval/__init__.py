"""LoRA evaluation: the same pictures from several LoRAs, judged and compared with error bars."""

from lora_wizard import __version__

__all__ = ["__version__"]
