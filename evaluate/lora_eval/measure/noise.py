"""Noise: what is finer than anything that is drawn."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from skimage.restoration import estimate_sigma

FINE = 0.25
"""Cycles a pixel from which detail is finer than drawings are."""
LEAST_PX = 8
"""A picture narrower than this has no noise that could be told from it."""


def noise_sigma(pixels: np.ndarray) -> float:
    """Standard deviation of the noise, of 255, by wavelets (Donoho and Johnstone, 1994)."""
    if min(pixels.shape[:2]) < LEAST_PX:
        return 0.0
    measure: Any = estimate_sigma  # untyped
    with warnings.catch_warnings():
        # A picture of one colour has no detail to take a mean of: the result is not a number.
        warnings.simplefilter("ignore", RuntimeWarning)
        sigma = float(measure(pixels, channel_axis=-1, average_sigmas=True))
    return sigma if np.isfinite(sigma) else 0.0


def high_frequency(pixels: np.ndarray) -> float:
    """Share of the spectrum's energy in fine detail, the mean brightness left out, 0..1."""
    if min(pixels.shape[:2]) < LEAST_PX:
        return 0.0
    grey = pixels.mean(axis=-1)
    energy = np.abs(np.fft.rfft2(grey - grey.mean())) ** 2
    energy[:, 1:] *= 2  # the half that a real picture's spectrum repeats
    down = np.fft.fftfreq(grey.shape[0])[:, None]
    across = np.fft.rfftfreq(grey.shape[1])[None, :]
    whole = float(energy.sum())
    if whole <= 0:
        return 0.0
    return float(energy[np.hypot(down, across) > FINE].sum() / whole)
