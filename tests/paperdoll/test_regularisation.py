"""Pictures for regularisation: other people, with all their tags."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from lora_wizard.dataset import scan
from lora_wizard.errors import LoraWizardError
from lora_wizard.paperdoll.base.plan import Plan
from lora_wizard.paperdoll.captions import full_caption
from lora_wizard.paperdoll.characters import DEMO_CHARACTER
from lora_wizard.paperdoll.material import write_material
from lora_wizard.paperdoll.regularisation import plan_regularisation, write_regularisation
from lora_wizard.paperdoll.tags import scene_tags
from lora_wizard.recipe import DataSettings

KINDS = ("transparent", "scene")


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_has_the_characters_hair_and_eyes(kind: str) -> None:
    scenes = plan_regularisation(kind, without=DEMO_CHARACTER, count=3000, seed=1)
    looks = {(scene.character.hair_colour, scene.character.eye_colour) for scene in scenes}
    assert len(scenes) == 3000
    assert (DEMO_CHARACTER.hair_colour, DEMO_CHARACTER.eye_colour) not in looks
    assert len(looks) == 12 * 8 - 1


@pytest.mark.parametrize("kind", KINDS)
def test_captions_leave_nothing_out_and_begin_with_1girl(kind: str) -> None:
    for scene in plan_regularisation(kind, without=DEMO_CHARACTER, count=200, seed=2):
        tags = full_caption(scene, transparent=kind == "transparent").split(", ")
        assert tags[0] == "1girl"
        assert len(tags) == len(set(tags))
        expected = set(scene_tags(scene))
        if kind == "transparent":
            expected.remove(f"{scene.background_colour} background")
            assert "transparent background" in tags
        assert expected <= set(tags)


def test_a_cut_out_heads_caption_names_the_hair_style_that_it_shows() -> None:
    scenes = plan_regularisation("transparent", without=DEMO_CHARACTER, count=50, seed=3)
    heads = [scene for scene in scenes if scene.subject == "head"]
    assert len(heads) == 25
    for scene in heads:
        assert scene.character.hair_style in full_caption(scene, transparent=True).split(", ")


@pytest.mark.parametrize("kind", KINDS)
def test_a_trainer_takes_them_beside_the_material(kind: str, tmp_path: Path) -> None:
    write_material("head-only", DEMO_CHARACTER, tmp_path / "images", size=32)
    write_regularisation(kind, tmp_path / "reg", without=DEMO_CHARACTER, count=40, size=32)
    assert len(list((tmp_path / "reg" / "1_1girl").glob("*.png"))) == 40
    found = scan(
        DataSettings(
            images=str(tmp_path / "images"),
            regularisation=str(tmp_path / "reg"),
            resolution=(64, 64),
            buckets=False,
        )
    )
    regular = [picture for picture in found.pictures if picture.is_regularisation]
    assert sum(picture.repeats for picture in regular) == 36 * 13
    with Image.open(regular[0].path) as picture:
        assert picture.mode == ("RGBA" if kind == "transparent" else "RGB")


def test_scenes_can_be_sampled_from_a_base_model(trained: Plan, tmp_path: Path) -> None:
    write_regularisation(
        "scene",
        tmp_path / "reg",
        without=DEMO_CHARACTER,
        count=2,
        source="base",
        base=str(trained.out),
        size=32,
    )
    for path in sorted((tmp_path / "reg" / "1_1girl").glob("*.png")):
        with Image.open(path) as picture:
            assert (picture.mode, picture.size) == ("RGB", (32, 32))
        assert path.with_suffix(".txt").read_text(encoding="utf-8").startswith("1girl, solo, ")
    assert len(list((tmp_path / "reg" / "1_1girl").iterdir())) == 4


def test_the_base_model_cannot_draw_on_nothing(tmp_path: Path) -> None:
    with pytest.raises(LoraWizardError, match="no transparent pictures"):
        write_regularisation("transparent", tmp_path / "reg", without=DEMO_CHARACTER, source="base")


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoraWizardError, match="transparent or scene"):
        write_regularisation("scenes", tmp_path / "reg", without=DEMO_CHARACTER)
