"""The table `network`: the LoRA itself."""

from typing import Literal, Self

from pydantic import model_validator

from lora_wizard.recipe.blocks import wrong_blocks
from lora_wizard.recipe.table import Lines, Table, refuse, setting

Parts = Literal["both", "unet", "text_encoder"]


class NetworkSettings(Table, frozen=True):
    """Size, strength and place of the LoRA. What it learns is scaled by `alpha / rank`."""

    rank: int = setting(
        128,
        "How many directions each layer may learn (`network_dim` elsewhere). More holds more "
        "detail and a bigger file; a single character is well served by 8 to 128.",
        unit="directions",
        ge=1,
        le=1024,
    )
    alpha: float = setting(
        128.0,
        "Each change is scaled by alpha / rank, so a smaller alpha learns slower and more "
        "gently; change the learning rate with it.",
        gt=0,
        le=65536,
    )
    conv_rank: int = setting(
        0,
        "Rank in the 3x3 convolutions too (LoCon); 0 leaves them alone. They carry texture and "
        "line more than content.",
        unit="directions",
        ge=0,
        le=1024,
    )
    conv_alpha: float = setting(1.0, "Alpha of the convolutions' part.", gt=0, le=65536)
    block_ranks: Lines = setting(
        (),
        "Other ranks for some of the U-Net's blocks, such as `input_1-3=8` or `middle=0`; 0 leaves "
        "a block out. Blocks are counted as in the checkpoint.",
    )
    block_alphas: Lines = setting((), "Other alphas for some of the U-Net's blocks.")
    block_rates: Lines = setting(
        (),
        "Factors of the U-Net's rate for some of its blocks, such as `output=0.5`; 0 leaves a "
        "block as it is.",
    )
    dropout: float = setting(
        0.0, "Share of the LoRA's inputs left out at a step, against over-fitting.", ge=0, lt=1
    )
    rank_dropout: float = setting(
        0.0, "Share of the rank's directions left out at a step.", ge=0, lt=1
    )
    module_dropout: float = setting(
        0.0, "Chance of a whole layer's LoRA to be left out of a step.", ge=0, lt=1
    )
    parts: Parts = setting(
        "both",
        "Which parts of the base are adapted. The text encoder learns the trigger's meaning; "
        "the U-Net learns what to draw. `unet` alone is faster and often less over-fitted.",
    )
    continue_from: str = setting(
        "", "A LoRA file to go on from; its rank must be the one asked for. Empty starts fresh."
    )

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        refuse(
            [
                *wrong_blocks("block_ranks", self.block_ranks, 0, 1024, whole=True),
                *wrong_blocks("block_alphas", self.block_alphas, 1e-6, 65536, whole=False),
                *wrong_blocks("block_rates", self.block_rates, 0, 1000, whole=False),
            ]
        )
        return self
