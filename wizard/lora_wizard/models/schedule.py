"""The noise schedule of a base model, for training and for each sampler.

The schedule of all three families is Stable Diffusion's: 1000 steps, betas linear in their square
roots from 0.00085 to 0.012 (Rombach et al., 2022). A folder's own configuration wins over it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import diffusers

Sampler: TypeAlias = Literal["ddim", "euler_a", "dpmpp_2m"]

_diffusers: Any = diffusers  # its classes are untyped

SAMPLER_NAMES: Mapping[Sampler, str] = {
    "ddim": "DDIM",
    "euler_a": "Euler a",
    "dpmpp_2m": "DPM++ 2M",
}
"""How A1111's web UI calls them."""

_MOST_STEPS = 100_000
"""Timesteps of a schedule; all known models have 1000."""
_STABLE_DIFFUSION: Mapping[str, Any] = {
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "trained_betas": None,
    "prediction_type": "epsilon",
    "rescale_betas_zero_snr": False,
}


def noise_scheduler(
    config: Mapping[str, Any],
    *,
    v_prediction: bool | None,
    zero_terminal_snr: bool | None = None,
) -> Any:
    """The schedule to train with, a `DDPMScheduler`.

    Args:
        config: a scheduler's configuration; what it leaves out is Stable Diffusion's.
        v_prediction: True or False overrides what the configuration says, None keeps it.
        zero_terminal_snr: the same for betas rescaled to end without any signal (Lin et al.,
            2024, algorithm 1).

    Raises:
        ValueError, TypeError, RuntimeError, NotImplementedError: the configuration makes none.
    """
    known = {key: config.get(key, default) for key, default in _STABLE_DIFFUSION.items()}
    steps = known["num_train_timesteps"]
    if not isinstance(steps, int) or not 1 <= steps <= _MOST_STEPS:
        raise ValueError(f"{str(steps)[:40]} timesteps: 1 to {_MOST_STEPS:,} are possible")
    if v_prediction is not None:
        known["prediction_type"] = "v_prediction" if v_prediction else "epsilon"
        # Noise cannot be told from noise alone: that schedule goes with velocity only.
        known["rescale_betas_zero_snr"] &= v_prediction
    if zero_terminal_snr is not None:
        known["rescale_betas_zero_snr"] = zero_terminal_snr
    return _diffusers.DDPMScheduler(**known, clip_sample=False)


def alphas_before_rescaling(scheduler: Any) -> Any:
    """The cumulated alphas of a schedule as they were before they were rescaled.

    Args:
        scheduler: A `DDPMScheduler` as `noise_scheduler` makes it.

    Returns:
        `(steps,)` float32 on the CPU; the schedule's own where it is not a zero-terminal one.
    """
    known = {key: scheduler.config[key] for key in _STABLE_DIFFUSION}
    known["rescale_betas_zero_snr"] = False
    return _diffusers.DDPMScheduler(**known, clip_sample=False).alphas_cumprod


def sampling_scheduler(trained: Any, sampler: Sampler) -> Any:
    """The scheduler that samples by `sampler` on the schedule of `trained`, a `DDPMScheduler`.

    A zero-terminal schedule has to start from its very last step, hence the other spacing (Lin
    et al., 2024, "Common diffusion noise schedules and sample steps are flawed", section 3.3).
    What predicts noise is drawn on the ordinary schedule even where it was trained on that one: at
    a step without signal no picture follows from the noise (section 3.2 there).
    """
    known = {key: trained.config[key] for key in _STABLE_DIFFUSION}
    known["rescale_betas_zero_snr"] &= known["prediction_type"] == "v_prediction"
    known["timestep_spacing"] = "trailing" if known["rescale_betas_zero_snr"] else "leading"
    known["steps_offset"] = 1
    if sampler == "ddim":
        return _diffusers.DDIMScheduler(**known, clip_sample=False, set_alpha_to_one=False)
    if sampler == "euler_a":
        return _diffusers.EulerAncestralDiscreteScheduler(**known)
    return _diffusers.DPMSolverMultistepScheduler(
        **known, algorithm_type="dpmsolver++", solver_order=2
    )
