"""Pictures that are held out of the training to measure by."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.dataset import Dataset, Picture, dataset_facts, scan, steps_per_epoch
from lora_wizard.dataset.holding_out import hold_out
from lora_wizard.errors import DatasetError
from lora_wizard.recipe import DataSettings, ValidationSettings

from .conftest import WritePicture


def picture(number: int, *, other: bool = False) -> Picture:
    return Picture(Path(f"{number}.png"), 0, 3, other, "", 64, 64, (64, 64), False)


def names(pictures: tuple[Picture, ...] | list[Picture]) -> set[str]:
    return {one.path.name for one in pictures}


def scanned(images: Path, validation: ValidationSettings | None, **more: str) -> Dataset:
    data = {"images": str(images), "resolution": (64, 64), "buckets": False, **more}
    return scan(DataSettings.model_validate(data), validation)


@given(
    training=st.integers(2, 60),
    others=st.integers(0, 20),
    share=st.floats(0.001, 0.5),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_picture_is_on_one_side_and_neither_side_is_empty(
    training: int, others: int, share: float, seed: int
) -> None:
    pictures = [picture(number) for number in range(training)]
    pictures += [picture(100 + number, other=True) for number in range(others)]
    kept, held = hold_out(pictures, share, seed)
    assert names(kept) | names(held) == names(pictures)
    assert len(kept) + len(held) == len(pictures)
    assert not any(one.is_regularisation for one in held)
    assert len(held) == min(max(1, round(share * training)), training - 1)
    assert {one.repeats for one in held} == {1}
    assert hold_out(pictures, share, seed) == (kept, held)


def test_another_seed_holds_others_out() -> None:
    pictures = [picture(number) for number in range(40)]
    assert hold_out(pictures, 0.25, 1)[1] != hold_out(pictures, 0.25, 2)[1]


def test_a_share_leaves_the_epoch_its_counts_and_its_regularisation(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    for number in range(10):
        write_picture(f"img/2_mira/{number}.png", caption="mira, smile")
        write_picture(f"reg/1_girl/{number}.png")
    whole = scanned(tmp_path / "img", None, regularisation=str(tmp_path / "reg"))
    dataset = scanned(
        tmp_path / "img", ValidationSettings(share=0.3), regularisation=str(tmp_path / "reg")
    )
    assert whole.held_out is None
    assert dataset.held_out is not None
    assert len(dataset.held_out.pictures) == 3
    assert not names(dataset.held_out.pictures) & {
        one.path.name for one in dataset.pictures if not one.is_regularisation
    }
    assert dataset.epoch_size(is_regularisation=False) == 14
    assert dataset.epoch_size(is_regularisation=True) == 14
    assert steps_per_epoch(dataset, batch_size=1) == 28
    facts = dataset_facts(dataset)
    assert facts.training_folders["2_mira"].pictures == 7
    assert facts.tag_frequency["2_mira"]["mira"] == 7
    assert any("3 pictures held out" in note for note in dataset.notes)


def test_a_folder_of_its_own_leaves_the_training_as_it_is(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    for number in range(3):
        write_picture(f"img/2_mira/{number}.png", caption="mira")
    write_picture("held/5_mira/a.png", caption="mira, outside")
    plain = scanned(tmp_path / "img", None)
    dataset = scanned(tmp_path / "img", ValidationSettings(images=str(tmp_path / "held")))
    assert dataset.held_out is not None
    assert (dataset.pictures, dataset.folders) == (plain.pictures, plain.folders)
    (held,) = dataset.held_out.pictures
    assert (held.caption, held.repeats) == ("mira, outside", 1)


def test_what_is_wrong_with_either_folder_is_said_together(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    write_picture("img/2_mira/a.png").write_bytes(b"no picture")
    with pytest.raises(DatasetError) as caught:
        scanned(tmp_path / "img", ValidationSettings(images=str(tmp_path / "nowhere")))
    text = str(caught.value)
    assert "a.png" in text
    assert "validation.images" in text


def test_pictures_cannot_be_trained_on_and_measured_by_at_once(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    write_picture("img/2_mira/a.png")
    with pytest.raises(DatasetError, match="at once"):
        scanned(tmp_path / "img", ValidationSettings(images=str(tmp_path / "img")))


def test_a_single_picture_cannot_be_shared(tmp_path: Path, write_picture: WritePicture) -> None:
    write_picture("img/2_mira/a.png")
    with pytest.raises(DatasetError, match="only one training picture"):
        scanned(tmp_path / "img", ValidationSettings(share=0.1))
