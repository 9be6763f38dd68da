"""The article's material: numbers, folders and captions, as a trainer finds them."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lora_wizard.dataset import scan
from lora_wizard.errors import DatasetError, LoraWizardError
from lora_wizard.paperdoll.characters import DEMO_CHARACTER, DEMO_OUTFITS
from lora_wizard.paperdoll.material import SCHEMES, Cast, plan_material, write_material
from lora_wizard.paperdoll.tags import character_tags, outfit_tags
from lora_wizard.paperdoll.vocabulary import TAG_GROUPS
from lora_wizard.recipe import DataSettings

FOLDERS = {
    "head-only": {"36_hoshino_mio": 13},
    "head-and-mannequin": {"16_hoshino_mio": 13, "16_mio_cloth": 10, "16_mio_stage": 9},
    "full-body-one-outfit": {"25_hoshino_mio": 21},
    "full-body-many-outfits": {
        "10_hoshino_mio": 18,
        "10_mio_cloth": 13,
        "10_mio_stage": 13,
        "10_mio_party": 13,
    },
}
PICTURES = {
    "head-only": 13,
    "head-and-mannequin": 32,
    "full-body-one-outfit": 21,
    "full-body-many-outfits": 57,
}
TRANSPARENT = ("head-only", "head-and-mannequin")
TRIGGERS = {
    "hoshino_mio": "hoshino mio",
    "mio_cloth": "miocloth",
    "mio_stage": "miostage",
    "mio_party": "mioparty",
}


@pytest.fixture(scope="session", params=list(SCHEMES))
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def folder(scheme: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("material") / scheme
    write_material(scheme, DEMO_CHARACTER, out)
    return out


def captions(folder: Path) -> dict[str, list[str]]:
    """The captions by the name of the folder that they are in."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*.txt")):
        found.setdefault(path.parent.name, []).append(path.read_text(encoding="utf-8").strip())
    return found


def test_folders_and_pictures_are_the_articles(scheme: str, folder: Path) -> None:
    counts = Counter(path.parent.name for path in folder.rglob("*.png"))
    assert counts == FOLDERS[scheme]
    assert counts.total() == PICTURES[scheme]


def test_a_trainer_finds_it_whole(scheme: str, folder: Path) -> None:
    found = scan(DataSettings(images=str(folder), resolution=(64, 64), buckets=False))
    expected = sum(int(name.partition("_")[0]) * n for name, n in FOLDERS[scheme].items())
    assert sum(picture.repeats for picture in found.pictures) == expected
    assert all(picture.has_alpha == (scheme in TRANSPARENT) for picture in found.pictures)
    assert all(picture.caption for picture in found.pictures)


def test_the_trigger_of_its_folder_stands_first_in_every_caption(folder: Path) -> None:
    for name, texts in captions(folder).items():
        trigger = TRIGGERS[name.partition("_")[2]]
        assert all(text.split(", ")[0] == trigger for text in texts)


def test_captions_name_nothing_that_the_trigger_is_to_take_up(folder: Path) -> None:
    hidden = {"1girl", "solo", *character_tags(DEMO_CHARACTER)}
    for texts in captions(folder).values():
        assert all(hidden.isdisjoint(text.split(", ")) for text in texts)


def test_an_outfit_with_a_trigger_of_its_own_is_not_named(scheme: str, folder: Path) -> None:
    features = {tag for outfit in DEMO_OUTFITS for tag in outfit_tags(outfit)}
    for name, texts in captions(folder).items():
        if name != "10_hoshino_mio":
            assert all(features.isdisjoint(text.split(", ")) for text in texts)


def test_random_outfits_are_named() -> None:
    cast = Cast(DEMO_CHARACTER, "hoshino_mio", "hoshino mio", DEMO_OUTFITS)
    planned = plan_material("full-body-many-outfits", cast, seed=1)[:18]
    for each in planned:
        assert set(outfit_tags(each.scene.outfit)) <= set(each.caption.split(", "))
    assert len({each.scene.outfit.kind for each in planned}) > 4


def test_one_picture_of_several_outfits_has_closed_eyes() -> None:
    cast = Cast(DEMO_CHARACTER, "hoshino_mio", "hoshino mio", DEMO_OUTFITS)
    planned = plan_material("full-body-many-outfits", cast, seed=1)
    assert sum("closed eyes" in each.caption for each in planned) == 1


def test_captions_say_how_it_is_shown(scheme: str, folder: Path) -> None:
    ground = "transparent background" if scheme in TRANSPARENT else "black background"
    for texts in captions(folder).values():
        for text in texts:
            assert {"simple background", ground} <= set(text.split(", "))


def test_figures_stand_on_plain_black(tmp_path: Path) -> None:
    write_material("full-body-one-outfit", DEMO_CHARACTER, tmp_path / "out")
    for path in (tmp_path / "out").rglob("*.png"):
        with Image.open(path) as picture:
            assert picture.mode == "RGB"
            # Nothing of her reaches this place: her ponytail hangs on the other side.
            assert picture.size == (64, 64)
            assert max(np.asarray(picture)[20, 0]) < 60


def test_triggers_hold_no_tag_of_the_world() -> None:
    words = {word for group in TAG_GROUPS for tag in group for word in tag.split()}
    for trigger in TRIGGERS.values():
        assert all(word not in trigger for word in words if len(word) > 3)


def digest(folder: Path) -> str:
    parts = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            parts.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return parts.hexdigest()


def test_the_same_seed_writes_the_same_files_and_another_writes_others(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_material("head-only", DEMO_CHARACTER, tmp_path / name, seed=seed, size=32)
    assert digest(tmp_path / "a") == digest(tmp_path / "b") != digest(tmp_path / "c")


def test_name_trigger_and_outfits_can_be_chosen(tmp_path: Path) -> None:
    write_material(
        "head-and-mannequin",
        DEMO_CHARACTER,
        tmp_path / "out",
        name="Rei",
        trigger="r3i",
        outfits=[DEMO_OUTFITS[2]],
        size=32,
    )
    found = captions(tmp_path / "out")
    assert sorted(found) == ["16_Rei", "16_Rei_cloth", "16_Rei_stage"]
    assert found["16_Rei"][0].startswith("r3i, ")


def test_files_that_are_there_are_never_written_over(tmp_path: Path) -> None:
    write_material("head-only", DEMO_CHARACTER, tmp_path / "out", size=32)
    before = digest(tmp_path / "out")
    with pytest.raises(DatasetError):
        write_material("head-only", DEMO_CHARACTER, tmp_path / "out", seed=2, size=32)
    assert digest(tmp_path / "out") == before
    write_material("head-only", DEMO_CHARACTER, tmp_path / "out", seed=2, size=32, overwrite=True)
    assert digest(tmp_path / "out.replaced-1") == before


def test_an_unknown_scheme_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(LoraWizardError, match="Did you mean head-only"):
        write_material("headonly", DEMO_CHARACTER, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
