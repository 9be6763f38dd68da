"""Lessons about heads only: each fires on its case, not on its clean neighbour."""

from tests.dataset_advice.conftest import Material


def test_heads_at_full_strength_are_offered_alpha_one(material: Material) -> None:
    material.heads()
    found = material.advice()["heads_alpha"]
    assert "4 of 4 pictures (100 %) show a head only, and alpha is 128 at dim 128" in found.what
    assert found.changes == {"network.alpha": 1.0}
    assert "network.alpha" in found.questions
    assert "heads_alpha" not in material.advice(found.changes)


def test_whole_figures_at_full_strength_are_well(material: Material) -> None:
    material.pictures("10_mio", ["mio, smile, full body"] * 4)
    found = material.advice()
    assert not any(key.startswith("heads_") for key in found)


def test_heads_are_seen_by_the_shape_of_a_cut_out_without_tags(material: Material) -> None:
    for number in range(4):
        material.picture(f"10_mio/{number}.png", "mio, smile", mode="RGBA", figure=(10, 9, 50, 50))
    assert "heads_alpha" in material.advice()
    for number in range(4):
        material.picture(f"10_mio/{number}.png", "mio, smile", mode="RGBA", figure=(24, 2, 40, 60))
    assert "heads_alpha" not in material.advice()


def test_heads_want_regularisation_with_scenes(material: Material) -> None:
    material.heads()
    assert "for regularisation: 0" in material.advice()["heads_regularisation"].what
    material.picture("reg:1_girl/a.png", "1girl", mode="RGBA", figure=(9, 9, 40, 40))
    assert (
        "for regularisation: 1, transparent among them: 1"
        in material.advice()["heads_regularisation"].what
    )
    for name in ("b", "c"):
        material.picture(f"reg:1_girl/{name}.png", "1girl")
    assert "heads_regularisation" not in material.advice()


def test_close_ups_with_a_scene_behind_them_are_no_lone_heads(material: Material) -> None:
    material.pictures("10_mio", ["mio, smile, close-up"] * 4)
    assert "heads_alpha" not in material.advice()
    material.pictures("10_mio", ["mio, smile, head only"] * 4)
    assert "heads_alpha" in material.advice()


def test_many_heads_beside_figures_are_a_hint(material: Material) -> None:
    material.heads(2)
    material.pictures("10_mio", ["mio, full body"] * 2)
    assert "2 of 4 (50 %)" in material.advice()["heads_many"].what
    for number in range(4):
        material.picture(f"10_mio/more{number}.png", "mio, full body")
    assert "heads_many" not in material.advice()


def test_a_low_rate_is_no_cure_for_floating_heads(material: Material) -> None:
    material.heads()
    found = material.advice({"training.learning_rate": 5e-5})["heads_low_rate"]
    assert "heads_low_rate" not in material.advice(found.changes)
    assert "heads_low_rate" not in material.advice()


def test_heads_at_full_strength_are_to_be_used_weaker(material: Material) -> None:
    material.heads()
    assert "0.5 to 0.7" in material.advice()["heads_strength"].fix
    assert "heads_strength" not in material.advice({"network.alpha": 1})


def test_masks_are_told_of_heads_and_not_of_heads_with_bodies(material: Material) -> None:
    material.heads()
    assert "4 of 4" in material.advice()["heads_masks"].what
    for number in range(4):
        material.picture(f"10_mio/body{number}.png", "mio, full body")
    assert "heads_masks" not in material.advice()


def test_a_place_named_by_one_word_is_written_out(material: Material) -> None:
    material.heads()
    found = material.advice({"sampling.prompts": ("1girl, mio, ocean", "mio")})["bare_place"]
    wanted = ("1girl, mio, ocean in the background", "mio")
    assert found.changes == {"sampling.prompts": wanted}
    assert "bare_place" not in material.advice(found.changes)
