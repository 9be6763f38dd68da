"""Recipe: what to train, as one frozen and checked value, read from and written as TOML.

Every default of the project stands here once; presets change it and screens show it. It refuses
to know where a file lies or whether it exists: that is asked when a run starts.
"""

from lora_wizard.recipe.network import NetworkSettings
from lora_wizard.recipe.objective import LossSettings, NoiseSettings
from lora_wizard.recipe.override import EMBEDDED_SIZE, with_settings
from lora_wizard.recipe.reading import parse_recipe, read_recipe
from lora_wizard.recipe.recipe import FORMAT, Recipe
from lora_wizard.recipe.source import DataSettings, ModelSettings
from lora_wizard.recipe.training import DEFAULT_STEPS, TrainingSettings
from lora_wizard.recipe.validation import ValidationSettings
from lora_wizard.recipe.watching import NEGATIVE_PROMPT, SamplingSettings, SavingSettings
from lora_wizard.recipe.writing import recipe_to_toml

__all__ = [
    "DEFAULT_STEPS",
    "EMBEDDED_SIZE",
    "FORMAT",
    "NEGATIVE_PROMPT",
    "DataSettings",
    "LossSettings",
    "ModelSettings",
    "NetworkSettings",
    "NoiseSettings",
    "Recipe",
    "SamplingSettings",
    "SavingSettings",
    "TrainingSettings",
    "ValidationSettings",
    "parse_recipe",
    "read_recipe",
    "recipe_to_toml",
    "with_settings",
]
