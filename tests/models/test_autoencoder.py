"""A VAE of its own takes the place of the base's, in every form in which VAEs are passed on."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from lora_wizard.errors import ModelError
from lora_wizard.models.base import BaseModel, load_base

from .conftest import vae
from .ldm import ldm_vae, save_single_file


@pytest.fixture(scope="module")
def other() -> Any:
    """Another VAE than those of the tiny models, as large as theirs."""
    torch.manual_seed(77)
    return vae((32, 64))


def written(other: Any, path: Path, form: str) -> Path:
    """The VAE in one of its forms."""
    bare = {name: one.contiguous() for name, one in ldm_vae(other).items()}
    whole = {f"first_stage_model.{name}": one for name, one in bare.items()}
    if form == "safetensors":
        save_file(bare, path / "vae.safetensors")
    elif form == "prefixed":
        save_file(whole, path / "vae.safetensors")
    elif form == "pt":  # as it came out of training, with its loss
        torch.save(
            {"state_dict": bare | {"loss.logvar": torch.zeros(1)}, "epoch": 1}, path / "vae.pt"
        )
        return path / "vae.pt"
    elif form == "diffusers file":
        save_file(other.state_dict(), path / "vae.safetensors")
    else:
        other.save_pretrained(path / ("vae" if form == "pipeline folder" else "folder"))
        return path if form == "pipeline folder" else path / "folder"
    return path / "vae.safetensors"


FORMS = ["safetensors", "prefixed", "pt", "diffusers file", "folder", "pipeline folder"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("family", ["sd1", "sdxl"])
def test_another_vae_takes_the_place_of_the_bases(
    family: str, form: str, other: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    base: BaseModel = request.getfixturevalue(family)
    path = written(other, tmp_path, form)
    found = load_base(str(base.path), vae=str(path))
    assert found.vae_path == path and base.vae_path is None
    expected = other.state_dict()
    assert found.vae.state_dict().keys() == expected.keys()
    assert all(torch.equal(one, expected[name]) for name, one in found.vae.state_dict().items())
    assert not any(one.requires_grad for one in found.vae.parameters())
    if "folder" not in form:  # a folder says itself how its latents are scaled
        assert found.latent_scale == base.latent_scale


def test_a_checkpoint_without_a_vae_loads_with_another_and_says_so_without(
    sdxl: BaseModel, other: Any, tmp_path: Path
) -> None:
    whole = save_single_file(sdxl, tmp_path / "model.safetensors")
    tensors = {
        name: one for name, one in load_file(whole).items() if not name.startswith("first_stage")
    }
    save_file(tensors, tmp_path / "bare.safetensors")
    with pytest.raises(ModelError, match=r"it holds no VAE\. Give .* as model\.vae"):
        load_base(str(tmp_path / "bare.safetensors"))
    path = written(other, tmp_path, "safetensors")
    found = load_base(str(tmp_path / "bare.safetensors"), vae=str(path))
    assert torch.equal(found.vae.decoder.conv_in.weight, other.decoder.conv_in.weight)


def test_a_folder_without_a_vae_loads_with_another(
    sd1_folder: Path, other: Any, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(sd1_folder, tmp_path / "model"))
    shutil.rmtree(folder / "vae")
    with pytest.raises(ModelError, match="not complete"):
        load_base(str(folder))
    (tmp_path / "other").mkdir()
    path = written(other, tmp_path / "other", "safetensors")
    assert load_base(str(folder), vae=str(path)).vae_path == path


@pytest.mark.parametrize("form", ["safetensors", "folder"])
def test_xl_never_has_its_vae_in_fp16(
    sdxl: BaseModel, sd1: BaseModel, other: Any, tmp_path: Path, form: str
) -> None:
    path = str(written(other, tmp_path, form))
    for dtype, expected in (
        (torch.float16, torch.float32),
        (torch.bfloat16, torch.bfloat16),
        (torch.float32, torch.float32),
    ):
        assert load_base(str(sdxl.path), vae=path, dtype=dtype).vae.dtype == expected
    assert load_base(str(sd1.path), vae=path, dtype=torch.float16).vae.dtype == torch.float16


def test_what_is_no_vae_is_refused(sd1: BaseModel, other: Any, tmp_path: Path) -> None:
    base = str(sd1.path)
    with pytest.raises(ModelError, match="no such file or folder"):
        load_base(base, vae=str(tmp_path / "gone.pt"))
    with pytest.raises(ModelError, match=r"holds no config\.json"):
        load_base(base, vae=str(tmp_path))
    save_file({"weight": torch.zeros(2)}, tmp_path / "x.safetensors")
    with pytest.raises(ModelError, match="The file is not a VAE"):
        load_base(base, vae=str(tmp_path / "x.safetensors"))
    path = written(other, tmp_path, "safetensors")
    tensors = load_file(path)
    wide = tensors | {"decoder.conv_in.weight": torch.zeros(64, 16, 3, 3)}
    save_file(wide, tmp_path / "flux.safetensors")
    with pytest.raises(ModelError, match="latents have 16 channels"):
        load_base(base, vae=str(tmp_path / "flux.safetensors"))
    del tensors["encoder.conv_in.weight"]
    save_file(tensors, path)
    with pytest.raises(ModelError, match="VAE is not complete"):
        load_base(base, vae=str(path))
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ModelError, match="damaged"):
        load_base(base, vae=str(path))
