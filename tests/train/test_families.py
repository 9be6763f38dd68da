"""Every family, from one file and from a folder: loaded, trained, saved, read again and drawn."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor

from lora_wizard.commands.chosen_loras import ChosenLora
from lora_wizard.commands.drawing import Wish, draw
from lora_wizard.errors import LoraFileError
from lora_wizard.lora import attach_file, load_lora
from lora_wizard.models.base import load_base
from lora_wizard.models.sampling import sample
from lora_wizard.runs import Failed, Note, RunFolder, Step

from ..models.conftest import save_sd1, save_sd2, save_sdxl, vae
from ..models.ldm import save_single_file
from ..models.test_single_file import prediction
from .conftest import MakeRecipe, NewRun, TrainHere
from .trainers import events_of

FAMILIES = ("sd1", "sd2", "sdxl")
_SAVERS = {"sd1": save_sd1, "sd2": save_sd2, "sdxl": save_sdxl}
_VAE_WIDTHS = (32, 32, 32, 32)
VERSIONS = {"sd1": "sd_v1", "sd2": "sd_v2_v", "sdxl": "sdxl_base_v1-0"}
PARTS = {
    "sd1": {"lora_unet", "lora_te"},
    "sd2": {"lora_unet", "lora_te"},
    "sdxl": {"lora_unet", "lora_te1", "lora_te2"},
}


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Path]]:
    """Each family's small model as a folder and as one file; SD2's predicts velocity."""
    room = tmp_path_factory.mktemp("forms")
    found = {}
    for family in FAMILIES:
        more = {"prediction": "v_prediction"} if family == "sd2" else {}
        folder = _SAVERS[family](room / family, vae_widths=_VAE_WIDTHS, **more)
        kind = "v" if family == "sd2" else "epsilon"
        file = save_single_file(
            load_base(str(folder)),
            room / f"{family}.safetensors",
            metadata={"modelspec.prediction_type": kind},
        )
        found[family] = {"folder": folder, "file": file}
    return found


Trained = dict[str, dict[str, RunFolder]]


@pytest.fixture(scope="module")
def trained(
    forms: dict[str, dict[str, Path]],
    recipe: MakeRecipe,
    new_run: NewRun,
    train_here: TrainHere,
) -> Trained:
    """Three steps of each family, on each form of its base."""
    found: Trained = {}
    for family, bases in forms.items():
        for form, base in bases.items():
            folder = new_run(recipe(model__base=str(base), training__steps="3"))
            assert train_here(folder) == 0, events_of(folder)[-1]
            found.setdefault(family, {})[form] = folder
    return found


def losses(folder: RunFolder) -> list[float]:
    return [event.loss for event in events_of(folder) if isinstance(event, Step)]


@pytest.mark.parametrize("family", FAMILIES)
def test_both_forms_of_a_base_train_alike(trained: Trained, family: str) -> None:
    folder, file = trained[family]["folder"], trained[family]["file"]
    assert len(losses(folder)) == 3
    assert losses(folder) == losses(file)
    ours, theirs = (load_lora(one.final_path("mira")).tensors for one in (folder, file))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert {name.partition("_unet")[0].split("_text_model")[0] for name in ours} == {
        part.removesuffix("_unet") for part in PARTS[family]
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_the_files_say_which_family_they_are_for(trained: Trained, family: str) -> None:
    metadata = load_lora(trained[family]["file"].final_path("mira")).metadata
    assert metadata["ss_base_model_version"] == VERSIONS[family]
    assert metadata["ss_v2"] == str(family == "sd2")
    assert metadata["ss_sd_model_name"] == f"{family}.safetensors"
    assert metadata["modelspec.prediction_type"] == ("v" if family == "sd2" else "epsilon")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_saved_lora_is_read_again_and_drawn_on_both_forms(
    trained: Trained, forms: dict[str, dict[str, Path]], family: str
) -> None:
    file = load_lora(trained[family]["file"].final_path("mira"))
    predictions: list[Tensor] = []
    pictures: list[Image.Image] = []
    for form in ("folder", "file"):
        base = load_base(str(forms[family][form]))
        plain = prediction(base)
        attach_file(base.unet, base.text_encoders, file)
        predictions.append(prediction(base))
        assert not torch.equal(predictions[-1], plain)
        pictures += sample(base, ["mira"], seeds=[5], steps=2, width=64, height=64)
    assert torch.equal(*predictions)
    assert pictures[0].size == (64, 64)
    assert pictures[0].tobytes() == pictures[1].tobytes()


def wish(base: Path, lora: Path, out: Path) -> Wish:
    """Two steps of one picture with a LoRA."""
    return Wish(
        base=str(base), vae="", family="auto", v_prediction=None, zero_terminal_snr=None,
        prompts=("mira",), lora_folders=(), negative="",
        loras=(ChosenLora(lora, 1.0),), seed=1, count=1, steps=2, guidance=2.0, width=64,
        height=64, sampler="euler_a", clip_skip=1, precision="fp32", batch=0, grid=False, out=out,
    )  # fmt: skip


OTHERS = [("sd1", "sdxl"), ("sdxl", "sd1"), ("sdxl", "sd2")]


@pytest.mark.parametrize(("family", "other"), OTHERS)
def test_a_lora_of_another_family_is_not_drawn_with(
    trained: Trained, forms: dict[str, dict[str, Path]], family: str, other: str, tmp_path: Path
) -> None:
    lora = trained[other]["file"].final_path("mira")
    with pytest.raises(LoraFileError, match=r"does not fit this base model") as raised:
        draw(wish(forms[family]["file"], lora, tmp_path / "out"))
    assert VERSIONS[other] in str(raised.value)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(("family", "other"), OTHERS)
def test_a_lora_of_another_family_is_not_trained_on(
    trained: Trained,
    forms: dict[str, dict[str, Path]],
    recipe: MakeRecipe,
    new_run: NewRun,
    train_here: TrainHere,
    family: str,
    other: str,
) -> None:
    earlier = trained[other]["file"].final_path("mira")
    settings = {"model__base": str(forms[family]["file"]), "training__steps": "1"}
    folder = new_run(recipe(network__continue_from=str(earlier), **settings))
    assert train_here(folder) == 1
    end = events_of(folder)[-1]
    assert isinstance(end, Failed)
    assert f"does not fit (it was made for {VERSIONS[other]})" in end.error
    assert str(earlier) in end.error
    assert not folder.final_path("mira").exists() and list(folder.state.iterdir()) == []


def test_another_vae_is_trained_with_and_named_in_the_file(
    forms: dict[str, dict[str, Path]],
    recipe: MakeRecipe,
    new_run: NewRun,
    train_here: TrainHere,
    trained: Trained,
    tmp_path: Path,
) -> None:
    torch.manual_seed(5)
    vae(_VAE_WIDTHS).save_pretrained(tmp_path / "other")
    file = tmp_path / "other" / "diffusion_pytorch_model.safetensors"
    settings = {"model__base": str(forms["sd1"]["file"]), "training__steps": "3"}
    folder = new_run(recipe(model__vae=str(file), **settings))
    assert train_here(folder) == 0
    assert losses(folder) != losses(trained["sd1"]["file"])
    metadata = load_lora(folder.final_path("mira")).metadata
    assert metadata["ss_vae_name"] == file.name
    assert metadata["ss_new_vae_hash"] == hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize("harm", ["lost", "cut"])
def test_a_broken_base_is_told_before_anything_is_written(
    forms: dict[str, dict[str, Path]],
    recipe: MakeRecipe,
    new_run: NewRun,
    train_here: TrainHere,
    tmp_path: Path,
    harm: str,
) -> None:
    tensors = load_file(forms["sdxl"]["file"])
    name = "model.diffusion_model.out.2.weight"
    tensors[name][0, 0] = float("nan")
    base = tmp_path / "broken.safetensors"
    save_file(tensors, base)
    if harm == "cut":
        base.write_bytes(base.read_bytes()[: 1 << 20])
    folder = new_run(recipe(model__base=str(base), training__steps="1"))
    before = {path for path in folder.path.rglob("*") if path.is_file()}
    assert train_here(folder) == 1
    end = events_of(folder)[-1]
    assert isinstance(end, Failed) and str(base) in end.error
    assert (f"{name}: 9 values" if harm == "lost" else "damaged, cut short") in end.error
    written = {path for path in folder.path.rglob("*") if path.is_file()} - before
    assert {path.name for path in written} <= {"events.jsonl", "run.json", "lock", "console.log"}


def test_what_was_tried_out_on_a_silent_file_is_told_in_the_log(
    forms: dict[str, dict[str, Path]],
    recipe: MakeRecipe,
    new_run: NewRun,
    train_here: TrainHere,
    tmp_path: Path,
) -> None:
    base = save_single_file(load_base(str(forms["sd2"]["folder"])), tmp_path / "s.safetensors")
    folder = new_run(recipe(model__base=str(base), training__steps="1"))
    assert train_here(folder) == 0
    notes = [event.text for event in events_of(folder) if isinstance(event, Note)]
    assert any("model.v_prediction = false" in note for note in notes)
