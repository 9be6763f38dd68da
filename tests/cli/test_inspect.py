"""`lora-wizard inspect`, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import safetensors.torch
import torch
from click.testing import CliRunner

from lora_wizard.cli import main
from tests.lora import expected


@pytest.fixture
def file(tmp_path: Path) -> Path:
    tensors = {name: torch.ones(shape).half() for name, shape in expected.sd1(2).items()}
    metadata = {
        "ss_v2": "False",
        "ss_output_name": "mira",
        "ss_dataset_dirs": json.dumps({"10_mira": {"n_repeats": 10, "img_count": 2}}),
        "ss_tag_frequency": json.dumps({"10_mira": {"mira": 2, "smile": 1}}),
        "ss_seed": "42",
    }
    path = tmp_path / "file.safetensors"
    safetensors.torch.save_file(tensors, path, metadata)
    return path


def test_what_a_file_is_stands_on_the_screen(file: Path) -> None:
    result = CliRunner().invoke(main, ["inspect", str(file)])
    assert result.exit_code == 0, result.output
    for words in ("LoRA for Stable Diffusion 1.x", "192 layers", "<lora:mira:1>", "smile 1",
                  "seed 42", "none found"):  # fmt: skip
        assert words in result.output


def test_it_speaks_japanese(file: Path) -> None:
    result = CliRunner().invoke(main, ["inspect", str(file), "--lang", "ja"])
    assert "Stable Diffusion 1.x 用の LoRA" in result.output


def test_other_programs_get_json(file: Path) -> None:
    result = CliRunner().invoke(main, ["inspect", str(file), "--json"])
    told = json.loads(result.output)
    assert (told["family"], told["method"], told["triggers"]) == ("sd1", "LoRA", ["mira"])
    assert [part["layers"] for part in told["parts"]] == [72, 192]
    assert told["problems"] == []


def test_a_file_that_cannot_work_ends_with_1(file: Path) -> None:
    tensors = safetensors.torch.load_file(file)
    tensors["lora_te_text_model_encoder_layers_0_mlp_fc1.lora_up.weight"][0] = torch.inf
    safetensors.torch.save_file(tensors, file)
    result = CliRunner().invoke(main, ["inspect", str(file)])
    assert result.exit_code == 1
    assert "no numbers" in result.output


def test_what_is_no_lora_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.safetensors").write_text("<html>not found</html>")
    for name in ("missing.safetensors", "page.safetensors"):
        result = CliRunner().invoke(main, ["inspect", str(tmp_path / name)])
        assert result.exit_code == 2
        assert name in result.output
