"""Colours as the eye tells them apart: CIELAB and the distance CIEDE2000."""

from __future__ import annotations

from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt

Lab = tuple[float, float, float]
"""Lightness 0..100, then green to red and blue to yellow, about -100..100."""
_WHITE_D65 = (0.95047, 1.0, 1.08883)
_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_25_TO_7 = 25.0**7


def lab_of_srgb(colour: tuple[int, int, int]) -> Lab:
    """CIELAB (D65) of an sRGB colour, each channel 0..255 (IEC 61966-2-1)."""
    linear = [_linear(channel / 255) for channel in colour]
    x, y, z = (
        _root(sum(share * each for share, each in zip(row, linear, strict=True)) / white)
        for row, white in zip(_TO_XYZ, _WHITE_D65, strict=True)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def ciede2000(one: Lab, other: Lab) -> float:
    """The perceived difference of two colours; about 2 is just seen, above 20 is another colour.

    Sharma, Wu, Dalal: The CIEDE2000 Color-Difference Formula, 2005, equations 2 to 22.
    """
    chroma_mean = (hypot(*one[1:]) + hypot(*other[1:])) / 2
    grow = 1.5 - sqrt(_share_of_seventh(chroma_mean)) / 2
    a1, a2 = one[1] * grow, other[1] * grow
    c1, c2 = hypot(a1, one[2]), hypot(a2, other[2])
    h1, h2 = degrees(atan2(one[2], a1)) % 360, degrees(atan2(other[2], a2)) % 360
    lightness, chroma = other[0] - one[0], c2 - c1
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = 2 * sqrt(c1 * c2) * sin(radians(turn) / 2)
    light, colourful = (one[0] + other[0]) / 2, (c1 + c2) / 2
    middle = _mean_hue(h1, h2) if c1 * c2 else h1 + h2
    tint = (
        1
        - 0.17 * cos(radians(middle - 30))
        + 0.24 * cos(radians(2 * middle))
        + 0.32 * cos(radians(3 * middle + 6))
        - 0.20 * cos(radians(4 * middle - 63))
    )
    off = (light - 50) ** 2
    for_light = lightness / (1 + 0.015 * off / sqrt(20 + off))
    for_chroma = chroma / (1 + 0.045 * colourful)
    for_hue = hue / (1 + 0.015 * colourful * tint)
    spread = 60 * exp(-(((middle - 275) / 25) ** 2))
    twist = -2 * sqrt(_share_of_seventh(colourful)) * sin(radians(spread))
    total = for_light**2 + for_chroma**2 + for_hue**2 + twist * for_chroma * for_hue
    return sqrt(max(total, 0.0))


def _mean_hue(one: float, other: float) -> float:
    if abs(one - other) <= 180:
        return (one + other) / 2
    total = one + other
    return (total + 360) / 2 if total < 360 else (total - 360) / 2


def _share_of_seventh(chroma: float) -> float:
    seventh: float = chroma**7
    return seventh / (seventh + _25_TO_7)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _root(value: float) -> float:
    return float(value ** (1 / 3)) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116
