"""Files that are for something else are refused by name, and parts of files are warned about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lora_wizard.errors import RecipeError
from lora_wizard.interchange import read_foreign
from tests.interchange.reading import from_json, from_toml

PAGE = {"max_resolution": "512,512", "train_data_dir": "/d", "lr_warmup": 10, "epoch": 2}
LORA = {**PAGE, "LoRA_type": "Standard", "network_dim": 8}


def refusal(folder: Path, content: dict[str, Any] | str) -> str:
    path = folder / ("a.toml" if isinstance(content, str) else "a.json")
    words = content if isinstance(content, str) else json.dumps(content)
    path.write_text(words, encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        read_foreign(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"flux1_checkbox": True}, "FLUX.1"),
        ({"sd3_checkbox": "true"}, "Stable Diffusion 3"),
        ({"hunyuan_image_checkbox": True}, "HunyuanImage"),
        ({"anima_checkbox": True}, "Anima"),
        ({"lumina_checkbox": True}, "Lumina"),
        ({"LoRA_type": "Flux1"}, "FLUX.1"),
        ({"LoRA_type": "Flux1 OFT"}, "FLUX.1"),
    ],
)
def test_another_family_of_the_gui_is_refused(
    tmp_path: Path, change: dict[str, Any], word: str
) -> None:
    assert f"is for {word}" in refusal(tmp_path, {**LORA, **change})


def test_fields_of_other_families_that_are_left_alone_are_no_hindrance(tmp_path: Path) -> None:
    fields = {"flux1_checkbox": False, "sd3_checkbox": False, "ae": "", "guidance_scale": 3.5,
              "t5xxl": "/m/t5", "timestep_sampling": "sigma", "clip_g": ""}  # fmt: skip
    assert from_json(tmp_path, **LORA, **fields).recipe.network.rank == 8


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"token_string": "mira", "init_word": "girl"}, "textual inversion"),
        ({"learning_rate_te": 1e-5}, "DreamBooth"),
        ({"no_token_padding": False}, "DreamBooth"),
        ({"caption_metadata_filename": "meta.json", "full_path": True}, "fine-tuning"),
    ],
)
def test_another_tab_of_the_gui_is_refused(
    tmp_path: Path, change: dict[str, Any], word: str
) -> None:
    assert word in refusal(tmp_path, {**PAGE, **change})


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('network_module = "networks.lora_flux"\n', "FLUX.1"),
        ('network_module = "networks.lora_sd3"\n', "Stable Diffusion 3"),
        ('network_module = "networks.lora_lumina"\n', "Lumina"),
        ('network_module = "networks.oft_flux"\n', "FLUX.1"),
        ('network_dim = 8\nclip_l = "/m/l"\nt5xxl = "/m/t"\n', "FLUX.1 or Stable Diffusion 3"),
        ('network_dim = 8\n[model]\nae = "/m/ae"\n', "FLUX.1"),
        ('token_string = "mira"\ninit_word = "girl"\n', "textual inversion"),
        ('in_json = "meta.json"\nlearning_rate = 1e-6\n', "fine-tuning"),
        ("train_text_encoder = true\nmax_train_steps = 5\n", "fine-tuning"),
        ("no_token_padding = true\nmax_train_steps = 5\n", "DreamBooth"),
        ('dit = "/m/dit"\nnetwork_dim = 8\n', "musubi-tuner"),
    ],
)
def test_another_family_or_kind_of_sd_scripts_is_refused(
    tmp_path: Path, text: str, word: str
) -> None:
    assert word in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ({"training_method": "LORA", "model_type": "STABLE_DIFFUSION_15"}, "OneTrainer"),
        ({"nodes": [], "links": []}, "ComfyUI"),
        ({"3": {"class_type": "KSampler", "inputs": {}}}, "ComfyUI"),
        ({"--model_type": "lora", "--seed": 1}, "SimpleTuner"),
        ({"job": "extension", "config": {}}, "ai-toolkit"),
        ({"_class_name": "UNet2DConditionModel"}, "diffusers"),
        ({"peft_type": "LORA", "r": 8}, "PEFT"),
        ("[model]\ntype = 'sdxl'\n[adapter]\ntype = 'lora'\nrank = 8\n", "diffusion-pipe"),
        ("enable_conv = true\nunet_target_module = []\n", "LyCORIS"),
    ],
)
def test_files_of_other_programs_are_called_by_their_name(
    tmp_path: Path, content: dict[str, Any] | str, word: str
) -> None:
    assert word in refusal(tmp_path, content)


def test_a_part_of_a_config_is_warned_about(tmp_path: Path) -> None:
    (warning,) = from_toml(tmp_path, 'lr_scheduler = "cosine"\nmax_train_steps = 5\n').warnings
    assert "network.rank, training.learning_rate" in warning
    assert "training.epochs" not in warning


def test_a_whole_config_is_not_warned_about(tmp_path: Path) -> None:
    text = "network_dim = 8\nunet_lr = 1e-4\nmax_train_epochs = 3\n"
    assert from_toml(tmp_path, text).warnings == ()


def test_a_dataset_alone_is_called_what_it_is(tmp_path: Path) -> None:
    (warning,) = from_toml(tmp_path, "[[datasets]]\nresolution = 512\n").warnings
    assert "only describes pictures" in warning


def test_a_file_that_is_mostly_unknown_is_warned_about(tmp_path: Path) -> None:
    text = "network_dim = 8\nunet_lr = 1e-4\nmax_train_epochs = 3\n"
    more = "".join(f"strange_{number} = 1\n" for number in range(4))
    assert any("4 of its 7" in one for one in from_toml(tmp_path, text + more).warnings)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('// mine\n{"a": 1}', "comments are not allowed in it (the first is in line 1)"),
        ('{\n "LoRA_type": "Standard", // plain\n "a": 1}', "the first is in line 2"),
        ('{"a": 1 /* x */}', "comments are not allowed"),
        ('{\n# mine\n"a": 1}', "the first is in line 2"),
        ('{\n"a": [1,],\n"b": 2,\n}', "a comma too many before a bracket in line 2"),
        ('[{"a": 1}]', "holds a list"),
        ('{"a": "http://x", }', "a comma too many"),
        ('{"a": tru}', "is not JSON"),
        ('"text"', "is not"),
        ("", "is empty"),
        ("  \n", "is empty"),
        ("{}", "is empty"),
    ],
)
def test_what_stands_in_the_way_of_json_is_named(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        read_foreign(path)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04rest", "ZIP archive"),
        (b"\x89PNG\r\n", "a picture"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"job: extension\nconfig:\n  name: x\n", "looks like YAML"),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_another_kind_of_file_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(content)
    with pytest.raises(RecipeError) as caught:
        read_foreign(path)
    assert words in str(caught.value)


def test_a_text_saved_as_unicode_by_windows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(LORA), encoding="utf-16")
    assert read_foreign(path).recipe.network.rank == 8


def test_a_json_file_of_another_ending_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(json.dumps(LORA), encoding="utf-8")
    assert read_foreign(path).recipe.network.rank == 8
