"""Broken pictures, made from good ones: what over-trained or half-trained models leave.

Each way is strong enough that nobody would call the result a picture of a character.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
from PIL import Image

_FAR_ENOUGH = 18.0
"""Mean difference from the good pictures, of 255, below which a picture is not broken enough."""
Breaker = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]
"""A picture and another one, `(side, side, 3)` float32 in 0..255, to a broken one."""


def broken(picture: np.ndarray, other: np.ndarray, rng: random.Random) -> np.ndarray:
    """A broken picture made of good ones, all `(side, side, 3)` uint8."""
    numbers = np.random.default_rng(rng.randrange(2**31))
    good, other_good = picture.astype(np.float32), other.astype(np.float32)
    while True:
        result = rng.choice(BREAKERS)(good, other_good, numbers)
        if rng.random() < 0.25:
            result = rng.choice(BREAKERS)(result, other_good, numbers)
        result = result.clip(0, 255)
        if min(abs(result - good).mean(), abs(result - other_good).mean()) > _FAR_ENOUGH:
            return result.astype(np.uint8)


def _noise(picture: np.ndarray, _: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Grain of any coarseness over most of the picture."""
    side, grain = picture.shape[0], int(rng.choice((1, 1, 2, 4)))
    small = rng.uniform(0, 255, (side // grain, side // grain, 3))
    noise = small.repeat(grain, axis=0).repeat(grain, axis=1)
    share = rng.uniform(0.55, 0.95)
    return picture * (1 - share) + noise * share


def _shuffled(picture: np.ndarray, _: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Square pieces in the wrong places."""
    piece = int(rng.choice((8, 16)))
    count = picture.shape[0] // piece
    pieces = (
        picture.reshape(count, piece, count, piece, 3).swapaxes(1, 2).reshape(-1, piece, piece, 3)
    )
    pieces = pieces[rng.permutation(len(pieces))]
    mixed = pieces.reshape(count, count, piece, piece, 3).swapaxes(1, 2)
    whole: np.ndarray = mixed.reshape(picture.shape)
    return whole


def _washed_out(picture: np.ndarray, _: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blurred until no part can be told, then made harsh."""
    side = picture.shape[0]
    small = _resized(picture, int(rng.integers(3, 7)), Image.Resampling.BOX)
    blurred = _resized(small, side, Image.Resampling.BICUBIC)
    return (blurred - 128) * rng.uniform(1, 2.5) + 128


def _false_colours(picture: np.ndarray, _: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each colour channel turned over above a threshold of its own."""
    threshold = rng.uniform(60, 200, 3)
    turned = np.where(picture > threshold, 255 - picture, picture)
    return (turned - 100) * rng.uniform(1.2, 2.5) + rng.uniform(60, 190, 3)


def _burnt(picture: np.ndarray, _: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Contrast and colour far beyond their range, as at too high a learning rate."""
    grey = picture.mean(axis=2, keepdims=True)
    vivid = grey + (picture - grey) * rng.uniform(3, 7)
    harsh = (vivid - 128) * rng.uniform(3, 6) + 128 + rng.uniform(-60, 60, 3)
    waves = _low_frequency(picture.shape[0], int(rng.integers(6, 16)), rng) - 128
    burnt: np.ndarray = harsh + waves * rng.uniform(1, 2.5)
    return burnt


def _mixed(picture: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Two pictures through each other."""
    share = rng.uniform(0.4, 0.6)
    return picture * share + other * (1 - share)


def _patchwork(picture: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Two pictures in smooth patches of each."""
    heights = _low_frequency(picture.shape[0], int(rng.integers(5, 10)), rng)[..., :1]
    turned = other[:, ::-1] if rng.random() < 0.5 else other[::-1]
    return np.where(heights > np.median(heights), picture, turned)


def _warped(picture: np.ndarray, _: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Bent in waves or in every direction."""
    side = picture.shape[0]
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
    if rng.random() < 0.5:
        length, reach = rng.uniform(8, 22), rng.uniform(5, 11)
        columns += reach * np.sin(rows * 2 * np.pi / length + rng.uniform(0, 6))
        rows += reach * np.sin(columns * 2 * np.pi / length + rng.uniform(0, 6))
    else:
        bend = (_low_frequency(side, int(rng.integers(5, 10)), rng) - 128) * rng.uniform(0.1, 0.18)
        rows, columns = rows + bend[..., 0], columns + bend[..., 1]
    bent: np.ndarray = picture[rows.astype(int) % side, columns.astype(int) % side]
    return bent


def _clouds(picture: np.ndarray, _: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blots of colour in place of a picture, with little of it left."""
    side = picture.shape[0]
    blots = _low_frequency(side, int(rng.integers(3, 20)), rng)
    share = rng.uniform(0.7, 1)
    return picture * (1 - share) + blots * share


def _torn(picture: np.ndarray, _: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Strips pushed sideways, lying or standing."""
    strip = int(rng.choice((2, 4, 8)))
    result = picture.copy()
    for start in range(0, picture.shape[0], strip):
        shift = int(rng.integers(-24, 25))
        result[start : start + strip] = np.roll(picture[start : start + strip], shift, axis=1)
    return result if rng.random() < 0.5 else result.swapaxes(0, 1)


def _melted(picture: np.ndarray, _: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Running down from a line across the face."""
    side = picture.shape[0]
    starts = _low_frequency(side, int(rng.integers(6, 16)), rng)[0, :, 0] / 255 * 28 + 8
    rows = np.minimum(np.arange(side)[:, None], starts.astype(int)[None, :])
    melted: np.ndarray = picture[rows, np.arange(side)[None, :]]
    return melted


def _low_frequency(side: int, cells: int, rng: np.random.Generator) -> np.ndarray:
    """Smooth random colours, `(side, side, 3)` in 0..255."""
    return _resized(rng.uniform(0, 255, (cells, cells, 3)), side, Image.Resampling.BICUBIC)


def _resized(picture: np.ndarray, side: int, how: Image.Resampling) -> np.ndarray:
    image = Image.fromarray(picture.clip(0, 255).astype(np.uint8))
    return np.asarray(image.resize((side, side), how), dtype=np.float32)


BREAKERS: tuple[Breaker, ...] = (
    _noise,
    _shuffled,
    _washed_out,
    _false_colours,
    _burnt,
    _mixed,
    _patchwork,
    _warped,
    _clouds,
    _torn,
    _melted,
)
