"""What a recipe comes to: as the trainer counts it, or unknown with a reason."""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lora_wizard.errors import LoraWizardError
from lora_wizard.flow import Flow, count, earlier_speeds, estimate, look_at_base
from lora_wizard.flow.estimate import files_kept
from lora_wizard.flow.footprint import SHAPES, file_bytes, learned_numbers, memory_bytes
from lora_wizard.flow.resolve import rebucketed
from lora_wizard.questions import Family
from lora_wizard.recipe import DataSettings, Recipe, with_settings
from lora_wizard.runs import (
    RunFolder,
    Started,
    Step,
    create_run,
    open_log,
    write_record,
)
from tests.flow.material import dataset_of, flow_for


def recipe_with(**settings: str) -> Recipe:
    return with_settings(
        Recipe(), {key.replace("__", "."): value for key, value in settings.items()}
    )


def test_pictures_repeats_and_half_full_batches_are_counted() -> None:
    dataset = dataset_of((512, 512), (512, 512), (512, 256), repeats=3, regularisation=1)
    found = count(recipe_with(training__batch_size="4", training__epochs="5"), dataset)
    assert (found.pictures, found.regularisation, found.shown_per_epoch) == (2, 1, 9)
    assert [bucket.count for bucket in found.buckets] == [6, 3]
    assert (found.steps_per_epoch, found.steps, found.epochs) == (3, 15, 5)


def test_steps_are_spread_over_begun_epochs_and_processes() -> None:
    dataset = dataset_of(*[(512, 512)] * 10)
    found = count(recipe_with(training__steps="12"), dataset, processes=2)
    assert (found.steps_per_epoch, found.steps, found.epochs) == (5, 12, 3)


@given(
    st.lists(st.sampled_from([(512, 512), (300, 900), (640, 400)]), min_size=1, max_size=6),
    st.integers(1, 4),
    st.integers(1, 5),
    st.integers(1, 3),
    st.integers(1, 40) | st.none(),
)
@settings(max_examples=25)
def test_steps_are_those_of_the_trainer(
    sizes: list[tuple[int, int]], repeats: int, batch: int, gathered: int, epochs: int | None
) -> None:
    pytest.importorskip("torch")
    from lora_wizard.train.batches import BatchSchedule

    recipe = recipe_with(
        training__batch_size=str(batch),
        training__gradient_accumulation=str(gathered),
        **({"training__epochs": str(epochs)} if epochs else {}),
    )
    dataset = dataset_of(*sizes, repeats=repeats)
    schedule = BatchSchedule(dataset, recipe)
    found = count(recipe, dataset)
    assert found.steps == schedule.total_steps
    assert found.epochs == schedule.epochs
    assert found.steps_per_epoch == schedule.steps_per_epoch


def test_files_on_the_way_are_counted_once_and_the_last_is_the_final_one() -> None:
    recipe = recipe_with(training__epochs="4", saving__every_epochs="1", saving__every_steps="20")
    counts = count(recipe, dataset_of((512, 512), repeats=10))
    assert counts.steps == 40
    assert files_kept(recipe, counts) == 4  # after 10, 20 and 30, and the last
    assert files_kept(recipe_with(training__epochs="4"), counts) == 1


def test_buckets_follow_other_settings_without_reading_again() -> None:
    dataset = dataset_of((512, 512), (512, 256))
    flat = rebucketed(dataset, DataSettings(buckets=False))
    assert {picture.bucket for picture in flat.pictures} == {(512, 512)}
    assert len({picture.bucket for picture in dataset.pictures}) == 2
    assert rebucketed(dataset, DataSettings()) is dataset


def test_what_is_unknown_says_why() -> None:
    found = estimate(Recipe(), None, family=None)
    assert (found.counts, found.seconds, found.disk_bytes, found.memory_bytes) == (None,) * 4
    assert len(found.unknown) == 3
    japanese = estimate(Recipe(), None, family=None, language="ja")
    assert not set(found.unknown) & set(japanese.unknown)


def test_disk_and_memory_grow_with_what_is_asked_for() -> None:
    small, large = recipe_with(network__rank="8"), recipe_with(network__rank="16")
    assert learned_numbers(large, "sd1") == 2 * learned_numbers(small, "sd1")
    assert memory_bytes(large, "sd1") > memory_bytes(small, "sd1")
    for setting in ({"training__batch_size": "2"}, {"data__resolution": "640"}):
        assert memory_bytes(recipe_with(**setting), "sd1") > memory_bytes(Recipe(), "sd1")
    saved = recipe_with(training__gradient_checkpointing="true")
    assert memory_bytes(saved, "sd1") < memory_bytes(Recipe(), "sd1")
    assert learned_numbers(recipe_with(network__parts="unet"), "sdxl") < learned_numbers(
        Recipe(), "sdxl"
    )
    found = estimate(Recipe(), dataset_of((512, 512)), family="sd1")
    assert found.disk_bytes is not None and found.file_bytes is not None
    assert found.disk_bytes > found.file_bytes


def test_text_encoders_that_are_not_trained_need_no_memory_of_the_device() -> None:
    both, unet = recipe_with(network__parts="both"), recipe_with(network__parts="unet")
    apart = memory_bytes(both, "sdxl") - memory_bytes(unet, "sdxl")
    assert apart > 2 * SHAPES["sdxl"].text_encoders


def test_a_file_of_rank_128_is_as_big_as_everybody_knows() -> None:
    assert file_bytes(Recipe(), "sd1") == pytest.approx(151e6, rel=0.01)


