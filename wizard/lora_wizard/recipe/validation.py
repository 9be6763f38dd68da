"""The table `validation`: pictures that are not trained on, to see what was learned by heart."""

from typing import Self

from pydantic import model_validator

from lora_wizard.recipe.table import Table, refuse, setting


class ValidationSettings(Table, frozen=True):
    """Off unless `share` or `images` is given."""

    share: float = setting(
        0.0,
        "Share of the training pictures that is held out: never trained on, only measured. 0.1 "
        "is usual where there are enough pictures, 0 holds none out.",
        ge=0,
        le=0.5,
    )
    images: str = setting(
        "",
        "A folder of further pictures to measure by, laid out as the training pictures are, in "
        "place of a share of those. Empty for none.",
    )
    every_epochs: int = setting(
        1, "Measure every so many epochs, and at the start and the end.", unit="epochs", ge=0
    )
    every_steps: int = setting(
        0, "Measure every so many steps; 0 goes by epochs alone.", unit="steps", ge=0
    )
    seed: int = setting(
        42,
        "Seed of which pictures are held out and of the noise they are measured in; other than "
        "the training's, so that runs of several seeds are measured alike.",
        ge=0,
        le=2**32 - 1,
    )

    @property
    def is_on(self) -> bool:
        return self.share > 0 or bool(self.images)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.share > 0 and self.images:
            what = "a share of the training pictures and a folder of others are both given"
            refuse([("share", what, "Keep one of the two.")])
        return self
