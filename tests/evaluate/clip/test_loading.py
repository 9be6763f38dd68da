"""Loading models by open_clip: a random one from files, and what can go wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
from PIL import Image
from safetensors.torch import save_file

from lora_eval.clip import open_clip_model
from lora_eval.clip.loading import add_configuration
from lora_eval.clip.model import squared
from lora_eval.errors import DetectorError

SIZES: dict[str, Any] = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "patch_size": 16, "head_width": 16},
    "text_cfg": {
        "context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1,
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A configuration and the weights of a random model."""
    folder = tmp_path_factory.mktemp("clip")
    configuration, weights = folder / "random-tiny.json", folder / "random-tiny.safetensors"
    configuration.write_text(json.dumps(SIZES))
    factory: Any = open_clip
    model = factory.create_model(add_configuration(configuration))
    save_file({name: each.contiguous() for name, each in model.state_dict().items()}, weights)
    return configuration, weights


def test_a_model_from_files_embeds_pictures_and_texts_alike(files: tuple[Path, Path]) -> None:
    configuration, weights = files
    model = open_clip_model(str(configuration), str(weights), offline=True)
    images = [Image.new("RGB", (40, 90), "red"), Image.new("RGBA", (64, 64), (0, 0, 0, 0))]
    pictures, texts = model.image_embeddings(images), model.text_embeddings(["a", "b", "a"])
    assert pictures.shape == (2, 16) and texts.shape == (3, 16)
    assert pictures.dtype == texts.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(pictures, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(texts, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(texts[0], texts[2])
    assert model.logit_scale > 0
    assert model.logit_bias == 0
    assert not model.is_paperdoll


def test_nothing_asked_is_nothing_answered(files: tuple[Path, Path]) -> None:
    model = open_clip_model(str(files[0]), str(files[1]))
    assert model.image_embeddings([]).shape == (0, 16)
    assert model.text_embeddings([]).shape == (0, 16)


def test_the_version_follows_the_weights_and_is_the_same_each_time(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    configuration, weights = files
    first, again = (open_clip_model(str(configuration), str(weights)).version for _ in range(2))
    assert first == again
    from safetensors.torch import load_file

    tensors = load_file(weights)
    tensors["logit_scale"] += 1
    other = tmp_path / "other.safetensors"
    save_file(tensors, other)
    assert open_clip_model(str(configuration), str(other)).version != first


@pytest.mark.parametrize(
    ("name", "pretrained", "says"),
    [
        ("ViT-Z-99", "", "open_clip knows no such model"),
        ("ViT-B-32", "", "no weights were named"),
        ("ViT-B-32", "zip", 'no tag of weights called "zip"'),
        ("ViT-B-32", "laion2b_s34b_b79k", "not on this disk"),
        ("nowhere.json", "x", "no configuration of open_clip"),
    ],
)
def test_what_is_wrong_is_said_with_a_way_out(
    name: str, pretrained: str, says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(DetectorError, match=says) as caught:
        open_clip_model(name, pretrained, offline=True)
    assert caught.value.fix


def test_damaged_weights_are_named(files: tuple[Path, Path], tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(files[1].read_bytes()[:1000])
    with pytest.raises(DetectorError, match=r"damaged\.safetensors.*cannot be loaded"):
        open_clip_model(str(files[0]), str(damaged))


def test_weights_of_another_model_are_refused(files: tuple[Path, Path]) -> None:
    with pytest.raises(DetectorError, match="cannot be loaded"):
        open_clip_model("paperdoll", str(files[1]))


def test_tall_pictures_are_padded_not_cut() -> None:
    tall = Image.new("RGB", (10, 30), "red")
    square = squared(tall)
    assert square.size == (30, 30)
    assert square.getpixel((0, 0)) == (255, 255, 255)
    assert square.getpixel((15, 0)) == square.getpixel((15, 29)) == (255, 0, 0)
