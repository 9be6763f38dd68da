"""The words on the screen in every language, apart from the code that says them.

One catalogue for each area and language, `AREA.LANGUAGE.toml`, such as `advice.ja.toml`. The lowest
layer: it imports nothing of this project.
"""

from lora_wizard.language.catalogue import areas, catalogue, text, text_of
from lora_wizard.language.choice import LANGUAGES, Language, choose_language
from lora_wizard.language.line_breaks import break_offsets, wrapped
from lora_wizard.language.listing import listed
from lora_wizard.language.sentences import translated

__all__ = [
    "LANGUAGES",
    "Language",
    "areas",
    "break_offsets",
    "catalogue",
    "choose_language",
    "listed",
    "text",
    "text_of",
    "translated",
    "wrapped",
]
