"""`lora-wizard resize`, `merge` and `convert`, from the command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import safetensors.torch
import torch
from click.testing import CliRunner, Result

from lora_wizard.cli import main
from lora_wizard.lora import attach, load_lora, save_lora
from lora_wizard.lora.inspecting import inspect_file
from lora_wizard.lora.restoring import LoraModule
from lora_wizard.lora.surgery import to_diffusers
from lora_wizard.recipe import NetworkSettings
from tests.lora import tiny


@pytest.fixture
def file(tmp_path: Path) -> Path:
    network = attach(tiny.tiny_unet(), [tiny.tiny_text_encoder()], NetworkSettings(rank=8, alpha=4))
    tiny.stir(network.parameters())
    header = {"ss_v2": "False", "ss_base_model_version": "sd_v1", "ss_seed": "7"}
    save_lora(tmp_path / "mira.safetensors", network.tensors(), header)
    return tmp_path / "mira.safetensors"


def ran(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_a_smaller_file_says_what_it_kept(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "small.safetensors"
    result = ran("resize", file, "--rank", 2, "--out", out)
    assert result.exit_code == 0, result.output
    assert "Rank: 2 in" in result.output and "Energy kept:" in result.output
    made = load_lora(out)
    assert {module.rank for module in made.modules.values()} == {2}
    assert made.metadata["ss_network_dim"] == "2"
    assert made.metadata["ss_seed"] == "7"
    assert made.metadata["ss_training_comment"] == "resized to rank 2"
    assert {tensor.dtype for tensor in made.tensors.values()} == {torch.float16}
    assert {each.key for each in inspect_file(out).findings} == {"small_model"}


def test_all_energy_needs_the_rank_that_is_there(file: Path, tmp_path: Path) -> None:
    result = ran("resize", file, "--energy", 1, "--out", tmp_path / "same.safetensors")
    assert result.exit_code == 0, result.output
    assert "Energy kept: 100 % in all" in result.output


def test_several_become_one(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "both.safetensors"
    result = ran("merge", f"{file}:0.5", f"{file}:-0.25", "--out", out, "--precision", "fp32")
    assert result.exit_code == 0, result.output
    assert "mira x 0.5 + mira x -0.25" in result.output
    one, both = load_lora(file).modules, load_lora(out).modules
    for name, module in both.items():
        wanted = 0.25 * one[name].alpha / one[name].rank * (
            one[name].up.flatten(1).float() @ one[name].down.flatten(1).float()
        )  # fmt: skip
        found = module.alpha / module.rank * (module.up.flatten(1) @ module.down.flatten(1))
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-6)
    small = ran("merge", file, file, "--rank", 8, "--out", tmp_path / "8.safetensors")
    assert "Energy kept: 99." in small.output or "Energy kept: 100 %" in small.output


def test_names_are_changed_there_and_back(file: Path, tmp_path: Path) -> None:
    there, back = tmp_path / "d.safetensors", tmp_path / "k.safetensors"
    assert ran("convert", file, "--to", "diffusers", "--out", there).exit_code == 0
    seen = inspect_file(there)
    assert seen.naming == "diffusers"
    assert seen.metadata["ss_seed"] == "7"
    assert "ss_network_alpha" not in seen.metadata
    assert ran("convert", there, "--to", "kohya", "--out", back).exit_code == 0
    seen = inspect_file(back)
    assert (seen.naming, seen.family) == ("kohya", "sd1")
    assert (seen.metadata["ss_v2"], seen.metadata["ss_seed"]) == ("False", "7")


def test_nothing_is_overwritten_unasked(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "there.safetensors"
    out.write_bytes(b"mine")
    refused = ran("resize", file, "--rank", 2, "--out", out)
    assert refused.exit_code == 2
    assert "is there already" in refused.output
    assert out.read_bytes() == b"mine"
    assert ran("resize", file, "--rank", 2, "--out", out, "--overwrite").exit_code == 0
    itself = ran("resize", file, "--rank", 2, "--out", file, "--overwrite")
    assert itself.exit_code == 2
    assert "take the place of one that it is made from" in itself.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("resize", "FILE", "--out", "OUT"), "either --rank or --energy"),
        (("resize", "FILE", "--rank", "2", "--energy", "0.5", "--out", "OUT"), "either --rank"),
        (("resize", "FILE", "--energy", "nan", "--out", "OUT"), "must be a share"),
        (("resize", "missing.safetensors", "--rank", "2", "--out", "OUT"), "is not there"),
        (("resize", "FILE", "--rank", "2", "--out", "out.pt"), "must end in .safetensors"),
        (("merge", "FILE:much", "--out", "OUT"), "is not a strength"),
        (("convert", "FILE", "--to", "kohya", "--out", "OUT"), "is in the format of kohya already"),
        (("resize", "FILE", "--rank", "2", "--out", "no/such/a.safetensors"), "no such folder"),
    ],
)
def test_mistakes_are_told_and_nothing_is_written(
    file: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    out = tmp_path / "out.safetensors"
    places = {"FILE": str(file), "OUT": str(out), "FILE:much": f"{file}:much"}
    result = ran(*(places.get(word, word) for word in words))
    assert result.exit_code == 2, result.output
    assert said in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["mira.safetensors"]


def test_other_programs_names_are_read_by_every_command(file: Path, tmp_path: Path) -> None:
    """PEFT's own names: neither refused nor sent from one command to another."""
    lora = load_lora(file)
    renamed = {
        f"base_model.model.{key}": tensor for key, tensor in to_diffusers(lora).items()
    }  # fmt: skip
    peft = tmp_path / "peft.safetensors"
    safetensors.torch.save_file(renamed, peft)
    for number, words in enumerate(every_command(peft)):
        out = tmp_path / f"{number}.safetensors"
        result = ran(*words, "--out", out)
        assert result.exit_code == 0, result.output
        made = load_lora(out).modules
        assert made.keys() == lora.modules.keys()
        for name, module in made.items():
            assert_near(change(module), change(lora.modules[name]))


