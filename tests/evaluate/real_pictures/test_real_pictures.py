"""Real anime-style pictures, where they lie beside the checkout: faces counted, no false seam."""

import csv
from pathlib import Path

import pytest
from PIL import Image

from lora_eval.detect import Detector, open_detector
from lora_eval.evidence import Found
from lora_eval.measure import measure_pixels

FOLDER = Path(__file__).parents[4] / "shared" / "images"
pytestmark = pytest.mark.skipif(
    not (FOLDER / "manifest.tsv").is_file(), reason="the real pictures are not beside the checkout"
)


def truth() -> dict[str, int]:
    """Number of faces by file."""
    with (FOLDER / "manifest.tsv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {row["file"]: int(row["n_faces"]) for row in rows}


@pytest.fixture(scope="module")
def detector() -> Detector:
    pytest.importorskip("animeface")
    return open_detector("animeface")


@pytest.fixture(scope="module")
def found(detector: Detector) -> dict[str, Found]:
    return {
        name: Found(
            detector.name,
            detector.parts,
            detector.bodies_include_heads,
            detector.detect([Image.open(FOLDER / name)])[0],
        )
        for name in truth()
    }


def test_most_face_counts_are_exact(found: dict[str, Found]) -> None:
    counts = truth()
    right = [name for name, faces in counts.items() if len(found[name].of("face")) == faces]
    assert len(right) / len(counts) >= 0.8


def test_one_picture_is_never_taken_for_two(found: dict[str, Found]) -> None:
    for name, faces in truth().items():
        if faces > 1:
            continue
        facts = measure_pixels(Image.open(FOLDER / name), found[name])
        seam = facts.seam_share >= 0.7 and facts.seam_ratio >= 4
        assert not seam, name
        assert len(found[name].of("face")) <= 1, name


def test_two_pictures_side_by_side_are_seen(found: dict[str, Found]) -> None:
    assert len(found["tadne_grid_1x2.jpg"].of("face")) == 2
