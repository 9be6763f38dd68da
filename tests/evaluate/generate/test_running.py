"""A run on a tiny base model: every picture once, and what is wrong told together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from lora_eval.errors import LoraWizardError, PicturesError, SuiteError
from lora_eval.generate.contenders import Wanted
from lora_eval.generate.drawing import cut_batches
from lora_eval.generate.running import RunResult, RunWish, make_pictures
from lora_eval.pictures import BASE, CharacterFacts, open_picture, read_manifest
from lora_eval.pictures.a1111 import parse_generation
from lora_eval.pictures.at_work import at_work
from lora_eval.pictures.embedded import text_of
from lora_eval.suite import Suite
from lora_wizard.models.base import BaseModel
from tests.evaluate.generate.making import small_suite, tags, write_lora

Run = Callable[..., RunResult]


@pytest.fixture
def run(base_folder: Path, lora: Path, tmp_path: Path) -> Run:
    """Runs the small suite into `out`; arguments change the wish."""

    def start(*loras: Wanted, suite: Suite | None = None, **changes: object) -> RunResult:
        wish = RunWish(
            suite=suite or small_suite(),
            base=str(changes.pop("base", base_folder)),
            loras=loras or (Wanted(lora),),
            out=tmp_path / "out",
            precision="fp32",
            device="cpu",
            **changes,  # type: ignore[arg-type]
        )
        return make_pictures(wish)

    return start


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_picture_is_made_and_tells_how(run: Run, tmp_path: Path) -> None:
    result = run()
    out = tmp_path / "out"
    manifest = read_manifest(out)
    assert result.manifest == manifest and result.made == 8 and result.refused == ()
    files = {each.file for each in manifest.pictures}
    assert files | {"manifest.json"} == contents(out).keys()
    assert manifest.character.trigger == "mio" and manifest.precision == "float32"
    moved = manifest.by_contender["mio"].moved
    assert moved is not None and moved > 0 and len(manifest.base_sha256) == 64
    with Image.open(out / "pictures/mio/kimono-s1-seed4.png") as image:
        text = parse_generation(text_of(image))
        assert image.size == (16, 16) == text.size
    assert text.prompt == "mio, kimono, city <lora:mio:1>" and text.seed == 4
    assert list(text.lora_hashes) == ["mio"] and text.settings["Model"] == "tiny"
    with Image.open(out / "pictures/base/kimono-s0-seed4.png") as image:
        assert parse_generation(text_of(image)).prompt == "mio, kimono, city"


def test_another_vae_and_another_prediction_make_other_pictures_and_another_run(
    run: Run, base: BaseModel, base_folder: Path, tmp_path: Path
) -> None:
    run()
    plain = contents(tmp_path / "out")
    torch.manual_seed(4)
    type(base.vae).from_config(base.vae.config).save_pretrained(tmp_path / "vae")
    for name, changes in (
        ("vae", {"vae": str(tmp_path / "vae")}),
        ("velocity", {"v_prediction": True, "zero_terminal_snr": True}),
    ):
        with pytest.raises(PicturesError, match="never mixed"):
            run(**changes)
        (tmp_path / "out").rename(tmp_path / f"before-{name}")
        manifest = run(**changes).manifest
        assert (manifest.vae_sha256 == "") == (name == "velocity")
        said = "" if name == "vae" else "v-prediction, zero-terminal SNR"
        assert manifest.prediction == said
        found = contents(tmp_path / "out")
        assert found.keys() == plain.keys()
        assert all(found[file] != plain[file] for file in plain if file.endswith(".png"))


def test_loras_act_at_their_strengths_and_come_off_again(
    run: Run, lora: Path, base: BaseModel, tmp_path: Path
) -> None:
    suite = small_suite(strengths=(0.0, 0.5, 1.0))
    twice = write_lora(base, tmp_path / "mio2.safetensors", tags(x={"mio": 1}), size=0.5)
    run(Wanted(twice), Wanted(lora), Wanted(lora, 0.5), suite=suite)
    files = contents(tmp_path / "out")

    def pixels(contender: str, strength: str) -> bytes:
        path = tmp_path / "out" / f"pictures/{contender}/trigger-s{strength}-seed3.png"
        return open_picture(path).tobytes()

    floor = pixels(BASE, "0")
    assert pixels("mio", "0") == floor == pixels("mio2", "0")  # off again after the others
    assert len({floor, pixels("mio", "0.5"), pixels("mio", "1"), pixels("mio2", "1")}) == 4
    assert pixels("mio-x0.5", "1") == pixels("mio", "0.5")  # the factor multiplies
    assert b"<lora:mio:0.25>" in files["pictures/mio-x0.5/trigger-s0.5-seed3.png"]


def test_a_second_run_makes_nothing(run: Run, tmp_path: Path) -> None:
    run()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*")}
    assert run().made == 0
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*")}


def test_lost_and_damaged_pictures_are_made_again_as_they_were(run: Run, tmp_path: Path) -> None:
    run(batch=3)
    out = tmp_path / "out"
    before = contents(out)
    pictures = sorted(out.rglob("*.png"))
    pictures[0].unlink()
    pictures[3].write_bytes(pictures[3].read_bytes()[:60])
    pictures[6].write_bytes(b"")
    assert run(batch=3).made == 3
    assert contents(out) == before


def test_a_picture_is_made_again_with_those_that_it_was_made_with(tmp_path: Path) -> None:
    # On the tiny base rounding does not depend on the batch; on this one it does.
    suite = small_suite(steps=6, width=64, height=64)
    mio = CharacterFacts(trigger="mio")
    wish = RunWish(suite, "paperdoll", (), tmp_path, mio, precision="fp32", device="cpu", batch=4)
    make_pictures(wish)
    before = contents(tmp_path)
    for path in sorted(tmp_path.rglob("*.png")):
        path.unlink()
        assert make_pictures(wish).made == 1
    assert contents(tmp_path) == before


def test_a_run_may_go_on_with_smaller_batches(run: Run, tmp_path: Path) -> None:
    run(batch=4)
    (tmp_path / "out/pictures/mio/trigger-s1-seed3.png").unlink()
    assert run(batch=1).made == 1


def test_another_run_does_not_touch_the_folder(run: Run, tmp_path: Path) -> None:
    run()
    before = contents(tmp_path / "out")
    with pytest.raises(PicturesError, match="never mixed"):
        run(suite=small_suite(steps=3))
    with pytest.raises(PicturesError, match="character's trigger"):
        run(character=CharacterFacts(trigger="kana"))
    assert contents(tmp_path / "out") == before


def test_bad_loras_are_named_and_the_others_drawn(run: Run, lora: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.safetensors"
    bad.write_text("no LoRA")
    result = run(Wanted(bad), Wanted(lora), Wanted(tmp_path / "absent.safetensors"))
    assert [each.where for each in result.refused] == [
        str(bad),
        str(tmp_path / "absent.safetensors"),
    ]
    assert [each.id for each in result.manifest.contenders] == [BASE, "mio"]
    assert len(result.manifest.notes) == 2 and "bad.safetensors" in result.manifest.notes[0]
    assert result.made == 8


def test_when_no_lora_will_do_all_reasons_are_told(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.safetensors"
    bad.write_text("no LoRA")
    with pytest.raises(PicturesError, match="None of the LoRAs") as raised:
        run(Wanted(bad), Wanted(tmp_path / "absent.safetensors"))
    assert len(raised.value.problems) == 2
    assert not (tmp_path / "out").exists()


def test_a_lora_for_another_base_is_told(run: Run, other_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(PicturesError, match="does not fit this base model"):
        run(base=other_folder)
    assert not (tmp_path / "out").exists()


def test_without_a_trigger_nothing_is_begun(run: Run, base: BaseModel, tmp_path: Path) -> None:
    silent = write_lora(base, tmp_path / "silent.safetensors")
    with pytest.raises(SuiteError, match="--trigger"):
        run(Wanted(silent))
    assert not (tmp_path / "out").exists()


def test_a_base_that_is_not_there_is_told_first(run: Run, tmp_path: Path) -> None:
    with pytest.raises(LoraWizardError, match="absent"):
        run(Wanted(tmp_path / "bad.safetensors"), base=tmp_path / "absent")


def test_a_closed_folder_is_told(run: Run, tmp_path: Path) -> None:
    run()
    folder = tmp_path / "out/pictures/mio"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("a file in the way")
    with pytest.raises(PicturesError, match="cannot be written"):
        run()


def test_batches_are_cut_from_the_whole_plan(run: Run) -> None:
    pictures = run().manifest.pictures
    batches = cut_batches(pictures, 3)
    assert [len(batch.pictures) for batch in batches] == [3, 1, 3, 1]
    assert tuple(each for batch in batches for each in batch.pictures) == pictures
    assert all(len({each.contender for each in batch.pictures}) == 1 for batch in batches)


def test_a_second_run_in_the_folder_is_refused_while_the_first_is_at_work(
    run: Run, tmp_path: Path
) -> None:
    with at_work(tmp_path / "out"), pytest.raises(PicturesError, match="Another lora-eval"):
        run()
    assert list((tmp_path / "out").iterdir()) == []
    assert run().made == 8
