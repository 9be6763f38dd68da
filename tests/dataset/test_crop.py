from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.dataset import crop_plan
from lora_wizard.recipe import DataSettings

SIDES = st.integers(min_value=1, max_value=6000)
KINDS = st.builds(
    DataSettings,
    buckets=st.booleans(),
    bucket_no_upscale=st.booleans(),
    resolution=st.sampled_from([(512, 512), (512, 768), (640, 512)]),
)


def test_a_tall_picture_loses_top_and_bottom_equally() -> None:
    plan = crop_plan(100, 1000, DataSettings(buckets=False))
    assert (plan.bucket, plan.resized) == ((512, 512), (512, 5120))
    assert (plan.left, plan.top) == (0, 2304)
    assert plan.box == pytest.approx((0, 450, 100, 550))


def test_a_wide_picture_loses_left_and_right() -> None:
    plan = crop_plan(1920, 1080, DataSettings(bucket_min=320, bucket_max=960))
    assert (plan.bucket, plan.resized, plan.left, plan.top) == ((640, 384), (683, 384), 21, 0)
    left, top, right, bottom = plan.box
    assert (top, bottom) == (0, 1080)
    assert left == pytest.approx(21 / 683 * 1920)
    assert right == pytest.approx(661 / 683 * 1920)


def test_a_picture_of_its_buckets_size_stays_whole() -> None:
    plan = crop_plan(512, 512, DataSettings())
    assert plan.resized == plan.bucket == (512, 512)
    assert plan.box == (0, 0, 512, 512)


@given(SIDES, SIDES, KINDS)
def test_the_box_lies_inside_the_picture_and_in_its_middle(
    width: int, height: int, data: DataSettings
) -> None:
    plan = crop_plan(width, height, data)
    left, top, right, bottom = plan.box
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    pixel = width / plan.resized[0], height / plan.resized[1]
    assert abs(left - (width - right)) <= pixel[0] * 1.001
    assert abs(top - (height - bottom)) <= pixel[1] * 1.001


@given(SIDES, SIDES, KINDS)
def test_the_box_is_the_buckets_share_of_the_resized_picture(
    width: int, height: int, data: DataSettings
) -> None:
    plan = crop_plan(width, height, data)
    left, top, right, bottom = plan.box
    assert (right - left) * plan.resized[0] / width == pytest.approx(plan.bucket[0])
    assert (bottom - top) * plan.resized[1] / height == pytest.approx(plan.bucket[1])
