"""Writing and reading LoRA files: exact, whole or not at all, and clear about foreign files."""

import hashlib
import json
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
import safetensors.torch
import torch
from torch import Tensor

from lora_wizard.errors import LoraFileError
from lora_wizard.lora import attach, attach_file, base_hashes, load_lora, save_lora
from lora_wizard.recipe import NetworkSettings

from .tiny import predict, stir, tiny_text_encoder, tiny_unet

LOCON = NetworkSettings(rank=4, alpha=0.1, conv_rank=3, conv_alpha=1.5)
LAYER = "lora_unet_mid_block_attentions_0_proj_in"
METADATA = {"ss_network_dim": "4", "ss_output_name": "käte", "modelspec.title": "x"}
LEGACY_END = 0x110000


@pytest.fixture(scope="module")
def trained() -> tuple[dict[str, Tensor], Tensor]:
    """A trained state and what the model predicts with it."""
    unet, encoder = tiny_unet(), tiny_text_encoder()
    network = attach(unet, [encoder], LOCON)
    stir(network.parameters(), size=0.4)
    return network.tensors(), predict(unet, encoder).detach()


@pytest.fixture
def tensors(trained: tuple[dict[str, Tensor], Tensor]) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in trained[0].items()}


def test_in_full_precision_it_comes_back_to_the_bit(
    tmp_path: Path, trained: tuple[dict[str, Tensor], Tensor]
) -> None:
    tensors, seen = trained
    save_lora(tmp_path / "a.safetensors", tensors, METADATA, precision="fp32")
    lora = load_lora(tmp_path / "a.safetensors")
    assert lora.tensors.keys() == tensors.keys()
    assert all(torch.equal(lora.tensors[name], value) for name, value in tensors.items())
    assert all(lora.tensors[name].shape == value.shape for name, value in tensors.items())
    assert METADATA.items() <= lora.metadata.items()
    assert lora.rank == 4
    assert lora.alpha == pytest.approx(0.1)
    unet, encoder = tiny_unet(), tiny_text_encoder()
    attach_file(unet, [encoder], lora, 1.0)
    torch.testing.assert_close(predict(unet, encoder), seen, rtol=1e-6, atol=1e-6)


def test_training_goes_on_from_a_file(
    tmp_path: Path, trained: tuple[dict[str, Tensor], Tensor]
) -> None:
    save_lora(tmp_path / "a.safetensors", trained[0], {}, precision="fp16")
    unet, encoder = tiny_unet(), tiny_text_encoder()
    network = attach(unet, [encoder], LOCON)
    network.load_tensors(load_lora(tmp_path / "a.safetensors").tensors)
    torch.testing.assert_close(predict(unet, encoder), trained[1], rtol=2e-3, atol=2e-3)
    up = f"{LAYER}.lora_up.weight"
    # alpha 0.1 is another number in half precision, which must not be taken for another alpha.
    assert torch.equal(network.tensors()[up], trained[0][up].half().float())


@pytest.mark.parametrize(
    ("precision", "dtype"),
    [("fp16", torch.float16), ("bf16", torch.bfloat16), ("fp32", torch.float32)],
)
def test_everything_has_the_precision_asked_for(
    tmp_path: Path,
    tensors: dict[str, Tensor],
    precision: Literal["fp16", "bf16", "fp32"],
    dtype: torch.dtype,
) -> None:
    save_lora(tmp_path / "a.safetensors", tensors, {}, precision=precision)
    written = safetensors.torch.load_file(tmp_path / "a.safetensors")
    assert {tensor.dtype for tensor in written.values()} == {dtype}
    assert written[f"{LAYER}.alpha"].shape == ()


def test_the_same_lora_makes_the_same_bytes(tmp_path: Path, tensors: dict[str, Tensor]) -> None:
    metadata = {f"ss_{number}": "x" for number in range(30)}
    for name in ("a", "b"):
        save_lora(tmp_path / f"{name}.safetensors", tensors, metadata)
    one, other = ((tmp_path / f"{name}.safetensors").read_bytes() for name in ("a", "b"))
    assert one == other


