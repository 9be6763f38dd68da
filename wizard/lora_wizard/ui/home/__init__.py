"""Where one begins: a draft, a new LoRA from somewhere, or a run that is there."""

from lora_wizard.ui.home.screen import HomeScreen

__all__ = ["HomeScreen"]
