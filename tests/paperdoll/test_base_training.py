"""A tiny base from beginning to end: trained, exported, loaded, gone on with, begun from."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch

from lora_wizard.errors import ModelError, RunError
from lora_wizard.models.base import load_base
from lora_wizard.models.sampling import sample
from lora_wizard.models.vocabulary import clip_tokenizer
from lora_wizard.paperdoll.base.export import export_state
from lora_wizard.paperdoll.base.modules import SIZES
from lora_wizard.paperdoll.base.plan import Plan, write_plan
from lora_wizard.paperdoll.base.progress import Log, finished_state
from lora_wizard.paperdoll.base.start import start_training
from lora_wizard.paperdoll.base.train import train_base
from lora_wizard.paperdoll.base.vae import train_vae
from lora_wizard.paperdoll.base.warm import take_weights
from lora_wizard.runs import RunFolder, hold_lock

from .conftest import CPU, TINY, tiny_plan

library: Any = diffusers  # its classes are untyped


def log_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def weights(plan: Plan, state: str, key: str = "model") -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = finished_state(plan.state / state)[key]
    return found


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


@pytest.fixture
def copied(trained: Plan, tmp_path: Path) -> Plan:
    """The finished training in a folder of its own."""
    shutil.copytree(trained.state, tmp_path / "state")
    shutil.copytree(trained.out, tmp_path / "model")
    return replace(trained, state=tmp_path / "state", out=tmp_path / "model")


def test_the_stages_come_in_their_order(trained: Plan) -> None:
    stages = list(dict.fromkeys(line["stage"] for line in log_of(trained.log)))
    assert stages == ["vae", "text", "latents", "unet", "decoder", "export"]


def test_the_model_is_loaded_and_draws(trained: Plan) -> None:
    base = load_base(str(trained.out))
    assert base.family == "sd1"
    assert base.prediction_type == "epsilon"
    assert base.native_size == TINY.picture
    assert base.latent_scale == pytest.approx(finished_state(trained.state / "unet.pt")["scale"])
    picture = sample(base, ["1girl, red hair"], seeds=[1], steps=2)[0]
    assert picture.size == (TINY.picture, TINY.picture)


def test_diffusers_loads_it_with_the_same_tokens(trained: Plan) -> None:
    pipeline = library.StableDiffusionPipeline.from_pretrained(
        str(trained.out), local_files_only=True
    )
    caption = "1girl, hoshino mio, side ponytail, night sky!"
    assert pipeline.tokenizer(caption).input_ids == clip_tokenizer()(caption).input_ids
    assert pipeline.tokenizer.model_max_length == 77
    assert pipeline.tokenizer.pad_token_id == 49407
    assert pipeline.scheduler.config.beta_schedule == "scaled_linear"


def test_the_folder_holds_half_precision_without_pickles_and_how_it_came_about(
    trained: Plan,
) -> None:
    files = {
        str(path.relative_to(trained.out)) for path in trained.out.rglob("*") if path.is_file()
    }
    assert not [name for name in files if name.endswith((".bin", ".pt", "tokenizer.json"))]
    assert {"tokenizer/vocab.json", "tokenizer/merges.txt", "training-log.jsonl"} <= files
    assert (trained.out / "training-command.txt").read_text().strip() == trained.command
    assert log_of(trained.out / "training-log.jsonl") == log_of(trained.log)[:-1]
    pipeline = library.StableDiffusionPipeline.from_pretrained(
        str(trained.out), local_files_only=True, torch_dtype=torch.float16
    )
    average = weights(trained, "unet.pt", "average")
    assert equal(pipeline.unet.state_dict(), {k: v.half() for k, v in average.items()})
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in trained.out.rglob("*"))


def test_the_refined_decoder_is_shipped_with_the_encoder_that_made_the_latents(
    trained: Plan,
) -> None:
    first, refined = (weights(trained, name, "average") for name in ("vae.pt", "decoder.pt"))
    changed = {name for name in first if not torch.equal(first[name], refined[name])}
    assert changed
    assert all(name.startswith(("decoder.", "post_quant_conv.")) for name in changed)
    shipped = load_base(str(trained.out)).vae.state_dict()
    assert equal(shipped, {name: tensor.half().float() for name, tensor in refined.items()})


def test_a_longer_plan_goes_on_with_what_is_still_open(copied: Plan) -> None:
    before = {name: weights(copied, name) for name in ("vae.pt", "text.pt", "unet.pt")}
    longer = replace(copied.amounts, vae_samples=64, text_steps=4, samples=32)
    train_base(replace(copied, amounts=longer), device=CPU)
    assert equal(weights(copied, "vae.pt"), before["vae.pt"])
    assert equal(weights(copied, "text.pt"), before["text.pt"])
    assert not equal(weights(copied, "unet.pt"), before["unet.pt"])
    assert [line["seen"] for line in log_of(copied.log) if line["stage"] == "unet"] == [16, 32]
    assert {"vae", "text"}.isdisjoint(line["stage"] for line in log_of(copied.log)[6:])


def test_a_finished_training_run_again_changes_no_weight(copied: Plan) -> None:
    before = {path.name: path.read_bytes() for path in copied.out.rglob("*.safetensors")}
    train_base(copied, device=CPU)
    assert {path.name: path.read_bytes() for path in copied.out.rglob("*.safetensors")} == before


def test_an_interrupted_stage_goes_on_where_it_was(tmp_path: Path) -> None:
    log = Log(tmp_path / "log.jsonl")

    def train(samples: int) -> None:
        torch.manual_seed(0)
        train_vae(TINY, tmp_path, log, samples=samples, batch=8, device=CPU)

    train(16)
    first = finished_state(tmp_path / "vae.pt")
    train(32)
    second = finished_state(tmp_path / "vae.pt")
    assert (first["seen"], second["seen"]) == (16, 32)
    steps = [int(state["optimizer"]["state"][0]["step"]) for state in (first, second)]
    assert steps == [2, 4]


def test_new_training_begins_from_a_finished_models_weights(trained: Plan, tmp_path: Path) -> None:
    plan = tiny_plan(tmp_path, samples=8, decoder_samples=8)
    write_plan(plan)
    assert take_weights(trained.out, TINY, plan.state)
    taken = weights(plan, "unet.pt", "average")
    assert equal(
        taken, {k: v.half().float() for k, v in weights(trained, "unet.pt", "average").items()}
    )
    train_base(plan, device=CPU)
    assert finished_state(plan.state / "unet.pt")["seen"] == 8
    assert not equal(weights(plan, "unet.pt"), taken)
    assert load_base(str(plan.out)).latent_scale == load_base(str(trained.out)).latent_scale
    assert len((plan.out / "training-command.txt").read_text().splitlines()) == 2
    assert log_of(plan.log)[: len(log_of(trained.log)) - 1] == log_of(trained.log)[:-1]


def test_weights_never_replace_a_training_that_was_begun(copied: Plan, trained: Plan) -> None:
    before = weights(copied, "unet.pt")
    assert not take_weights(trained.out, TINY, copied.state)
    assert equal(weights(copied, "unet.pt"), before)


def test_weights_of_other_sizes_are_refused(trained: Plan, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="other sizes"):
        take_weights(trained.out, SIZES[64], tmp_path / "state")
    assert not (tmp_path / "state").exists()


def test_a_model_can_be_written_in_the_middle_of_training(copied: Plan, tmp_path: Path) -> None:
    (copied.state / "decoder.pt").unlink()
    early = replace(copied, out=tmp_path / "early")
    export_state(early)
    shipped = load_base(str(early.out)).vae.state_dict()
    first = weights(copied, "vae.pt", "average")
    assert equal(shipped, {name: tensor.half().float() for name, tensor in first.items()})


def test_weights_that_are_not_finite_are_never_shipped(copied: Plan) -> None:
    state = finished_state(copied.state / "unet.pt")
    state["average"]["conv_in.weight"][0] = float("nan")
    torch.save(state, copied.state / "unet.pt")
    before = (copied.out / "unet" / "diffusion_pytorch_model.safetensors").read_bytes()
    with pytest.raises(ModelError, match="not finite"):
        export_state(copied)
    assert (copied.out / "unet" / "diffusion_pytorch_model.safetensors").read_bytes() == before


def test_two_trainings_never_share_a_state(copied: Plan) -> None:
    with (
        hold_lock(RunFolder(copied.state)),
        pytest.raises(RunError, match="is being trained by process"),
    ):
        start_training(copied, device=CPU, workers=1)


@pytest.mark.slow
def test_two_workers_train_one_model(tmp_path: Path) -> None:
    plan = tiny_plan(tmp_path, samples=32)
    start_training(plan, device=CPU, workers=2)
    assert load_base(str(plan.out)).native_size == TINY.picture
    assert [line["seen"] for line in log_of(plan.log) if line["stage"] == "unet"] == [32]
    assert len(list(plan.state.glob("latents-*.pt"))) == 2
