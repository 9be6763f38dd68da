"""Lessons about clothes: each fires on its case, not on its clean neighbour."""

from tests.dataset_advice.conftest import Material


def test_one_outfit_is_told_to_be_baked_in(material: Material) -> None:
    material.pictures("10_mio", ["mio, full body, skirt, plaid skirt"] * 4)
    found = material.advice()["one_outfit"]
    assert "4 figures, one trigger (mio)" in found.what
    assert "plaid skirt" in found.what
    captions = ["mio, full body, plaid skirt"] * 2 + ["mio, full body, red kimono"] * 2
    material.pictures("10_mio", captions)
    assert "one_outfit" not in material.advice()


def test_a_second_trigger_is_a_second_outfit(material: Material) -> None:
    material.pictures("10_mio", ["mio, full body"] * 4)
    assert "one_outfit" in material.advice()
    material.pictures("10_miodancer", ["miodancer, full body"] * 4)
    assert "one_outfit" not in material.advice()


def test_triggers_of_one_outfit_each_want_one_with_mixed_outfits(material: Material) -> None:
    material.pictures("10_mio", ["mio, full body, red kimono"] * 3)
    material.pictures("10_miodancer", ["miodancer, full body, blue dress"] * 3)
    found = material.advice()["one_outfit_a_trigger"]
    assert "2 triggers: mio (3), miodancer (3)" in found.what
    material.pictures("10_mio", ["mio, full body, red kimono", "mio, full body, grey hoodie"])
    assert "one_outfit_a_trigger" not in material.advice()


def test_outfits_that_share_a_garment_are_told(material: Material) -> None:
    material.pictures("10_mio", ["mio, full body, red kimono"] * 3)
    material.pictures("10_miodancer", ["miodancer, full body, red kimono, apron"] * 3)
    assert "mio and miodancer share red kimono" in material.advice()["outfits_alike"].what
    material.pictures("10_miodancer", ["miodancer, full body, blue dress"] * 3)
    assert "outfits_alike" not in material.advice()


def test_mannequins_in_one_outfit_have_no_effect(material: Material) -> None:
    material.heads()
    material.pictures("10_miocloth", ["miocloth, mannequin, full body"] * 2)
    assert "4 heads, and 2 pictures" in material.advice()["mannequin_one_outfit"].what
    material.pictures("10_mioparty", ["mioparty, mannequin, full body"] * 2)
    assert "mannequin_one_outfit" not in material.advice()


def test_mannequins_beside_heads_are_told_to_split_views(material: Material) -> None:
    material.heads()
    assert "mannequin_split_views" not in material.advice()
    material.pictures("10_miocloth", ["miocloth, mannequin, full body"] * 2)
    assert "4 heads and 2 pictures" in material.advice()["mannequin_split_views"].what


def test_a_folder_that_is_always_framed_alike_is_told(material: Material) -> None:
    material.pictures("10_mio", ["mio, lower body"] * 4)
    assert "10_mio: lower body in 4 of 4" in material.advice()["outfit_framing"].what
    material.pictures("10_mio", ["mio, lower body"] * 2 + ["mio, full body"] * 2)
    assert "outfit_framing" not in material.advice()


def test_patterned_cloth_is_told_not_to_be_learned(material: Material) -> None:
    material.pictures("10_mio", ["mio, full body, plaid skirt", "mio, full body, plaid"])
    assert "plaid" in material.advice()["cloth_patterns"].what
    material.pictures("10_mio", ["mio, full body, red skirt", "mio, full body"])
    assert "cloth_patterns" not in material.advice()


def test_a_small_alpha_is_told_to_learn_outfits_less(material: Material) -> None:
    material.pictures("10_mio", ["mio, full body"] * 2)
    assert "outfits_learned_less" not in material.advice({"network.alpha": 1})
    material.pictures("10_miodancer", ["miodancer, full body"] * 2)
    found = material.advice({"network.alpha": 1})["outfits_learned_less"]
    assert "mio, miodancer" in found.what
    assert "outfits_learned_less" not in material.advice()
