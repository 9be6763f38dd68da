"""A folder is begun once, and two runs are never mixed in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from lora_eval.errors import PicturesError
from lora_eval.generate.folder import begin, missing_pictures
from lora_eval.generate.plan import BASE_CONTENDER, plan_pictures
from lora_eval.pictures import CharacterFacts, Contender, Manifest, read_manifest
from lora_eval.pictures.files import MANIFEST
from lora_eval.suite import Suite, suite_sha256
from tests.evaluate.generate.making import small_suite

A = Contender(id="a", label="a", path="a.safetensors", sha256="1" * 64, moved=0.05)
MIO = CharacterFacts(trigger="mio")


def manifest(suite: Suite | None = None, *, a: Contender = A, **changes: object) -> Manifest:
    suite = suite or small_suite()
    whole = Manifest(
        suite=suite.name,
        suite_sha256=suite_sha256(suite),
        base="tiny",
        steps=suite.steps,
        guidance=suite.guidance,
        character=MIO,
        contenders=(BASE_CONTENDER, a),
        pictures=plan_pictures(suite, (BASE_CONTENDER, a), MIO),
    )
    return whole.model_copy(update=changes)


def test_the_manifest_is_there_before_any_picture(tmp_path: Path) -> None:
    begin(tmp_path / "out", manifest())
    assert [path.name for path in (tmp_path / "out").iterdir()] == [MANIFEST]


def test_going_on_leaves_the_manifest_as_it_is(tmp_path: Path) -> None:
    first = begin(tmp_path, manifest())
    before = (tmp_path / MANIFEST).read_bytes()
    # Elsewhere paths are written differently, and another device rounds otherwise.
    moved = A.model_copy(update={"path": "../x/a.safetensors", "moved": 0.050001})
    assert begin(tmp_path, manifest(a=moved, notes=("left out",))) == first
    assert (tmp_path / MANIFEST).read_bytes() == before


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (manifest(small_suite(seeds=(3,))), r"seeds: was \[3, 4\], now \[3\]"),
        (manifest(small_suite(strengths=(0.5,))), r"strengths: was \[1.0\], now \[0.5\]"),
        (manifest(small_suite(steps=9)), "steps: was 2, now 9"),
        (manifest(base_sha256="other"), "base sha256"),
        (manifest(vae_sha256="other"), "vae sha256"),
        (manifest(prediction="v-prediction"), "prediction: was '', now 'v-prediction'"),
        (manifest(a=A.model_copy(update={"sha256": "2" * 64})), "contents of LoRA files"),
        (manifest(a=A.model_copy(update={"id": "b"})), r"LoRAs: was \['a'\], now \['b'\]"),
        (manifest(character=CharacterFacts(trigger="mio", traits=("x",))), "character's traits"),
        (manifest(small_suite(prompts=small_suite().prompts[:1])), "prompts: was"),
        (manifest(precision="float16"), "precision"),
    ],
)
def test_another_run_is_refused_and_what_differs_is_told(
    tmp_path: Path, other: Manifest, said: str
) -> None:
    begin(tmp_path, manifest())
    with pytest.raises(PicturesError, match="never mixed") as raised:
        begin(tmp_path, other)
    raised.match(said)
    raised.match("--out")
    assert read_manifest(tmp_path) == manifest()


def test_what_has_no_line_of_its_own_is_not_overlooked(tmp_path: Path) -> None:
    begin(tmp_path, manifest())
    first, *rest = manifest().pictures
    asks = first.asks.model_copy(update={"subjects": 2})
    changed = (first.model_copy(update={"asks": asks}), *rest)
    with pytest.raises(PicturesError, match="what the prompts ask for"):
        begin(tmp_path, manifest(pictures=changed))


def test_a_folder_of_something_else_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"")
    with pytest.raises(PicturesError, match="no run of lora-eval"):
        begin(tmp_path, manifest())
    with pytest.raises(PicturesError, match="no run of lora-eval"):
        begin(tmp_path / "holiday.jpg", manifest())
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_what_a_kill_left_while_beginning_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / f".{MANIFEST}.partial").write_text('{"form')
    assert begin(tmp_path, manifest()) == read_manifest(tmp_path)


def test_a_torn_manifest_is_told_and_kept(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text('{"form')
    with pytest.raises(PicturesError, match="damaged"):
        begin(tmp_path, manifest())
    assert (tmp_path / MANIFEST).read_text() == '{"form'


def test_pictures_that_are_not_whole_are_missing(tmp_path: Path) -> None:
    pictures = manifest().pictures[:4]
    for picture in pictures[:3]:
        path = tmp_path / picture.file
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.effect_noise((16, 16), 50).save(path)
    cut, ended = (tmp_path / picture.file for picture in pictures[:2])
    cut.write_bytes(cut.read_bytes()[:50])
    ended.write_bytes(ended.read_bytes()[:-4])
    assert missing_pictures(tmp_path, pictures) == {
        picture.file for picture in (pictures[0], pictures[1], pictures[3])
    }
