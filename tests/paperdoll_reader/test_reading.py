"""Reading, saving, loading and learning, with a small untrained network."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from lora_wizard.errors import ModelError
from lora_wizard.paperdoll.reader import Reader, load_reader
from lora_wizard.paperdoll.reader.attributes import ATTRIBUTES, UNSEEN
from lora_wizard.paperdoll.reader.network import ReaderNetwork, reading_loss
from lora_wizard.paperdoll.reader.pictures import make_pictures
from lora_wizard.paperdoll.reader.reading import reader_pixels
from lora_wizard.paperdoll.reader.saving import save_reader
from lora_wizard.paperdoll.reader.train import Plan, train_network


def test_a_reading_has_a_known_word_and_a_probability_for_every_attribute(
    untrained: Reader,
) -> None:
    pixels = make_pictures(3, seed=1).pixels
    readings = untrained.read([Image.fromarray(picture) for picture in pixels])
    assert len(readings) == 3
    for reading in readings:
        for name, words in ATTRIBUTES.items():
            assert getattr(reading, name) in words
            assert 1 / len(words) - 1e-3 <= reading.probabilities[name] <= 1
        assert 0 <= reading.floating <= 1


def test_no_pictures_give_no_readings(untrained: Reader) -> None:
    assert untrained.read([]) == []


def test_reading_twice_gives_the_same(untrained: Reader) -> None:
    pixels = make_pictures(5, seed=2).pixels
    assert untrained.read_pixels(pixels) == untrained.read_pixels(pixels)


def test_pictures_of_any_size_and_mode_are_brought_to_64_px() -> None:
    for image in (
        Image.new("RGB", (192, 192), (9, 90, 200)),
        Image.new("L", (40, 60), 200),
        Image.new("P", (64, 64)),
    ):
        assert reader_pixels(image).shape == (64, 64, 3)


def test_transparent_pictures_are_put_on_white() -> None:
    nothing = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    assert (reader_pixels(nothing) == 255).all()


def test_a_saved_reader_reads_the_same_once_loaded(untrained: Reader, tmp_path: Path) -> None:
    path = tmp_path / "reader.safetensors"
    save_reader(path, untrained.network)
    first = load_reader(path)
    save_reader(path, first.network)
    again = load_reader(path)
    pixels = make_pictures(6, seed=3).pixels
    assert first.read_pixels(pixels) == again.read_pixels(pixels)
    assert [file.name for file in tmp_path.iterdir()] == ["reader.safetensors"]


def test_a_missing_reader_says_how_to_train_one(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"reader\.train"):
        load_reader(tmp_path / "none.safetensors")


def test_a_file_that_is_no_reader_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "reader.safetensors"
    path.write_bytes(b"not weights")
    with pytest.raises(ModelError, match="cannot be read"):
        load_reader(path)
    save_file({"a": torch.zeros(1)}, path)
    with pytest.raises(ModelError, match="other words"):
        load_reader(path)


def test_what_cannot_be_seen_teaches_nothing() -> None:
    torch.manual_seed(0)
    network = ReaderNetwork((8, 16, 24))
    scores = network(torch.rand(2, 3, 64, 64))
    words = torch.full((2, len(ATTRIBUTES)), UNSEEN)
    assert reading_loss(scores, words).item() == 0
    words[0, 0] = 1
    reading_loss(scores, words).backward()
    heads = [head[1].weight.grad for head in network.heads]  # type: ignore[index]
    assert heads[0].abs().sum() > 0
    assert all(gradient is None or not gradient.any() for gradient in heads[1:])


def test_a_few_steps_teach_the_reader_something() -> None:
    """On pictures of two kinds alone, the loss falls to a fraction."""
    empty, heads = (make_pictures(24, seed=4, only=name) for name in ("empty", "floating heads"))
    kinds_only = np.full_like(empty.words, UNSEEN)
    pool = replace(
        empty,
        pixels=np.concatenate([empty.pixels, heads.pixels]),
        words=np.concatenate([kinds_only, kinds_only]),
    )
    pool.words[:, 0] = np.concatenate([empty.words[:, 0], heads.words[:, 0]])
    losses: list[float] = []

    def keep(stage: str, **facts: float) -> None:
        losses.append(facts["loss"])

    train_network(Plan(epochs=4, batch=16, rate=2e-3), pool, keep)
    assert losses[-1] < 0.6 * losses[0]
