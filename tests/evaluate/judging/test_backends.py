"""Which detector, CLIP and tagger are chosen, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_eval.errors import DetectorError
from lora_eval.judging import backends as backends_module
from lora_eval.judging import open_backends

from .stand_ins import folder_of_pictures


def test_drawn_pictures_are_judged_by_what_comes_along(tmp_path: Path) -> None:
    found = open_backends(folder_of_pictures(tmp_path), clip="none")
    assert found.detector.name == "paperdoll"
    assert found.tagger is not None and found.tagger.name == "paperdoll"
    assert found.clip is None
    assert found.notes[0] == "Detector paperdoll, CLIP none, tagger paperdoll."


def test_none_is_none(tmp_path: Path) -> None:
    found = open_backends(folder_of_pictures(tmp_path), clip="none", tagger="none")
    assert (found.clip, found.tagger) == (None, None)


def test_what_is_asked_for_by_name_must_be_there(tmp_path: Path) -> None:
    manifest = folder_of_pictures(tmp_path)
    with pytest.raises(DetectorError, match="no such detector"):
        open_backends(manifest, detector="paperdol", clip="none")
    with pytest.raises(DetectorError, match="no such tagger"):
        open_backends(manifest, clip="none", tagger="wd41")


def test_without_any_detector_for_them_pictures_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends_module, "ANIME_DETECTORS", ("one", "other"))
    manifest = folder_of_pictures(tmp_path).model_copy(update={"base": "model.safetensors"})
    with pytest.raises(DetectorError, match="no detector for anime pictures") as caught:
        open_backends(manifest, clip="none", tagger="none")
    assert '"one"' in str(caught.value) and '"other"' in str(caught.value)


def test_a_missing_first_choice_is_told_and_the_next_one_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends_module, "ANIME_DETECTORS", ("gone", "paperdoll"))
    manifest = folder_of_pictures(tmp_path).model_copy(update={"base": "model.safetensors"})
    found = open_backends(manifest, clip="none", tagger="none")
    assert found.detector.name == "paperdoll"
    assert any(note.startswith("Not used: gone") for note in found.notes)
