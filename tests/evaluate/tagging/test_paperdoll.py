"""The shipped reader as a tagger, on fresh drawings."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from lora_eval.errors import DetectorError, LoraWizardError
from lora_eval.tagging import TAGGERS, open_tagger
from lora_eval.tagging.paperdoll import tag_of
from lora_wizard.paperdoll.reader.attributes import ATTRIBUTES, KINDS
from lora_wizard.paperdoll.reader.pictures import make_pictures, words_of

KIND_TAGS = (
    "whole body", "close-up", "floating head", "multiple views", "no humans", "broken",
)  # fmt: skip


def test_kinds_of_pictures_have_the_tags_that_judges_look_for() -> None:
    assert tuple(tag_of("kind", kind) for kind in KINDS) == KIND_TAGS
    assert tag_of("hair_colour", "aqua") == "aqua hair"
    assert tag_of("eye_colour", "closed") == "closed eyes"
    assert tag_of("eye_colour", "red") == "red eyes"
    assert tag_of("outfit", "school uniform") == "school uniform"


def test_no_two_words_share_a_tag() -> None:
    tags = [tag_of(name, word) for name, words in ATTRIBUTES.items() for word in words]
    said = [tag for tag in tags if tag]
    assert len(said) == len(set(said))


def test_most_drawings_have_their_own_outfit_background_and_kind_as_likeliest_tag() -> None:
    pictures = make_pictures(60, seed=77)
    tagger = open_tagger("paperdoll", offline=True)
    tagged = tagger.tags([Image.fromarray(pixels) for pixels in pictures.pixels])
    right = []
    for name in ("outfit", "background", "kind"):
        own = [tag_of(name, word) for word in ATTRIBUTES[name]]
        for tags, number in zip(tagged, words_of(pictures, name), strict=True):
            if number >= 0:
                right.append(max(own, key=tags.confidences.__getitem__) == own[number])
    assert sum(right) > 0.85 * len(right)


def test_pictures_of_any_size_and_mode_are_tagged_with_probabilities() -> None:
    images = [Image.new("RGBA", (90, 30)), Image.new("L", (16, 16)), Image.new("RGB", (64, 64))]
    tagged = open_tagger("paperdoll").tags(images)
    assert len(tagged) == 3
    for tags in tagged:
        assert tags.tagger == "paperdoll"
        assert sum(tags.confidences[tag] for tag in KIND_TAGS) == pytest.approx(1, abs=1e-3)
        assert all(0 <= share <= 1 for share in tags.confidences.values())
    assert open_tagger("paperdoll").tags([]) == []


def test_an_unknown_tagger_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(DetectorError, match="Did you mean wd14"):
        open_tagger("wd")
    assert set(TAGGERS) == {"paperdoll", "wd14"}


def test_a_missing_reader_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoraWizardError, match="no reader here"):
        open_tagger("paperdoll", weights=tmp_path / "none.safetensors")
