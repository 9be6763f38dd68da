"""What the pictures say: facts of a folder, and what the rules make of them and of a recipe.

`gather_facts` reads the disk once; everything after it is pure. A new rule is one function in
`rules/` and its texts in `language/advice.*.toml`. Never imports torch.
"""

from lora_wizard.dataset.advice.advising import Advice, Level, advise
from lora_wizard.dataset.advice.facts import Facts, FolderFacts, Look, PictureFacts
from lora_wizard.dataset.advice.gathering import gather_facts
from lora_wizard.dataset.advice.preview import CropPreview, crop_previews

__all__ = [
    "Advice",
    "CropPreview",
    "Facts",
    "FolderFacts",
    "Level",
    "Look",
    "PictureFacts",
    "advise",
    "crop_previews",
    "gather_facts",
]
