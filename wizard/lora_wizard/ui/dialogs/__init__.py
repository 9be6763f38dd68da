"""What any screen may ask or show above itself."""

from lora_wizard.ui.dialogs.confirm import ConfirmDialog
from lora_wizard.ui.dialogs.help import HelpScreen
from lora_wizard.ui.dialogs.input import InputDialog
from lora_wizard.ui.dialogs.text import TextDialog

__all__ = ["ConfirmDialog", "HelpScreen", "InputDialog", "TextDialog"]
