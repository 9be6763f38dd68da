"""The table `training`: how long, how fast, and by which rules."""

from typing import Any, Literal, Self

from pydantic import model_validator

from lora_wizard.recipe.optimizing import (
    FINDS_RATE,
    SCHEDULE_FREE,
    Optimizer,
    wrong_options,
)
from lora_wizard.recipe.table import Lines, Table, refuse, setting

DEFAULT_STEPS = 3200
"""Steps of a run whose recipe gives neither epochs nor steps."""

Scheduler = Literal[
    "cosine_with_restarts", "cosine", "linear", "constant", "constant_with_warmup", "polynomial"
]

Compile = Literal["off", "on", "auto"]
Quantise = Literal["none", "int8", "nf4"]


class TrainingSettings(Table, frozen=True):
    """Exactly one of `epochs` and `steps` is set: 3200 steps where a recipe gives neither."""

    batch_size: int = setting(
        1,
        "Pictures in one step. More is smoother and uses the device better; it needs memory.",
        unit="pictures",
        ge=1,
        le=1024,
    )
    epochs: int | None = setting(
        None,
        "Times that everything is seen, repeats included. Give this or `steps`, not both.",
        unit="epochs",
        ge=1,
        le=100_000,
    )
    steps: int | None = setting(
        None,
        "Steps in all. About 3000 at batch size 1 suit a character; where neither this nor "
        f"`epochs` is given, {DEFAULT_STEPS}.",
        unit="steps",
        ge=1,
        le=10_000_000,
    )
    learning_rate: float = setting(
        1e-4,
        "How far one step moves. Ten times more soon diverges at alpha = rank; ten times less "
        "hardly learns.",
        ge=0,
        le=10,
    )
    text_encoder_lr: float | None = setting(
        None, "Rate of the text encoder; unset means `learning_rate`, 0 leaves it.", ge=0, le=10
    )
    text_encoder_2_lr: float | None = setting(
        None,
        "Rate of SDXL's second text encoder; unset means that of the first, 0 leaves it.",
        ge=0,
        le=10,
    )
    unet_lr: float | None = setting(
        None, "Rate of the U-Net; unset means `learning_rate`, 0 leaves it.", ge=0, le=10
    )
    scheduler: Scheduler = setting(
        "cosine_with_restarts",
        "How the rate changes over the run. The cosines end near 0, which settles the result; "
        "`constant` lets a run be prolonged.",
    )
    scheduler_cycles: int = setting(
        1, "How often `cosine_with_restarts` starts anew.", unit="cycles", ge=1, le=1000
    )
    scheduler_power: float = setting(
        1.0, "Power of `polynomial`; 1 is a straight line.", gt=0, le=100
    )
    warmup_ratio: float = setting(
        0.01,
        "Share of the steps in which the rate rises from 0: it keeps the first steps from "
        "doing harm. `constant` has none.",
        ge=0,
        le=1,
    )
    optimizer: Optimizer = setting(
        "adamw",
        "The optimizer. The 8-bit ones and `adafactor` remember less of each weight; `lion` wants "
        "a third to a tenth of the rate; `prodigy` finds the rate itself, so give it 1; "
        "`adamw_schedule_free` averages the weights in place of a falling rate.",
    )
    optimizer_options: Lines = setting(
        (),
        'Arguments of the optimizer beyond the settings here, such as "betas=(0.9, 0.99)" or '
        '"d_coef=2".',
    )
    weight_decay: float = setting(
        0.01, "How strongly weights are pulled towards 0 at each step.", ge=0, le=10
    )
    min_snr_gamma: float = setting(
        0.0,
        "Min-SNR weighting of the loss (Hang et al., 2023), which evens out the timesteps; "
        "5 is usual, 0 is off. With zero-terminal SNR it follows the schedule that is trained on, "
        "unlike sd-scripts: see `loss.snr_before_rescaling`.",
        ge=0,
        le=1000,
    )
    noise_offset: float = setting(
        0.0,
        "Brightness offset added to the noise, for darker darks and brighter lights; up to "
        "about 0.1, 0 is off.",
        ge=0,
        le=1,
    )
    prior_loss_weight: float = setting(
        1.0, "What a regularisation picture counts beside a training picture.", ge=0, le=100
    )
    lora_plus_ratio: float = setting(
        1.0,
        "LoRA+ (Hayou et al., 2024): how many times the rate of A is that of B. 1 is plain LoRA, "
        "4 to 16 learns faster at a lower rate.",
        gt=0,
        le=1000,
    )
    max_weight_norm: float = setting(
        0.0,
        "Largest norm of a layer's change; a larger one is scaled down after each step, against "
        "burnt pictures. 1 is usual, 0 is off.",
        ge=0,
        le=1000,
    )
    ema_decay: float = setting(
        0.0,
        "Share of an average over the past steps' weights that each step keeps; files and samples "
        "then have the average, which is calmer. 0.99 to 0.999, 0 is off.",
        ge=0,
        lt=1,
    )
    max_grad_norm: float = setting(
        1.0, "Longest gradient that is allowed; longer ones are shortened. 0 is off.", ge=0
    )
    gradient_accumulation: int = setting(
        1,
        "Batches gathered into one step: a large batch for a small memory.",
        unit="batches",
        ge=1,
        le=10_000,
    )
    gradient_checkpointing: bool = setting(
        False, "Whether to compute again rather than remember: less memory, a third slower."
    )
    compile: Compile = setting(
        "off",
        "Whether a step is translated for the device first: blocks compiled, on CUDA recorded as "
        "well. `auto` tries on CUDA which way is fastest. The first steps then wait for minutes.",
    )
    seed: int = setting(
        42,
        "Seed of all randomness: the same seed on the same machine repeats a run.",
        ge=0,
        le=2**32 - 1,
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = setting(
        "auto",
        "Arithmetic of the base model. `auto` takes what is fast on the device; the LoRA itself "
        "is always learned in fp32.",
    )

    quantise: Quantise = setting(
        "none",
        "Whether the base's linear layers are kept in 8 bits (`int8`) or 4 (`nf4`), through "
        "bitsandbytes: a smaller card will do, each step is slower, and what is learned fits a "
        "slightly rounded base.",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, data: Any) -> Any:
        """The two defaults that depend on another setting: the length, and no warm-up."""
        if not isinstance(data, dict):
            return data
        filled = dict(data)
        if filled.get("epochs") is None and filled.get("steps") is None:
            filled["steps"] = DEFAULT_STEPS
        if filled.get("scheduler") == "constant":
            filled.setdefault("warmup_ratio", 0.0)
        return filled

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        findings = []
        if self.epochs is not None and self.steps is not None:
            what = f"epochs ({self.epochs}) and steps ({self.steps}) are both set"
            findings.append(("epochs", what, "Keep one of the two."))
        if self.scheduler == "constant" and self.warmup_ratio > 0:
            what = f"the scheduler `constant` has no warm-up, but this is {self.warmup_ratio}"
            fix = 'Set it to 0, or use scheduler = "constant_with_warmup".'
            findings.append(("warmup_ratio", what, fix))
        findings += wrong_options(self.optimizer_options)
        findings += self._unfit_for_optimizer()
        refuse(findings)
        return self

    def _unfit_for_optimizer(self) -> list[tuple[str, str, str]]:
        findings = []
        if self.optimizer in SCHEDULE_FREE:
            what = f"{self.optimizer} averages its own weights and cannot have them changed"
            for key in ("ema_decay", "max_weight_norm"):
                if getattr(self, key) > 0:
                    findings.append((key, what, "Set it to 0, or use another optimizer."))
        if self.optimizer in FINDS_RATE and self.lora_plus_ratio != 1:
            what = f"{self.optimizer} finds one rate for all, so none can be a multiple"
            findings.append(("lora_plus_ratio", what, "Set it to 1, or use another optimizer."))
        return findings
