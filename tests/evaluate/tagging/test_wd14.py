"""WD14's format, with a tiny model whose three tags are the mean blue, green and red."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lora_eval.errors import DetectorError
from lora_eval.tagging import open_tagger
from lora_eval.tagging.wd14 import MODEL, NAMES, read_names, tagger_pixels

onnx: Any = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
SIDE_PX = 8
TABLE = """tag_id,name,category,count
1,blue_sky,0,10
2,hoshino_mio_(idol),4,10
3,general,9,10
"""


def write_model(folder: Path, *, table: str = TABLE) -> Path:
    """A model whose confidences are the channels' means over 255."""
    helper, kinds = onnx.helper, onnx.TensorProto
    nodes = [
        helper.make_node("ReduceMean", ["input", "axes"], ["means"], keepdims=0),
        helper.make_node("Div", ["means", "most"], ["output"]),
    ]
    constants = [
        onnx.numpy_helper.from_array(np.array([1, 2], dtype=np.int64), "axes"),
        onnx.numpy_helper.from_array(np.array(255, dtype=np.float32), "most"),
    ]
    entrance = helper.make_tensor_value_info("input", kinds.FLOAT, ["n", SIDE_PX, SIDE_PX, 3])
    answer = helper.make_tensor_value_info("output", kinds.FLOAT, ["n", 3])
    graph = helper.make_graph(nodes, "tagger", [entrance], [answer], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    folder.mkdir(exist_ok=True)
    onnx.save(model, str(folder / MODEL))
    (folder / NAMES).write_text(table, encoding="utf-8")
    return folder


def test_channels_come_as_blue_green_red_without_rescaling(tmp_path: Path) -> None:
    tagger = open_tagger("wd14", weights=write_model(tmp_path), offline=True)
    red = tagger.tags([Image.new("RGB", (20, 20), (255, 102, 0))])[0].confidences
    assert dict(red) == pytest.approx(
        {"blue sky": 0, "hoshino mio (idol)": 0.4, "rating:general": 1}, abs=1e-5
    )
    assert "green" not in red


def test_pictures_are_padded_with_white_not_stretched(tmp_path: Path) -> None:
    tagger = open_tagger("wd14", weights=write_model(tmp_path) / MODEL)
    images = [Image.new("RGB", (SIDE_PX, 4), "black"), Image.new("RGBA", (30, 30), (0, 0, 0, 0))]
    half, white = (tags.confidences["blue sky"] for tags in tagger.tags(images))
    assert half == pytest.approx(0.5, abs=1e-5)
    assert white == pytest.approx(1, abs=1e-5)


def test_many_pictures_are_answered_in_order(tmp_path: Path) -> None:
    tagger = open_tagger("wd14", weights=write_model(tmp_path))
    images = [Image.new("RGB", (SIDE_PX, SIDE_PX), (0, 0, 10 * each)) for each in range(21)]
    blue = [tags.confidences["blue sky"] for tags in tagger.tags(images)]
    assert blue == pytest.approx([10 * each / 255 for each in range(21)], abs=1e-5)
    assert tagger.tags([]) == []


def test_large_pictures_are_brought_to_the_models_size() -> None:
    pixels = tagger_pixels(Image.new("RGB", (1000, 700), "red"), 448)
    assert pixels.shape == (448, 448, 3)
    assert pixels.dtype == np.float32
    assert pixels[224, 224].tolist() == [0, 0, 255]


def test_emoticons_keep_their_underscores(tmp_path: Path) -> None:
    table = tmp_path / NAMES
    table.write_text("tag_id,name,category,count\n1,>_<,0,1\n2,(o)_(o),0,1\n3,closed_eyes,0,1\n")
    assert read_names(table) == [">_<", "(o)_(o)", "closed eyes"]


def test_a_list_of_other_tags_is_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path, table="tag_id,name,category,count\n1,a,0,1\n")
    tagger = open_tagger("wd14", weights=folder)
    with pytest.raises(DetectorError, match="1 tags are listed"):
        tagger.tags([Image.new("RGB", (8, 8))])


def test_what_is_missing_or_damaged_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    with pytest.raises(DetectorError, match=r"wd-swinv2-tagger-v3/model\.onnx.*not on this disk"):
        open_tagger("wd14", offline=True)
    with pytest.raises(DetectorError, match=r"there is no model\.onnx here"):
        open_tagger("wd14", weights=tmp_path)
    folder = write_model(tmp_path / "damaged")
    (folder / MODEL).write_bytes(b"no model")
    with pytest.raises(DetectorError, match=r"model\.onnx: cannot be read"):
        open_tagger("wd14", weights=folder)
    (folder / NAMES).write_text("nothing\n1\n")
    with pytest.raises(DetectorError, match="no list of tags"):
        open_tagger("wd14", weights=folder)


def test_the_version_follows_the_model(tmp_path: Path) -> None:
    first = open_tagger("wd14", weights=write_model(tmp_path / "a")).version
    again = open_tagger("wd14", weights=write_model(tmp_path / "b")).version
    assert first == again and len(first) == 16
