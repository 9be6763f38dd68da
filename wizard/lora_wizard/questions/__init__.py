"""What the wizard asks, as data: one question an entry, one file a theme, all texts in `texts/`.

Pure, and without a screen: a question suggests, checks and says what its answer means for the
recipe. It refuses to know what comes before or after it: that is the flow's business.
"""

from lora_wizard.questions.context import (
    EMBEDDED,
    Context,
    Family,
    Look,
    PathKind,
    located,
    look_at,
)
from lora_wizard.questions.files import wrong_base
from lora_wizard.questions.order import ALL, BY_KEY, EXPERT, MAIN, NEVER_ASKED
from lora_wizard.questions.question import (
    PATH_KINDS,
    Kind,
    Question,
    Suggestion,
    Value,
    recipe_data,
)
from lora_wizard.questions.reading import length_parts
from lora_wizard.questions.start import BEGIN, BEGINNINGS, MORE, OUTPUT
from lora_wizard.questions.texts import LANGUAGES, Language, text
from lora_wizard.questions.trigger import suggested_trigger

__all__ = [
    "ALL",
    "BEGIN",
    "BEGINNINGS",
    "BY_KEY",
    "EMBEDDED",
    "EXPERT",
    "LANGUAGES",
    "MAIN",
    "MORE",
    "NEVER_ASKED",
    "OUTPUT",
    "PATH_KINDS",
    "Context",
    "Family",
    "Kind",
    "Language",
    "Look",
    "PathKind",
    "Question",
    "Suggestion",
    "Value",
    "length_parts",
    "located",
    "look_at",
    "recipe_data",
    "suggested_trigger",
    "text",
    "wrong_base",
]
