from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.dataset.buckets import bucket_problems, bucket_resolutions, choose_bucket, fit
from lora_wizard.recipe import DataSettings

DERRIAN = DataSettings(bucket_min=320, bucket_max=960)
SIDES = st.integers(min_value=1, max_value=6000)
SETTINGS = st.builds(
    DataSettings,
    resolution=st.tuples(*[st.integers(64, 128).map(lambda side: side * 8)] * 2),
    buckets=st.booleans(),
    bucket_min=st.integers(8, 64).map(lambda side: side * 8),
    bucket_max=st.integers(128, 256).map(lambda side: side * 8),
    bucket_step=st.sampled_from([32, 64, 128]),
    bucket_no_upscale=st.booleans(),
)


def with_transposes(*sizes: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted({*sizes, *((height, width) for width, height in sizes)}))


def test_buckets_of_512_between_256_and_1024_are_those_of_sd_scripts() -> None:
    expected = with_transposes(
        (256, 832), (256, 896), (256, 960), (256, 1024), (320, 704), (320, 768),
        (384, 640), (448, 576), (512, 512),
    )  # fmt: skip
    assert len(expected) == 17
    assert bucket_resolutions((512, 512), 256, 1024, 64) == expected


def test_buckets_of_512_between_320_and_960_are_those_of_the_trainer() -> None:
    expected = with_transposes((320, 704), (320, 768), (384, 640), (448, 576), (512, 512))
    assert bucket_resolutions((512, 512), 320, 960, 64) == expected


@pytest.mark.parametrize(
    ("side", "minimum", "maximum", "count"), [(768, 320, 960, 15), (1024, 256, 2048, 41)]
)
def test_number_of_buckets_at_larger_resolutions(
    side: int, minimum: int, maximum: int, count: int
) -> None:
    assert len(bucket_resolutions((side, side), minimum, maximum, 64)) == count


def test_limits_off_the_grid_are_widened_to_it() -> None:
    assert bucket_resolutions((512, 512), 300, 1000, 64) == bucket_resolutions(
        (512, 512), 256, 1024, 64
    )


@pytest.mark.parametrize(
    ("size", "bucket", "resized"),
    [
        ((1920, 1080), (640, 384), (683, 384)),
        ((1000, 1500), (384, 640), (427, 640)),
        ((832, 1216), (384, 640), (438, 640)),
        ((300, 400), (448, 576), (448, 597)),
        ((320, 704), (320, 704), (320, 704)),
        ((512, 512), (512, 512), (512, 512)),
    ],
)
def test_the_bucket_nearest_in_aspect_is_chosen_and_covered(
    size: tuple[int, int], bucket: tuple[int, int], resized: tuple[int, int]
) -> None:
    assert choose_bucket(*size, DERRIAN) == bucket
    assert fit(*size, DERRIAN) == (bucket, resized)


def test_a_tie_goes_to_the_first_bucket() -> None:
    # 3.875 lies exactly between 960x256 (3.75) and 1024x256 (4.0).
    assert choose_bucket(3100, 800, DataSettings()) == (960, 256)


def test_without_buckets_everything_has_the_resolution() -> None:
    data = DataSettings(resolution=(512, 768), buckets=False)
    assert fit(1000, 1000, data) == ((512, 768), (768, 768))


@pytest.mark.parametrize(
    ("size", "bucket", "resized"),
    [
        ((300, 400), (256, 384), (300, 400)),  # small: not resized, cut to the grid
        ((512, 512), (512, 512), (512, 512)),
        ((1000, 1000), (512, 512), (512, 512)),
        ((1920, 1080), (640, 384), (683, 384)),  # nearer to 16:9 than 640x320 is
        ((1000, 1500), (384, 576), (384, 576)),
    ],
)
def test_no_upscale_shrinks_to_the_area_and_never_enlarges(
    size: tuple[int, int], bucket: tuple[int, int], resized: tuple[int, int]
) -> None:
    assert fit(*size, DataSettings(bucket_no_upscale=True)) == (bucket, resized)


@pytest.mark.parametrize("size", [(40, 300), (300, 1), (10000, 100), (1, 1), (1, 262144)])
def test_a_picture_narrower_than_one_step_still_has_a_bucket(size: tuple[int, int]) -> None:
    bucket = choose_bucket(*size, DataSettings(bucket_no_upscale=True))
    assert min(bucket) >= 64
    assert bucket[0] * bucket[1] <= 512 * 512


@given(SIDES, SIDES, SETTINGS)
def test_the_resized_picture_covers_its_bucket_and_keeps_its_aspect(
    width: int, height: int, data: DataSettings
) -> None:
    bucket, resized = fit(width, height, data)
    assert resized[0] >= bucket[0] > 0
    assert resized[1] >= bucket[1] > 0
    # One scale brings both sides to within one pixel of their new length.
    lowest = max((resized[0] - 1) / width, (resized[1] - 1) / height)
    highest = min((resized[0] + 1) / width, (resized[1] + 1) / height)
    assert lowest <= highest


@given(SIDES, SIDES, SETTINGS)
def test_buckets_lie_on_the_grid_and_within_the_area(
    width: int, height: int, data: DataSettings
) -> None:
    bucket = choose_bucket(width, height, data)
    step = data.bucket_step if data.buckets else 8
    assert bucket[0] % step == bucket[1] % step == 0
    if not data.bucket_no_upscale:  # there sd-scripts rounds one side, then the other
        assert bucket[0] * bucket[1] <= data.resolution[0] * data.resolution[1]


@given(st.integers(64, 6000), st.integers(64, 6000))
def test_no_upscale_enlarges_nothing_of_at_least_a_step(width: int, height: int) -> None:
    bucket, resized = fit(width, height, DataSettings(bucket_no_upscale=True))
    if max(width, height) <= 64 * min(width, height) and min(bucket) > 64:
        assert resized[0] <= width
        assert resized[1] <= height


@given(SETTINGS)
def test_every_bucket_is_its_own_choice(data: DataSettings) -> None:
    if data.buckets and not data.bucket_no_upscale:
        limits = data.bucket_min, data.bucket_max, data.bucket_step
        for bucket in bucket_resolutions(data.resolution, *limits):
            assert fit(*bucket, data) == (bucket, bucket)


def test_sound_settings_have_no_problem() -> None:
    assert bucket_problems(DataSettings()) == ()
    assert bucket_problems(DataSettings(resolution=(96, 96), buckets=False)) == ()


def test_limits_that_leave_out_the_resolution_are_all_named() -> None:
    data = DataSettings(resolution=(96, 1600), bucket_step=128)
    found = {problem.where: problem for problem in bucket_problems(data)}
    assert set(found) == {"data.bucket_step", "data.bucket_min", "data.bucket_max"}
    assert "Make it 96 or less" in found["data.bucket_min"].fix
    assert "Make it 1600 or more" in found["data.bucket_max"].fix


def test_no_upscale_needs_no_limits() -> None:
    data = DataSettings(resolution=(96, 1600), bucket_no_upscale=True)
    assert bucket_problems(data) == ()