@pytest.mark.parametrize("parts", ["both", "unet", "text_encoder"])
@pytest.mark.parametrize("conv_rank", [0, 4])
def test_the_learned_numbers_are_those_of_a_real_network(parts: str, conv_rank: int) -> None:
    torch = pytest.importorskip("torch")
    from lora_wizard.lora import attach
    from lora_wizard.models.base import load_base

    recipe = recipe_with(network__rank="2", network__parts=parts, network__conv_rank=str(conv_rank))
    base = load_base("paperdoll", device=torch.device("cpu"), dtype=torch.float32)
    network = attach(base.unet, base.text_encoders, recipe.network, seed=1)
    real = sum(parameter.numel() for parameter in network.parameters())
    assert learned_numbers(recipe, "paperdoll") == real


def trained(root: Path, name: str, recipe: Recipe, *, seconds: float, steps: int = 20) -> RunFolder:
    """A run of this machine with its log."""
    folder = create_run(root / name, recipe)
    write_record(folder, argv=["train"], versions={}, now=1.0)
    with open_log(folder.events_path) as log:
        log.write(
            Started(generation=1, resumed_from=None, total_steps=99, epochs=1, images=1, batch=1)
        )
        for step in range(1, steps + 1):
            log.write(Step(step, 1, 0.1, 1e-4, seconds))
    return folder


def test_time_rests_on_an_earlier_run_that_did_the_same(tmp_path: Path) -> None:
    trained(tmp_path, "fast", recipe_with(training__batch_size="1"), seconds=0.5)
    trained(tmp_path, "slow", recipe_with(training__batch_size="2"), seconds=2.0)
    trained(tmp_path, "short", recipe_with(training__batch_size="4"), seconds=2.0, steps=3)
    speeds = earlier_speeds(tmp_path)
    assert {speed.run for speed in speeds} == {"fast", "slow"}
    dataset = dataset_of(*[(512, 512)] * 10)
    wanted = recipe_with(training__batch_size="2", training__steps="100", network__rank="8")
    found = estimate(wanted, dataset, family="paperdoll", speeds=speeds)
    assert found.seconds == pytest.approx(200)
    assert found.measured_in == "slow"
    other = recipe_with(training__batch_size="4", training__steps="100")
    assert estimate(other, dataset, family="paperdoll", speeds=speeds).seconds is None


def test_runs_of_another_machine_and_broken_ones_say_nothing(tmp_path: Path) -> None:
    folder = trained(tmp_path, "far", Recipe(), seconds=0.5)
    record = json.loads(folder.run_json.read_text())
    folder.run_json.write_text(json.dumps({**record, "host": "elsewhere"}))
    broken = trained(tmp_path, "broken", Recipe(), seconds=0.5)
    broken.recipe_path.write_text("nothing = [", encoding="utf-8")
    assert earlier_speeds(tmp_path) == ()
    assert earlier_speeds(tmp_path / "nowhere") == ()
    with pytest.raises(LoraWizardError):
        Flow().result()


@pytest.mark.parametrize(("width", "family"), [(768, "sd1"), (1024, "sd2"), (2048, "sdxl")])
def test_a_base_is_known_by_the_head_of_its_file(
    tmp_path: Path, width: int, family: Family
) -> None:
    name = "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight"
    head = json.dumps({"__metadata__": {}, name: {"shape": [320, width]}}).encode()
    file = tmp_path / "base.safetensors"
    file.write_bytes(len(head).to_bytes(8, "little") + head)
    assert look_at_base(str(file)) == family
    (tmp_path / "base" / "unet").mkdir(parents=True)
    config = tmp_path / "base" / "unet" / "config.json"
    config.write_text(json.dumps({"cross_attention_dim": width}))
    assert look_at_base(str(tmp_path / "base")) == family


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("cond_stage_model.transformer.text_model.final_layer_norm.bias", "sd1"),
        ("cond_stage_model.model.ln_final.weight", "sd2"),
        ("conditioner.embedders.1.model.ln_final.weight", "sdxl"),
        ("conditioner.embedders.0.model.ln_final.weight", None),
    ],
)
def test_a_pickled_base_is_known_by_the_names_in_it(
    tmp_path: Path, name: str, family: Family | None
) -> None:
    tensors = {"model.diffusion_model.out.2.bias": [0.0], name: [0.0]}
    file = tmp_path / "base.ckpt"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("base/data.pkl", pickle.dumps({"state_dict": tensors}, protocol=2))
    assert look_at_base(str(file)) == family
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("base/data.pkl", pickle.dumps({name: [0.0]}, protocol=2))
    assert look_at_base(str(file)) is None


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64, b"\x02" + b"\0" * 7 + b"[]"])
def test_a_file_that_is_no_base_is_of_no_known_family(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "base.safetensors"
    file.write_bytes(content)
    assert look_at_base(str(file)) is None
    assert look_at_base(str(tmp_path / "nothing")) is None
    assert look_at_base("paperdoll") == "paperdoll"


def test_the_review_of_drawn_heads_has_everything_but_the_time(heads: Path) -> None:
    flow = flow_for(heads)
    found = estimate(flow.result(), flow.counted, family="paperdoll")
    assert found.counts is not None and found.counts.steps == 7 * 468
    assert found.files == 7
    assert found.memory_bytes is not None and found.memory_bytes < 1e9
    assert len(found.unknown) == 1