def test_the_model_hash_is_of_the_tensors_alone(tmp_path: Path, tensors: dict[str, Tensor]) -> None:
    path = tmp_path / "a.safetensors"
    hashes = []
    for metadata in ({}, METADATA, {"ss_training_comment": "another"}):
        save_lora(path, tensors, metadata)
        hashes.append(load_lora(path).metadata["sshs_model_hash"])
    content = path.read_bytes()
    data = content[8 + int.from_bytes(content[:8], "little") :]
    assert hashes == [hashlib.sha256(data).hexdigest()] * 3
    tensors[f"{LAYER}.lora_up.weight"] += 1
    save_lora(path, tensors, METADATA)
    assert load_lora(path).metadata["sshs_model_hash"] != hashes[0]


def test_the_legacy_hash_is_of_a_piece_of_the_file_with_only_its_ss_keys(tmp_path: Path) -> None:
    big = {
        f"{LAYER}.lora_down.weight": torch.randn(300, 2000),
        f"{LAYER}.lora_up.weight": torch.randn(700, 300),
        f"{LAYER}.alpha": torch.tensor(1.0),
    }
    save_lora(tmp_path / "a.safetensors", big, METADATA, precision="fp16")
    half = {name: tensor.half() for name, tensor in big.items()}
    # The library orders metadata by chance; the length, and so the piece, is the same.
    kept = {key: value for key, value in METADATA.items() if key.startswith("ss_")}
    content = safetensors.torch.save(half, kept)
    assert len(content) > 0x100000
    expected = hashlib.sha256(content[0x100000:LEGACY_END]).hexdigest()[:8]
    assert load_lora(tmp_path / "a.safetensors").metadata["sshs_legacy_hash"] == expected


def test_a_base_in_one_file_has_an_old_and_a_new_hash(tmp_path: Path) -> None:
    content = bytes(range(256)) * 0x1200
    (tmp_path / "base").write_bytes(content)
    old, new = base_hashes(tmp_path / "base")
    assert old == hashlib.sha256(content[0x100000:LEGACY_END]).hexdigest()[:8]
    assert new == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e6])
def test_what_is_not_finite_is_not_written(
    tmp_path: Path, tensors: dict[str, Tensor], bad: float
) -> None:
    """1e6 is a number, but half precision does not hold it."""
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"the old file")
    tensors[f"{LAYER}.lora_up.weight"][0, 0] = bad
    with pytest.raises(LoraFileError, match=LAYER):
        save_lora(path, tensors, {}, precision="fp16")
    assert path.read_bytes() == b"the old file"
    assert [file.name for file in tmp_path.iterdir()] == ["a.safetensors"]


def test_an_error_names_the_first_layers_and_counts_the_rest(
    tmp_path: Path, tensors: dict[str, Tensor]
) -> None:
    broken = {name: tensor * torch.nan for name, tensor in tensors.items()}
    with pytest.raises(LoraFileError, match=r"lora_te_text_model_encoder_layers_0.* and \d+ more"):
        save_lora(tmp_path / "a.safetensors", broken, {})


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow beyond 4096 bytes: writing fails in the middle, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, tensors: dict[str, Tensor]) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"the old file")
    with full_disk(), pytest.raises(LoraFileError, match=r"a\.safetensors: cannot be written"):
        save_lora(path, tensors, {})
    assert path.read_bytes() == b"the old file"
    assert [file.name for file in tmp_path.iterdir()] == ["a.safetensors"]


def test_a_missing_folder_is_an_error(tmp_path: Path, tensors: dict[str, Tensor]) -> None:
    with pytest.raises(LoraFileError, match="cannot be written"):
        save_lora(tmp_path / "none" / "a.safetensors", tensors, {})


def test_other_users_may_read_the_file(tmp_path: Path, tensors: dict[str, Tensor]) -> None:
    (tmp_path / "plain").touch()
    save_lora(tmp_path / "a.safetensors", tensors, {})
    modes = {(tmp_path / name).stat().st_mode for name in ("plain", "a.safetensors")}
    assert len(modes) == 1


