"""The questions one by one, and the page that shows all answers before anything is started."""

from lora_wizard.ui.wizard.flow_screen import FlowScreen
from lora_wizard.ui.wizard.material import Material
from lora_wizard.ui.wizard.question import QuestionScreen
from lora_wizard.ui.wizard.review import ReviewScreen

__all__ = ["FlowScreen", "Material", "QuestionScreen", "ReviewScreen"]