def test_files_of_two_programs_are_merged_layer_by_layer(file: Path, tmp_path: Path) -> None:
    there, out = tmp_path / "d.safetensors", tmp_path / "both.safetensors"
    assert ran("convert", file, "--to", "diffusers", "--out", there).exit_code == 0
    result = ran("merge", file, f"{there}:0.5", "--out", out, "--precision", "fp32")
    assert result.exit_code == 0, result.output
    one, both = load_lora(file).modules, load_lora(out)
    assert both.modules.keys() == one.keys()
    for name, module in both.modules.items():
        assert_near(change(module), 1.5 * change(one[name]))
    assert both.metadata["ss_base_model_version"] == "sd_v1"


@pytest.mark.parametrize("form", ["kohya", "diffusers"])
def test_a_file_that_is_in_the_format_already_is_not_written_again(
    file: Path, tmp_path: Path, form: str
) -> None:
    source = file
    if form == "diffusers":
        source = tmp_path / "d.safetensors"
        assert ran("convert", file, "--to", "diffusers", "--out", source).exit_code == 0
    out = tmp_path / "out.safetensors"
    result = ran("convert", source, "--to", form, "--out", out)
    assert result.exit_code == 2
    assert f"is in the format of {form} already" in result.output
    assert not out.exists()
    other = ran("convert", source, "--to", form, "--out", out, "--precision", "bf16")
    assert other.exit_code == 0, other.output


def test_other_methods_are_refused_in_the_same_words_by_every_command(tmp_path: Path) -> None:
    place = "base_model.model.mid_block.attentions.0.proj_in"
    path = tmp_path / "dora.safetensors"
    tensors = {
        f"{place}.lora_A.weight": torch.ones(2, 3),
        f"{place}.lora_B.weight": torch.ones(3, 2),
        f"{place}.lora_magnitude_vector": torch.ones(3),
    }
    safetensors.torch.save_file(tensors, path)
    for words in every_command(path):
        result = ran(*words, "--out", tmp_path / "out.safetensors")
        assert result.exit_code == 2
        assert "is a DoRA, which cannot be used here" in result.output
        assert "convert" not in result.output.lower()


def test_a_bundled_embedding_is_named(file: Path, tmp_path: Path) -> None:
    tensors = dict(load_lora(file).tensors)
    tensors["bundle_emb.m\x1b[2Jira.string_to_param.*"] = torch.ones(1, 12)
    path = tmp_path / "b.safetensors"
    safetensors.torch.save_file(tensors, path)
    result = ran("resize", path, "--rank", 2, "--out", tmp_path / "out.safetensors")
    assert result.exit_code == 0
    assert "b.safetensors: it also holds the embedding m\\x1b[2Jira, which is not used" in (
        result.output
    )


def test_names_that_are_not_utf8_are_refused_in_words(file: Path, tmp_path: Path) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/o\xe3.safetensors")
    result = ran("resize", file, "--rank", 2, "--out", odd)
    assert result.exit_code == 2
    assert "o\\xe3.safetensors: the new file's path is not UTF-8" in result.output
    Path(odd).write_bytes(file.read_bytes())
    result = ran("resize", odd, "--rank", 2, "--out", tmp_path / "out.safetensors")
    assert result.exit_code == 2
    assert "o\\xe3.safetensors: has a path that is not UTF-8" in result.output


def test_a_name_that_is_too_long_is_refused_in_words(file: Path, tmp_path: Path) -> None:
    long = tmp_path / f"{'x' * 300}.safetensors"
    for words in ((file, "--out", long), (long, "--out", tmp_path / "o.safetensors")):
        result = ran("resize", *words, "--rank", 2)
        assert result.exit_code == 2, result.output
    for count, code in ((188, 0), (189, 2)):
        out = tmp_path / f"{'x' * count}.safetensors"
        assert ran("resize", file, "--out", out, "--rank", 2).exit_code == code


def every_command(file: Path) -> list[tuple[object, ...]]:
    return [
        ("resize", file, "--rank", 8),
        ("merge", file),
        ("convert", file, "--to", "kohya"),
        ("convert", file, "--to", "diffusers"),
    ]


def assert_near(one: torch.Tensor, other: torch.Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


def change(module: LoraModule) -> torch.Tensor:
    product = module.up.flatten(1).float() @ module.down.flatten(1).float()
    return module.alpha / module.rank * product
