"""deepghs: a picture in and boxes out again, by a tiny model that answers what it is told."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from lora_eval.detect import open_detector
from lora_eval.detect.deepghs import MODELS, SIDE_PX, letterboxed
from lora_eval.errors import DetectorError


def tiny_model(path: Path, rows: Sequence[tuple[float, ...]]) -> None:
    """A model that always answers these boxes: middle, size (pixels of the square), score."""
    answer = np.asarray(rows, dtype=np.float32).T[None]  # (1, 5, candidates)
    constant = numpy_helper.from_array(answer, "answer")
    graph = helper.make_graph(
        [helper.make_node("Identity", ["answer"], ["output0"])],
        "tiny",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIDE_PX, SIDE_PX])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, list(answer.shape))],
        [constant],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))


def folder_of_models(folder: Path, rows: Sequence[tuple[float, ...]]) -> Path:
    for model in MODELS:
        tiny_model(folder / model.name / "model.onnx", rows)
    return folder


def test_boxes_come_back_in_shares_of_the_picture(tmp_path: Path) -> None:
    # A picture of 320x640 stands in the square from 160 to 480: this box is its upper half.
    weights = folder_of_models(tmp_path, [(320, 160, 320, 320, 0.9)])
    detector = open_detector("deepghs", weights=weights)
    (found,) = detector.detect([Image.new("RGB", (320, 640))])
    assert {each.part for each in found} == {"head", "face", "body"}
    for each in found:
        assert each.box == pytest.approx((0.0, 0.0, 1.0, 0.5), abs=1e-6)
        assert each.score == pytest.approx(0.9, abs=1e-4)


def test_doubles_and_the_unsure_are_left_out(tmp_path: Path) -> None:
    rows = [(300, 300, 100, 100, 0.8), (304, 300, 100, 100, 0.7), (500, 500, 60, 60, 0.1)]
    detector = open_detector("deepghs", weights=folder_of_models(tmp_path, rows))
    (found,) = detector.detect([Image.new("RGB", (640, 640))])
    assert sorted(each.part for each in found) == ["body", "face", "head"]
    assert all(each.score == pytest.approx(0.8, abs=1e-4) for each in found)


def test_the_letterbox_keeps_the_aspect() -> None:
    pixels, scale, left, top = letterboxed(Image.new("RGB", (1000, 500), (255, 255, 255)))
    assert pixels.shape == (1, 3, SIDE_PX, SIDE_PX)
    assert (scale, left, top) == (0.64, 0, 160)
    assert pixels[0, 0, 159, 5] == pytest.approx(114 / 255)
    assert pixels[0, 0, 161, 5] == 1


def test_missing_and_damaged_models_are_named(tmp_path: Path) -> None:
    with pytest.raises(DetectorError, match="head_detect"):
        open_detector("deepghs", weights=tmp_path)
    for model in MODELS:
        (tmp_path / model.name).mkdir()
        (tmp_path / model.name / "model.onnx").write_bytes(b"no model")
    with pytest.raises(DetectorError, match="cannot be loaded"):
        open_detector("deepghs", weights=tmp_path)


def test_a_model_with_another_answer_is_refused(tmp_path: Path) -> None:
    weights = folder_of_models(tmp_path, [(1.0, 2.0)])
    detector = open_detector("deepghs", weights=weights)
    with pytest.raises(DetectorError, match="unknown shape"):
        detector.detect([Image.new("RGB", (64, 64))])
