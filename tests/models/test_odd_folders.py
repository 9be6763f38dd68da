"""Folders with broken JSON, and parts that do not belong together, are refused in words."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import CLIPTextModel

from lora_wizard.errors import ModelError
from lora_wizard.models.base import BaseModel, load_base
from lora_wizard.models.schedule import noise_scheduler

from .conftest import library, text_encoder, unet
from .ldm import save_single_file, single_file_tensors

DEEP = "[" * 100_000 + "]" * 100_000
FILES = (
    "model_index.json",
    "unet/config.json",
    "vae/config.json",
    "text_encoder/config.json",
    "scheduler/scheduler_config.json",
)


@pytest.fixture
def folder(sd1_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sd1_folder, tmp_path / "base"))


def refusal(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_base(str(folder))
    return str(caught.value)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "content",
    [DEEP, '{"a": ' + DEEP + "}", "", "[]", "5", "{", '{"a": ' + "9" * 5000 + "}", "\ufeff\x00"],
    ids=["deep", "deep within", "empty", "list", "number", "cut", "digits", "nul"],
)
def test_broken_json_is_refused_with_the_files_name(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content, encoding="utf-8")
    assert name in refusal(folder)


@pytest.mark.parametrize("name", FILES[:4])
def test_a_pipe_for_a_configuration_is_not_waited_for(folder: Path, name: str) -> None:
    (folder / name).unlink()
    os.mkfifo(folder / name)
    refusal(folder)


def change(path: Path, **changes: Any) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(data | changes), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("unet", {"layers_per_block": 10**9}, "layers_per_block"),
        ("unet", {"layers_per_block": [1, 10**9]}, "layers_per_block"),
        ("unet", {"down_block_types": ["DownBlock2D"] * 99}, "down_block_types"),
        ("text_encoder", {"num_hidden_layers": 10**9}, "num_hidden_layers"),
        ("vae", {"layers_per_block": 10**6}, "layers_per_block"),
        ("unet", {"attention_head_dim": 0}, "unet"),
        ("unet", {"block_out_channels": [0, 0]}, "unet"),
        ("unet", {"block_out_channels": "many"}, "unet"),
        ("unet", {"cross_attention_dim": None}, ""),
        ("unet", {"act_fn": "nonsense"}, "unet"),
        ("text_encoder", {"hidden_size": -3}, "text_encoder"),
        ("text_encoder", {"num_attention_heads": 0}, "text_encoder"),
        ("text_encoder", {"hidden_act": 5}, "text_encoder"),
        ("vae", {"latent_channels": 16}, ""),
    ],
)
def test_a_configuration_of_nonsense_is_refused_at_once(
    folder: Path, name: str, changes: dict[str, Any], words: str
) -> None:
    change(folder / name / "config.json", **changes)
    assert words in refusal(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"num_train_timesteps": 10**12},
        {"num_train_timesteps": "many"},
        {"num_train_timesteps": 0},
        {"beta_schedule": "nonsense"},
        {"beta_start": "low"},
        {"trained_betas": {"a": 1}},
    ],
)
def test_a_schedule_of_nonsense_is_refused(folder: Path, changes: dict[str, Any]) -> None:
    change(folder / "scheduler" / "scheduler_config.json", **changes)
    assert "noise schedule cannot be used" in refusal(folder)


@pytest.mark.parametrize("steps", [1, 1000, 100_000])
def test_a_schedule_of_any_usual_length_is_made(steps: int) -> None:
    scheduler = noise_scheduler({"num_train_timesteps": steps}, v_prediction=None)
    assert len(scheduler.alphas_cumprod) == steps


KEYS = ["layers_per_block", "attention_head_dim", "block_out_channels", "down_block_types",
        "cross_attention_dim", "in_channels", "norm_num_groups", "hidden_size", "vocab_size",
        "num_attention_heads", "intermediate_size", "latent_channels", "_class_name"]  # fmt: skip
NONSENSE = st.one_of(
    st.none(), st.integers(-5, 70), st.floats(), st.text(max_size=5), st.lists(st.integers(0, 9))
)


@settings(max_examples=10)
@given(data=st.data())
def test_any_configuration_is_loaded_or_refused(
    sd1_folder: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("odd") / "base"
    shutil.copytree(sd1_folder, folder, copy_function=os.link)
    file = folder / data.draw(st.sampled_from(FILES[:4]))
    changed = json.loads(file.read_text(encoding="utf-8"))
    changed |= data.draw(st.dictionaries(st.sampled_from(KEYS), NONSENSE, min_size=1, max_size=3))
    file.unlink()
    file.write_text(json.dumps(changed), encoding="utf-8")
    try:
        load_base(str(folder))
    except ModelError as error:
        assert str(error)
    shutil.rmtree(folder)


def small(encoder: Any, words: int) -> Any:
    """A text encoder's tensors with the first words only."""
    name = "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight"
    return {**encoder, name: encoder[name][:words].clone()}


def test_a_vocabulary_that_is_too_small_is_named(sd1: BaseModel, tmp_path: Path) -> None:
    path = tmp_path / "small.ckpt"
    torch.save(small(single_file_tensors(sd1), 1000), path)
    message = refusal(path)
    assert "knows 1,000 tokens, its tokenizer gives 49,408" in message


def test_a_vocabulary_of_exactly_the_tokenizers_size_is_accepted(
    sd1: BaseModel, tmp_path: Path
) -> None:
    path = tmp_path / "exact.ckpt"
    torch.save(small(single_file_tensors(sd1), 49_408), path)
    assert load_base(str(path)).family == "sd1"
    torch.save(small(single_file_tensors(sd1), 49_407), path)
    assert "49,407" in refusal(path)


def test_a_folder_with_a_smaller_vocabulary_than_its_tokenizer_is_refused(folder: Path) -> None:
    encoder = text_encoder(CLIPTextModel)
    encoder.resize_token_embeddings(600)
    encoder.save_pretrained(folder / "text_encoder")
    assert "knows 600 tokens" in refusal(folder)


def test_parts_of_two_models_are_named_with_their_widths(folder: Path) -> None:
    shutil.rmtree(folder / "unet")
    other = unet(cross_attention_dim=48, attention_head_dim=8)
    library.UNet2DConditionModel.save_pretrained(other, folder / "unet")
    assert "width 48, the text encoder gives 32" in refusal(folder)


_IN_LITTLE_MEMORY = """
import resource, sys
from pathlib import Path
from lora_wizard.errors import ModelError
from lora_wizard.models.checkpoint import open_checkpoint
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 24_000_000,) * 2)
try:
    open_checkpoint(Path(sys.argv[1]))
except ModelError as error:
    print(error)
"""


def test_memory_that_runs_out_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "large.ckpt"
    torch.save({"a": torch.zeros(16_000_000)}, path, _use_new_zipfile_serialization=False)
    done = subprocess.run(
        [sys.executable, "-c", _IN_LITTLE_MEMORY, str(path)], capture_output=True, text=True
    )
    assert "Memory ran out" in done.stdout, done.stderr


def test_a_single_file_still_loads_with_its_own_vocabulary(sd1: BaseModel, tmp_path: Path) -> None:
    assert load_base(str(save_single_file(sd1, tmp_path / "a.safetensors"))).family == "sd1"
