"""CLIP's vocabulary and tokenizer agree with OpenAI's."""

import importlib.util
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lora_wizard.models.vocabulary import clip_tokenizer, clip_vocabulary

TOKENIZER = clip_tokenizer()


@pytest.fixture(scope="module")
def openai() -> Any:
    """OpenAI's own tokenizer, loaded from its file: the package around it is slow to import."""
    package = importlib.util.find_spec("open_clip")
    assert package is not None and package.submodule_search_locations
    file = Path(package.submodule_search_locations[0]) / "tokenizer.py"
    spec = importlib.util.spec_from_file_location("openai_tokenizer", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SimpleTokenizer()


def test_the_vocabulary_has_clips_ids() -> None:
    vocabulary, merges = clip_vocabulary()
    assert len(vocabulary) == 49408 and len(merges) == 48894
    assert vocabulary["!"] == 0 and vocabulary["!</w>"] == 256
    assert vocabulary[",</w>"] == 267
    assert vocabulary["<|startoftext|>"] == 49406 and vocabulary["<|endoftext|>"] == 49407


@pytest.mark.parametrize(
    "caption",
    [
        "1girl, solo, long_hair, school uniform, looking at viewer",
        "masterpiece, best quality, (kimono:1.2), ^_^, :d",
        "It's the maid's 2nd dress! don't, we'll, I'm",
        "hatsune_miku 初音ミク, café naïve, CAPITALS",
        "  spaces   and\ttabs\nlines  ",
        "a!b?c... 'quoted' \"double\" #tag @name 100%",
    ],
)
def test_captions_get_openais_tokens(openai: Any, caption: str) -> None:
    ours = TOKENIZER(caption, add_special_tokens=False).input_ids
    assert ours == openai.encode(caption.strip())


def test_random_words_of_the_vocabulary_get_openais_tokens(openai: Any) -> None:
    words = [word for word in clip_vocabulary()[0] if word.isascii() and word.endswith("</w>")]
    chosen = random.Random(5).sample(words, 400)
    caption = " ".join(word.removesuffix("</w>") for word in chosen)
    assert TOKENIZER(caption, add_special_tokens=False, verbose=False).input_ids == openai.encode(
        caption
    )


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_any_printable_caption_is_framed_and_padded_to_77(caption: str) -> None:
    ids = TOKENIZER(caption, padding="max_length", truncation=True).input_ids
    assert len(ids) == 77 and ids[0] == 49406
    assert 49407 in ids and set(ids[ids.index(49407) :]) == {49407}


def test_padding_by_zero_leaves_a_captions_own_exclamation_mark_alone() -> None:
    ids = clip_tokenizer("zero")("wow!", padding="max_length").input_ids
    plain = TOKENIZER("wow!", padding="max_length").input_ids
    assert ids[:4] == plain[:4] and ids[2] == 256
    assert set(ids[4:]) == {0} and set(plain[4:]) == {49407}