A, B = torch.ones(2, 3), torch.ones(4, 2)
FOREIGN = {
    "LoHa": {"lora_unet_x.hada_w1_a": A, "lora_unet_x.alpha": torch.tensor(1.0)},
    "LoKr": {"lora_unet_x.lokr_w1": A},
    "DoRA": {
        "lora_unet_x.lora_down.weight": A,
        "lora_unet_x.lora_up.weight": B,
        "lora_unet_x.dora_scale": A,
    },
    "Tucker": {
        "lora_unet_x.lora_down.weight": A,
        "lora_unet_x.lora_up.weight": B,
        "lora_unet_x.lora_mid.weight": A,
    },
    "unpaired unet.down_blocks": {"unet.down_blocks.0.attn1.to_q.lora_A.weight": A},
    "whole model": {"model.diffusion_model.input_blocks.0.0.weight": A},
    "textual inversion": {"emb_params": A},
    "is not a LoRA": {"weight": A},
    "no LoRA for Stable Diffusion.*unpaired lora_unet_x": {"lora_unet_x.lora_down.weight": A},
    "for a model that is not known here: lora_transformer": {
        "lora_transformer_x.lora_down.weight": A,
        "lora_transformer_x.lora_up.weight": B,
    },
    "impossible shapes": {"lora_unet_x.lora_down.weight": A, "lora_unet_x.lora_up.weight": A},
    "not finite": {"lora_unet_x.lora_down.weight": A * torch.nan, "lora_unet_x.lora_up.weight": B},
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_file_of_another_kind_is_named(tmp_path: Path, kind: str) -> None:
    content = {name: tensor.clone() for name, tensor in FOREIGN[kind].items()}
    safetensors.torch.save_file(content, tmp_path / "a.safetensors")
    with pytest.raises(LoraFileError, match=kind) as caught:
        load_lora(tmp_path / "a.safetensors")
    assert "a.safetensors" in str(caught.value)


def test_a_file_cut_off_anywhere_is_an_error(tmp_path: Path, tensors: dict[str, Tensor]) -> None:
    save_lora(tmp_path / "whole.safetensors", tensors, METADATA)
    content = (tmp_path / "whole.safetensors").read_bytes()
    path = tmp_path / "a.safetensors"
    header = 8 + int.from_bytes(content[:8], "little")
    for length in (0, 1, 7, 8, 20, header - 1, header, header + 5, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(LoraFileError, match=r"cut off|empty|not a safetensors"):
            load_lora(path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04" + bytes(40), "pickled"),
        (b"\x80\x02}q\x00." + bytes(40), "pickled"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git-lfs"),
        (b"hello, this is some text", "not a safetensors"),
        ((4).to_bytes(8, "little") + b"{{{{", "damaged header"),
    ],
)
def test_what_is_no_safetensors_file_is_named(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "a.safetensors").write_bytes(content)
    with pytest.raises(LoraFileError, match=what):
        load_lora(tmp_path / "a.safetensors")


@pytest.mark.parametrize("first", [0x80, ord("P")])
def test_a_header_of_any_length_is_read(
    tmp_path: Path, tensors: dict[str, Tensor], first: int
) -> None:
    """The file begins with the header's length, whose bytes may be those of another format."""
    path = tmp_path / "a.safetensors"
    layer = {name: tensor for name, tensor in tensors.items() if name.startswith(f"{LAYER}.")}
    beginnings = set()
    for filler in range(0x100 // 8):  # the length is a multiple of 8
        save_lora(path, layer, {"ss_training_comment": "x" * 8 * filler})
        beginnings.add(path.read_bytes()[0])
        if first in beginnings:
            break
    assert first in beginnings
    assert len(load_lora(path).tensors) == 3


def test_a_missing_file_and_a_folder_are_errors(tmp_path: Path) -> None:
    with pytest.raises(LoraFileError, match="not there"):
        load_lora(tmp_path / "a.safetensors")
    with pytest.raises(LoraFileError, match="not a file"):
        load_lora(tmp_path)


def test_a_header_with_numbers_in_odd_places_is_damaged(tmp_path: Path) -> None:
    text = json.dumps({"a": 5}).encode()
    (tmp_path / "a").write_bytes(len(text).to_bytes(8, "little") + text)
    with pytest.raises(LoraFileError, match="damaged header"):
        load_lora(tmp_path / "a")
