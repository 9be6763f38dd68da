"""Which size each picture is trained at, by the rules of sd-scripts.

Follows `make_bucket_resolutions` and `BucketManager` of kohya-ss/sd-scripts, so that buckets,
batches and step counts come out the same. Pure: no file, no randomness.
"""

from __future__ import annotations

import math
from functools import lru_cache

from lora_wizard.dataset.records import Size
from lora_wizard.errors import Problem
from lora_wizard.recipe import DataSettings


@lru_cache(maxsize=64)
def bucket_resolutions(resolution: Size, minimum: int, maximum: int, step: int) -> tuple[Size, ...]:
    """Every bucket whose area is at most that of `resolution`, sorted by width, then height.

    Args:
        resolution: Width and height in pixels of the area to stay within.
        minimum: Shortest side in pixels, rounded down to a multiple of `step`.
        maximum: Longest side in pixels, rounded up to a multiple of `step`.
        step: Every side is a multiple of this, in pixels.
    """
    area = resolution[0] * resolution[1]
    shortest = max(step, _down(minimum, step))
    longest = -_down(-maximum, step)
    square = _down(math.isqrt(area), step)
    found = {(square, square)}
    for width in range(shortest, longest + 1, step):
        height = min(longest, _down(area // width, step))
        if height >= shortest:
            found |= {(width, height), (height, width)}
    return tuple(sorted(found))


def bucket_problems(data: DataSettings) -> tuple[Problem, ...]:
    """What makes these bucket settings impossible; empty where `choose_bucket` will work."""
    if not data.buckets:
        return ()
    shortest, longest, step = min(data.resolution), max(data.resolution), data.bucket_step
    off = f"{_multiple_below(shortest)} or less, or switch data.buckets off"
    problems = []
    if step > shortest:
        what = f"{step} is more than the resolution's shorter side, {shortest}"
        problems.append(Problem("data.bucket_step", what, f"Make it {off}."))
    if data.bucket_no_upscale:  # sd-scripts ignores both limits then
        return tuple(problems)
    if max(step, _down(data.bucket_min, step)) > shortest:
        what = f"{data.bucket_min} is more than the resolution's shorter side, {shortest}"
        problems.append(Problem("data.bucket_min", what, f"Make it {off}."))
    if -_down(-data.bucket_max, step) < longest:
        what = f"{data.bucket_max} is less than the resolution's longer side, {longest}"
        problems.append(Problem("data.bucket_max", what, f"Make it {longest} or more."))
    return tuple(problems)


def choose_bucket(width: int, height: int, data: DataSettings) -> Size:
    """The bucket of a picture of `width` x `height` pixels (after EXIF rotation)."""
    return fit(width, height, data)[0]


def fit(width: int, height: int, data: DataSettings) -> tuple[Size, Size]:
    """The bucket of a picture and the size it is resized to before the crop to that bucket.

    The resized picture covers the bucket: no side is shorter. Settings in which
    `bucket_problems` finds fault do not belong here.
    """
    if not data.buckets:
        bucket = data.resolution
    elif data.bucket_no_upscale:
        return _shrunk_fit(width, height, data.resolution, data.bucket_step)
    else:
        bucket = _nearest(
            width,
            height,
            bucket_resolutions(data.resolution, data.bucket_min, data.bucket_max, data.bucket_step),
        )
    return bucket, _covering(width, height, bucket)


def _nearest(width: int, height: int, buckets: tuple[Size, ...]) -> Size:
    """A bucket of exactly this size, else the first of those nearest in aspect ratio."""
    if (width, height) in buckets:
        return width, height
    aspect = width / height
    return min(buckets, key=lambda bucket: abs(bucket[0] / bucket[1] - aspect))


def _covering(width: int, height: int, bucket: Size) -> Size:
    """The smallest size of the same aspect ratio that covers `bucket`."""
    wide = width / height > bucket[0] / bucket[1]
    scale = bucket[1] / height if wide else bucket[0] / width
    return int(width * scale + 0.5), int(height * scale + 0.5)


def _shrunk_fit(width: int, height: int, resolution: Size, step: int) -> tuple[Size, Size]:
    """`fit` where pictures may shrink to the resolution's area but are never enlarged."""
    area = resolution[0] * resolution[1]
    resized = _shrunk(width, height, area, step) if width * height > area else (width, height)
    bucket = _down(resized[0], step), _down(resized[1], step)
    if min(bucket) > 0:
        return bucket, resized
    # Narrower than one step, where sd-scripts fails: enlarged just enough, cut at the area.
    longest = _down(area // step, step)
    bucket = (
        min(longest, max(step, _down(round(step * width / height), step))),
        min(longest, max(step, _down(round(step * height / width), step))),
    )
    return bucket, _covering(width, height, bucket)


def _shrunk(width: int, height: int, area: int, step: int) -> Size:
    """The picture at about `area` pixels, one side on the step grid: the better side of two."""
    aspect = width / height
    free_width = math.sqrt(area * aspect)
    by_width = _down(int(free_width + 0.5), step)
    by_height = _down(int(area / free_width + 0.5), step)
    if not by_width or not by_height:
        return int(free_width + 0.5), int(area / free_width + 0.5)
    height_then = _down(int(by_width / aspect + 0.5), step)
    width_then = _down(int(by_height * aspect + 0.5), step)
    error_by_width = abs(by_width / height_then - aspect) if height_then else math.inf
    if error_by_width < abs(width_then / by_height - aspect):
        return by_width, int(by_width / aspect + 0.5)
    return int(by_height * aspect + 0.5), by_height


def _down(number: int, step: int) -> int:
    return number - number % step


def _multiple_below(number: int) -> int:
    """Bucket sides are whole latents, 8 pixels each."""
    return max(8, _down(number, 8))
