"""Rules about caption files: each fires on its case, and not on its clean neighbour."""

from lora_wizard.dataset.advice.tokens import count_tokens
from tests.dataset_advice.conftest import Material


def test_captions_of_another_ending_are_found_and_the_setting_offered(material: Material) -> None:
    path = material.picture("10_mio/a.png", None)
    path.with_suffix(".caption").write_text("mio", encoding="utf-8")
    found = material.advice()
    assert found["captions_unused"].changes == {"data.caption_extension": ".caption"}
    assert "captions_missing" not in found
    after = material.advice(found["captions_unused"].changes)
    assert "captions_unused" not in after


def test_no_setting_is_offered_where_it_would_lose_other_captions(material: Material) -> None:
    material.picture("10_mio/b.png", "mio")
    path = material.picture("10_mio/a.png", None)
    path.with_suffix(".caption").write_text("mio", encoding="utf-8")
    assert material.advice()["captions_unused"].changes == {}


def test_pictures_without_a_caption_are_named(material: Material) -> None:
    material.picture("10_mio/a.png")
    assert "captions_missing" not in material.advice()
    material.picture("10_mio/b.png", None)
    assert "1 of 2 have no .txt file: b.png" in material.advice()["captions_missing"].what


def test_empty_captions_are_named(material: Material) -> None:
    material.picture("10_mio/a.png", "mio\n")
    assert "captions_empty" not in material.advice()
    material.picture("10_mio/b.png", " \n")
    assert "b.txt" in material.advice()["captions_empty"].what


def test_lines_below_the_first_are_told_to_be_lost(material: Material) -> None:
    material.picture("10_mio/a.png", "mio, smile\n\n")
    assert "captions_of_several_lines" not in material.advice()
    material.picture("10_mio/b.png", "mio\nsmile")
    assert "b.txt" in material.advice()["captions_of_several_lines"].what


def test_captions_that_are_no_text_are_an_error(material: Material) -> None:
    path = material.picture("10_mio/a.png", "mio")
    assert "captions_unreadable" not in material.advice()
    path.with_suffix(".txt").write_bytes(b"\xff\xfe\x00\xd8")
    found = material.advice()["captions_unreadable"]
    assert found.level == "error"
    assert "a.txt" in found.what


def test_captions_over_75_tokens_are_named(material: Material) -> None:
    material.picture("10_mio/a.png", ", ".join(["smile"] * 38))  # 75 tokens, commas counted
    assert "captions_too_long" not in material.advice()
    material.picture("10_mio/b.png", ", ".join(["smile"] * 39))
    found = material.advice()["captions_too_long"]
    assert "longest has 77" in found.what
    assert found.what.endswith("b.png.")


def test_tokens_are_those_of_the_tokenizer_that_training_uses() -> None:
    from lora_wizard.models.text import token_count

    for caption in ("mio, smile", "", "izumi riho's 12 skirts!!", "日本語、é Å", "a|||b  \t c_d"):
        assert count_tokens(caption) == token_count(caption)


def test_captions_under_a_wrong_name_are_told(material: Material) -> None:
    material.picture("10_mio/a.png", "mio")
    material.picture("10_mio/b.png", None)
    assert "captions_misnamed" not in material.advice()
    (material.images / "10_mio/b.png.txt").write_text("mio")
    told = material.advice()["captions_misnamed"]
    assert told.what == "1 beside pictures without a caption: b.png.txt."
    assert "The caption of b.png is read from b.txt" in told.why


def test_captions_of_no_picture_are_told_where_some_go_without(material: Material) -> None:
    material.picture("10_mio/a.png", "mio")
    (material.images / "10_mio/other.txt").write_text("mio")
    assert "captions_orphaned" not in material.advice()
    material.picture("10_mio/b.png", None)
    assert material.advice()["captions_orphaned"].what == "1, not used: other.txt."


def test_a_caption_that_is_a_link_out_is_named_and_its_content_is_not(material: Material) -> None:
    material.picture("10_mio/a.png", "mio")
    (material.images.parent / "secret").write_text("password")
    (material.images / "10_mio/a.txt").unlink()
    (material.images / "10_mio/a.txt").symlink_to("../../secret")
    told = material.advice()["captions_unreadable"]
    assert "a.txt: is a link to" in told.what
    assert "outside the training folder: not read" in told.what
    assert "password" not in str(material.facts())
