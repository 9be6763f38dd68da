"""The metadata that other programs read from a LoRA file."""

import json
from dataclasses import replace

import pytest

from lora_wizard.lora import TrainingFacts, minimal_metadata, training_metadata
from lora_wizard.recipe import Recipe, parse_recipe

RECIPE = parse_recipe(
    """
    format = 1
    [network]
    rank = 16
    alpha = 8
    conv_rank = 4
    conv_alpha = 2
    [training]
    weight_decay = 0.1
    batch_size = 2
    [saving]
    name = "mika"
    comment = "say mika"
    """
)
FACTS = TrainingFacts(
    family="sd1",
    base_name="base.safetensors",
    base_hash="12345678",
    base_new_hash="ab" * 32,
    images=320,
    batches_per_epoch=160,
    epochs=10,
    dataset_dirs={"10_mika": {"n_repeats": 10, "img_count": 32}},
    tag_frequency={"10_mika": {"mika": 32, "1girl": 30}},
    bucket_info={
        "buckets": {"0": {"resolution": [512, 512], "count": 320}},
        "mean_img_ar_error": 0.0,
    },
    session_id=7,
    started_at=1700000000.5,
    finished_at=1700000600.25,
    total_steps=1600,
    warmup_steps=16,
    steps=1600,
    epoch=10,
)


def test_what_a1111_reads_is_there() -> None:
    found = training_metadata(RECIPE, FACTS)
    assert found["ss_output_name"] == "mika"
    assert found["ss_sd_model_name"] == "base.safetensors"
    assert found["ss_network_module"] == "networks.lora"
    assert found["ss_training_started_at"] == "1700000000.5"
    assert found["ss_resolution"] == "(512, 512)"
    assert found["ss_num_train_images"] == "320"
    assert json.loads(found["ss_bucket_info"])["buckets"]["0"]["count"] == 320
    assert json.loads(found["ss_dataset_dirs"]) == {"10_mika": {"n_repeats": 10, "img_count": 32}}
    assert json.loads(found["ss_tag_frequency"]) == {"10_mika": {"mika": 32, "1girl": 30}}


def test_values_are_spelt_as_python_spells_them() -> None:
    found = training_metadata(RECIPE, FACTS)
    assert all(isinstance(value, str) for value in found.values())
    assert found["ss_v2"] == "False"
    assert found["ss_text_encoder_lr"] == "None"
    assert found["ss_noise_offset"] == "None"
    assert found["ss_learning_rate"] == "0.0001"
    assert found["ss_optimizer"] == "torch.optim.adamw.AdamW(weight_decay=0.1)"
    assert found["ss_network_dim"] == "16"
    assert found["ss_network_alpha"] == "8.0"
    assert json.loads(found["ss_network_args"]) == {"conv_dim": "4", "conv_alpha": "2.0"}


@pytest.mark.parametrize(
    ("family", "v_prediction", "version", "architecture"),
    [
        ("sd1", False, "sd_v1", "stable-diffusion-v1/lora"),
        ("sd1", True, "sd_v1_v", "stable-diffusion-v1/lora"),
        ("sd2", False, "sd_v2", "stable-diffusion-v2-512/lora"),
        ("sd2", True, "sd_v2_v", "stable-diffusion-v2-768-v/lora"),
        ("sdxl", False, "sdxl_base_v1-0", "stable-diffusion-xl-v1-base/lora"),
    ],
)
def test_the_family_decides_where_the_lora_is_shown(
    family: str, v_prediction: bool, version: str, architecture: str
) -> None:
    found = training_metadata(RECIPE, replace(FACTS, family=family, v_prediction=v_prediction))  # type: ignore[arg-type]
    assert found["ss_base_model_version"] == version
    assert found["modelspec.architecture"] == architecture
    assert found["ss_v2"] == str(family == "sd2")
    assert found["modelspec.prediction_type"] == ("v" if v_prediction else "epsilon")


def test_another_vae_is_named_and_the_bases_own_is_not() -> None:
    assert not any("vae" in key for key in training_metadata(RECIPE, FACTS))
    facts = replace(FACTS, vae_name="kl-f8.pt", vae_hash="c6a580b1", vae_new_hash="735e4c3a")
    found = training_metadata(RECIPE, facts)
    assert found["ss_vae_name"] == "kl-f8.pt"
    assert (found["ss_vae_hash"], found["ss_new_vae_hash"]) == ("c6a580b1", "735e4c3a")
    folder = training_metadata(RECIPE, replace(FACTS, vae_name="kl-f8"))
    assert folder["ss_vae_name"] == "kl-f8" and "ss_vae_hash" not in folder


def test_the_model_specification_says_what_it_is() -> None:
    found = training_metadata(RECIPE, FACTS)
    assert found["modelspec.sai_model_spec"] == "1.0.1"
    assert found["modelspec.title"] == "mika"
    assert found["modelspec.resolution"] == "512x512"
    assert found["modelspec.date"] == "2023-11-14T22:23:20"
    assert found["modelspec.description"] == "say mika"


def test_minimal_metadata_tells_nothing_of_the_pictures() -> None:
    found = minimal_metadata(RECIPE, FACTS)
    assert found == {
        "ss_v2": "False",
        "ss_base_model_version": "sd_v1",
        "ss_network_module": "networks.lora",
        "ss_network_dim": "16",
        "ss_network_alpha": "8.0",
        "ss_network_args": '{"conv_dim": "4", "conv_alpha": "2.0"}',
        "ss_output_name": "mika",
    }


def test_a_base_in_a_folder_has_no_hash() -> None:
    found = training_metadata(RECIPE, replace(FACTS, base_hash=None, base_new_hash=None))
    assert "ss_sd_model_hash" not in found
    assert "ss_new_sd_model_hash" not in found


def test_plain_networks_have_no_arguments() -> None:
    assert "ss_network_args" not in training_metadata(Recipe(), FACTS)


def test_the_header_key_that_breaks_diffusers_is_never_written() -> None:
    assert "lora_adapter_metadata" not in training_metadata(RECIPE, FACTS)
