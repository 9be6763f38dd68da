"""The recipe as a whole: its tables and the checks across them."""

from typing import Any, Literal, Self

from pydantic import BaseModel, model_validator

from lora_wizard.recipe.blocks import block_values
from lora_wizard.recipe.network import NetworkSettings
from lora_wizard.recipe.objective import LossSettings, NoiseSettings
from lora_wizard.recipe.optimizing import FINDS_RATE
from lora_wizard.recipe.source import DataSettings, ModelSettings
from lora_wizard.recipe.table import Table, refuse, setting
from lora_wizard.recipe.training import TrainingSettings
from lora_wizard.recipe.validation import ValidationSettings
from lora_wizard.recipe.watching import SamplingSettings, SavingSettings

FORMAT = 1
"""The version of the recipe file that this program reads and writes."""


class Recipe(Table, frozen=True):
    """What to train. `Recipe()` has the published experiments' values, on the embedded base."""

    format: Literal[1] = setting(1, "Version of this file's format.")
    model: ModelSettings = ModelSettings()
    data: DataSettings = DataSettings()
    network: NetworkSettings = NetworkSettings()
    training: TrainingSettings = TrainingSettings()
    loss: LossSettings = LossSettings()
    noise: NoiseSettings = NoiseSettings()
    validation: ValidationSettings = ValidationSettings()
    saving: SavingSettings = SavingSettings()
    sampling: SamplingSettings = SamplingSettings()

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        training, parts = self.training, self.network.parts
        rates = {
            "unet": (training.unet_lr, "unet_lr"),
            "text_encoder": (training.text_encoder_lr, "text_encoder_lr"),
        }
        used = {key: rate for part, (rate, key) in rates.items() if parts in ("both", part)}
        if training.text_encoder_2_lr is not None and parts != "unet":
            used["text_encoder_2_lr"] = training.text_encoder_2_lr
        set_to = {key: training.learning_rate if rate is None else rate
                  for key, rate in used.items()}  # fmt: skip
        if not any(set_to.values()):
            keys = " and ".join(used)
            what = f"nothing would be learned: with parts = {parts!r}, the rate of {keys} is 0"
            refuse([("training.learning_rate", what, "Give a rate above 0, such as 1e-4.")])
        if training.optimizer in FINDS_RATE and self._rates_differ_by_block():
            what = f"{training.optimizer} finds one rate for all blocks, but these have their own"
            refuse([("network.block_rates", what, "Leave them out, or set them to 1 or 0.")])
        if training.optimizer in FINDS_RATE and len({rate for rate in set_to.values() if rate}) > 1:
            what = f"{training.optimizer} finds one rate for all parts, but these have their own"
            fix = "Leave out text_encoder_lr and unet_lr, or set one of them to 0."
            refuse([("training.text_encoder_lr", what, fix)])
        return self

    def _rates_differ_by_block(self) -> bool:
        return bool(set(block_values(self.network.block_rates).values()) - {0.0, 1.0})


def tables() -> dict[str, type[BaseModel]]:
    """The recipe's tables by name, in the order in which they are written."""
    fields = Recipe.model_fields.items()
    kinds = {name: field.annotation for name, field in fields}
    return {
        name: kind
        for name, kind in kinds.items()
        if isinstance(kind, type) and issubclass(kind, BaseModel)
    }


def known_keys() -> list[str]:
    """Every dotted key of a recipe, such as `network.rank`, and `format`."""
    return [
        "format",
        *(f"{table}.{key}" for table, kind in tables().items() for key in kind.model_fields),
    ]


def default_of(key: str) -> Any:
    """The default of a dotted key.

    Raises:
        KeyError: There is no such key.
    """
    table, _, name = key.rpartition(".")
    fields = tables()[table].model_fields if table else Recipe.model_fields
    return fields[name].default
