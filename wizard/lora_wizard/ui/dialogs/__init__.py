"""What any screen may ask or show above itself."""

from lora_wizard.ui.dialogs.choose import ChooseDialog
from lora_wizard.ui.dialogs.confirm import ConfirmDialog
from lora_wizard.ui.dialogs.help import HelpScreen
from lora_wizard.ui.dialogs.input import InputDialog
from lora_wizard.ui.dialogs.text import AdviceDialog, TextDialog

__all__ = [
    "AdviceDialog",
    "ChooseDialog",
    "ConfirmDialog",
    "HelpScreen",
    "InputDialog",
    "TextDialog",
]
