"""The final file in other programs' eyes, and going on from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import diffusers
import pytest
import safetensors.torch
import torch
from torch.testing import assert_close

from lora_wizard.lora import attach, check_loads_in_diffusers, load_lora, save_lora
from lora_wizard.lora.surgery import to_diffusers
from lora_wizard.models.base import BaseModel
from lora_wizard.recipe import NetworkSettings
from lora_wizard.runs import Failed, RunFolder

from ..lora.tiny import tiny_text_encoder, tiny_unet
from .conftest import MakeRecipe, NewRun, TrainHere
from .trainers import events_of

library: Any = diffusers  # its classes are untyped


def metadata_of(path: Path) -> dict[str, str]:
    with safetensors.safe_open(path, framework="pt") as file:
        found: dict[str, str] = file.metadata()
    return found


@pytest.fixture(scope="module")
def finished(recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere) -> RunFolder:
    """A short run with convolutions at a rate that shows."""
    folder = new_run(
        recipe(
            training__learning_rate="0.02",
            network__conv_rank="2",
            saving__comment="trigger: mira",
            saving__precision="fp16",
        )
    )
    assert train_here(folder) == 0
    return folder


def test_a_pipeline_of_diffusers_loads_it_whole_and_is_changed_by_it(
    finished: RunFolder, base: BaseModel, base_folder: Path
) -> None:
    path = finished.final_path("mira")
    check_loads_in_diffusers(path, base.unet, base.text_encoders)
    pipeline = library.StableDiffusionPipeline.from_pretrained(base_folder, local_files_only=True)
    inputs = (torch.randn(1, 4, 8, 8), torch.tensor(500), torch.randn(1, 77, 32))
    with torch.no_grad():
        before = pipeline.unet(*inputs).sample
        pipeline.load_lora_weights(str(path.parent), weight_name=path.name, adapter_name="mira")
        after = pipeline.unet(*inputs).sample
    assert pipeline.get_list_adapters() == {"unet": ["mira"], "text_encoder": ["mira"]}
    assert not torch.allclose(before, after, atol=1e-3)


def test_full_metadata_tells_settings_folders_and_tags(finished: RunFolder) -> None:
    metadata = metadata_of(finished.final_path("mira"))
    assert metadata["ss_network_dim"] == "2"
    assert metadata["ss_num_train_images"] == "5"
    assert metadata["ss_steps"] == metadata["ss_max_train_steps"] == "6"
    assert metadata["ss_epoch"] == "2"
    assert metadata["ss_training_comment"] == "trigger: mira"
    assert "1_mira girl" in metadata["ss_dataset_dirs"]
    assert "red hair" in metadata["ss_tag_frequency"]
    assert len(metadata["sshs_model_hash"]) == 64


def test_minimal_metadata_holds_no_folder_and_no_tag(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere, images: Path
) -> None:
    folder = new_run(recipe(saving__metadata="minimal", training__steps="1"))
    assert train_here(folder) == 0
    metadata = metadata_of(folder.final_path("mira"))
    assert metadata["ss_network_dim"] == "2"
    told = " ".join(metadata.values())
    for private in ("mira girl", "red hair", str(images.parent), images.name):
        assert private not in told


@pytest.mark.parametrize("naming", ["kohya", "diffusers", "PEFT"])
def test_training_continues_from_an_earlier_file(
    finished: RunFolder,
    recipe: MakeRecipe,
    new_run: NewRun,
    train_here: TrainHere,
    tmp_path: Path,
    naming: str,
) -> None:
    """At a rate of next to nothing the change stays; alpha is another, the change is not."""
    earlier = finished.final_path("mira")
    if naming != "kohya":
        start = "base_model.model." if naming == "PEFT" else ""
        renamed = {f"{start}{key}": one for key, one in to_diffusers(load_lora(earlier)).items()}
        earlier = tmp_path / "renamed.safetensors"
        safetensors.torch.save_file(renamed, earlier)
    folder = new_run(
        recipe(
            network__continue_from=str(earlier),
            network__conv_rank="2",
            network__alpha="1",
            training__learning_rate="1e-12",
            training__steps="1",
        )
    )
    assert train_here(folder) == 0
    before, after = load_lora(earlier).modules, load_lora(folder.final_path("mira")).modules
    assert before.keys() == after.keys()
    assert after["lora_unet_mid_block_attentions_0_proj_in"].alpha == 1
    for name, module in before.items():
        now = after[name]
        change = module.alpha / module.rank * module.up.float().flatten(1) @ _flat(module.down)
        assert_close(now.alpha / now.rank * now.up.flatten(1) @ _flat(now.down), change)


def _flat(down: torch.Tensor) -> torch.Tensor:
    return down.float().flatten(1)


def failure_of(folder: RunFolder) -> Failed:
    end = events_of(folder)[-1]
    assert isinstance(end, Failed)
    return end


def test_a_lora_of_another_model_is_refused_by_name(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere, tmp_path: Path
) -> None:
    other = attach(tiny_unet(), [tiny_text_encoder()], NetworkSettings(rank=2, alpha=2))
    save_lora(tmp_path / "other.safetensors", other.tensors(), {}, precision="fp32")
    folder = new_run(recipe(network__continue_from=str(tmp_path / "other.safetensors")))
    assert train_here(folder) == 1
    failed = failure_of(folder)
    assert "other.safetensors" in failed.error
    assert "does not fit" in failed.error
    assert "shape" in failed.error
    assert "model of the kind of tiny" in failed.hint


def test_a_lora_of_another_rank_is_refused_with_its_rank(
    finished: RunFolder, recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    earlier = str(finished.final_path("mira"))
    folder = new_run(recipe(network__continue_from=earlier, network__rank="4"))
    assert train_here(folder) == 1
    assert "network.rank (2)" in failure_of(folder).hint


def test_a_missing_lora_is_told_before_the_model_is_loaded(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere, tmp_path: Path
) -> None:
    folder = new_run(
        recipe(network__continue_from=str(tmp_path / "gone.safetensors"), model__base="/nowhere")
    )
    assert train_here(folder) == 1
    assert "gone.safetensors" in failure_of(folder).error


def test_a_resumed_run_needs_the_earlier_file_no_more(
    finished: RunFolder, recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere, tmp_path: Path
) -> None:
    earlier = tmp_path / "earlier.safetensors"
    earlier.write_bytes(finished.final_path("mira").read_bytes())
    folder = new_run(recipe(network__continue_from=str(earlier), network__conv_rank="2"))
    (folder.control / "stop").touch()
    assert train_here(folder) == 0
    earlier.unlink()
    assert train_here(folder) == 0
    assert folder.final_path("mira").is_file()
