"""The tables `loss` and `noise`: what is asked of the model, and in what pictures are hidden."""

from typing import Literal

from lora_wizard.recipe.table import Table, setting

LossKind = Literal["l2", "l1", "huber", "smooth_l1"]
HuberSchedule = Literal["snr", "exponential", "constant"]


class LossSettings(Table, frozen=True):
    """How a prediction is compared with what it should have been."""

    kind: LossKind = setting(
        "l2",
        "How an error counts. `l2` squares it; `huber` and `smooth_l1` let large errors, such as "
        "those of bad pictures, count less; `l1` counts it as it is.",
    )
    huber_schedule: HuberSchedule = setting(
        "snr",
        "Where between `l2` and `l1` a timestep stands: nearer to `l1` with more noise (`snr`, "
        "`exponential`), or everywhere alike (`constant`).",
    )
    huber_c: float = setting(
        0.1,
        "Error at which `huber` and `smooth_l1` turn from squares to straight lines: the smallest "
        "of all timesteps, or of all alike.",
        gt=0,
        le=100,
    )
    huber_scale: float = setting(
        1.0, "What this error is multiplied by; the schedule `snr` does without.", gt=0, le=1000
    )
    debiased: bool = setting(
        False,
        "Debiased estimation (Yu et al., 2023): noisy timesteps count more, by 1 / √SNR. In place "
        "of `training.min_snr_gamma`.",
    )
    scale_v_like_noise: bool = setting(
        False,
        "Weighs the timesteps of a model that predicts velocity as those of one that predicts "
        "noise; only for the former.",
    )
    snr_before_rescaling: bool = setting(
        False,
        "Whether the weights of timesteps (`training.min_snr_gamma`, `loss.debiased` and "
        "`loss.scale_v_like_noise`) take the SNR of the schedule before it was rescaled to "
        "zero-terminal SNR, as sd-scripts does. The papers mean the schedule that is trained on; "
        "set it to repeat a training of sd-scripts.",
    )


class NoiseSettings(Table, frozen=True):
    """The noise that pictures are hidden in, beyond `training.noise_offset`."""

    random_offset: bool = setting(
        False, "Whether `training.noise_offset` is only the most, drawn anew at each step."
    )
    pyramid_iterations: int = setting(
        0,
        "Coarser layers of noise laid over the finest (pyramid or multires noise), for darker "
        "darks and brighter lights; 6 to 10 is usual, 0 is off.",
        unit="layers",
        ge=0,
        le=64,
    )
    pyramid_discount: float = setting(
        0.3,
        "What each coarser layer counts beside the one before; 0.1 to 0.4 is usual.",
        gt=0,
        le=1,
    )
    input_gamma: float = setting(
        0.0,
        "Further noise that the model sees but need not predict (Ning et al., 2023), which makes "
        "it robust against its own errors; 0.05 to 0.1 is usual, 0 is off.",
        ge=0,
        le=1,
    )
    random_input_gamma: bool = setting(
        False, "Whether `input_gamma` is only the most, drawn anew at each step."
    )
