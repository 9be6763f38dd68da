"""Resizing and merging against the whole products, which the code under test never forms."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lora_wizard.errors import LoraFileError
from lora_wizard.lora import LoraFile
from lora_wizard.lora.restoring import LoraModule
from lora_wizard.lora.surgery import by_energy, by_rank, merge, renewed, type_of
from lora_wizard.lora.surgery.changes import of_rank, padded, spectrum, tensors_of, with_alpha

UNET = "lora_unet_mid_block_attentions_0_proj_in"
TEXT = "lora_te_text_model_encoder_layers_{}_mlp_fc1"


def whole(module: LoraModule) -> Tensor:
    """s B A, formed."""
    product = module.up.flatten(1).double() @ module.down.flatten(1).double()
    return product * module.alpha / module.rank


@st.composite
def modules(draw: st.DrawFn, outputs: int | None = None, inputs: int | None = None) -> LoraModule:
    rank = draw(st.integers(1, 6))
    outputs = outputs or draw(st.integers(1, 9))
    inputs = inputs or draw(st.integers(1, 9))
    kernel = draw(st.sampled_from([(), (1, 1), (3, 3)]))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32)))
    down = torch.randn(rank, inputs, *kernel, generator=generator)
    up = torch.randn(outputs, rank, *(1 for _ in kernel), generator=generator)
    return LoraModule(down, up, draw(st.sampled_from([0.1, 1.0, 3.0, 4.0, 128.0])))


@settings(max_examples=60, deadline=None)
@given(modules(), st.integers(1, 8))
def test_a_smaller_rank_is_the_nearest_there_is(module: LoraModule, rank: int) -> None:
    kept = by_rank({UNET: module}, rank)
    values = torch.linalg.svdvals(whole(module))
    count = min(rank, len(values), module.rank)
    lost = float(values[count:].square().sum())
    made = kept.modules[UNET]
    assert made.rank == count
    assert made.alpha == pytest.approx(count)
    assert made.down.shape[1:] == module.down.shape[1:]
    assert made.up.shape[2:] == module.up.shape[2:]
    total = float(values.square().sum())
    error = float((whole(made) - whole(module)).square().sum())
    assert error == pytest.approx(lost, rel=1e-4, abs=1e-9 * total + 1e-12)
    assert kept.energy[UNET] == pytest.approx(1 - lost / total, abs=1e-9)
    assert kept.whole == pytest.approx(kept.energy[UNET])


@settings(max_examples=60, deadline=None)
@given(modules(), st.floats(0.01, 1))
def test_an_energy_takes_the_smallest_rank_that_keeps_it(module: LoraModule, share: float) -> None:
    kept = by_energy({UNET: module}, share)
    squares = torch.linalg.svdvals(whole(module)).square()
    rank = kept.ranks[UNET]
    assert kept.energy[UNET] >= share - 1e-9
    assert rank == 1 or float(squares[: rank - 1].sum() / squares.sum()) < share


def test_the_layers_of_a_text_encoder_share_one_rank() -> None:
    simple = LoraModule(torch.eye(4)[:1], torch.eye(4)[:, :1], 1.0)
    rich = LoraModule(torch.eye(4), torch.eye(4), 4.0)
    known = {TEXT.format(0): simple, TEXT.format(1): rich, UNET: simple}
    full = {name: padded(module, 4) for name, module in known.items()}
    kept = by_energy(full, 1.0)
    assert kept.ranks == {TEXT.format(0): 4, TEXT.format(1): 4, UNET: 1}
    assert kept.whole == 1.0


def test_mixed_ranks_of_a_text_encoder_become_one() -> None:
    generator = torch.Generator().manual_seed(5)
    known = {
        TEXT.format(rank): LoraModule(
            torch.randn(rank, 9, generator=generator),
            torch.randn(7, rank, generator=generator),
            1.0,
        )
        for rank in (2, 8)
    }
    kept = by_rank(known, 4)
    assert kept.ranks == {TEXT.format(2): 4, TEXT.format(8): 4}
    assert {module.alpha for module in kept.modules.values()} == {4.0}
    torch.testing.assert_close(
        whole(kept.modules[TEXT.format(2)]), whole(known[TEXT.format(2)]), rtol=1e-5, atol=1e-6
    )
    assert set(kept.parts) == {"text_encoder"}
    assert kept.parts["text_encoder"] == kept.whole < 1


def test_a_change_of_zero_is_kept_whole() -> None:
    nothing = LoraModule(torch.ones(3, 5), torch.zeros(4, 3), 3.0)
    kept = by_energy({UNET: nothing}, 0.9)
    assert (kept.ranks[UNET], kept.energy[UNET], kept.whole) == (1, 1.0, 1.0)
    assert not bool(whole(kept.modules[UNET]).any())


@settings(max_examples=60, deadline=None)
@given(modules(), st.sampled_from([1.0, 0.5, 1 / 128, 0.3, 2.0]))
def test_another_alpha_changes_nothing(module: LoraModule, ratio: float) -> None:
    made = with_alpha(module, ratio)
    assert made.alpha / made.rank == pytest.approx(ratio)
    size = float(whole(module).abs().max())
    torch.testing.assert_close(whole(made), whole(module), rtol=1e-5, atol=1e-6 * size)


def test_powers_of_two_cost_no_digit_in_half_precision() -> None:
    generator = torch.Generator().manual_seed(1)
    down = (torch.randn(128, 64, generator=generator) * 0.02).half()
    up = (torch.randn(32, 128, generator=generator) * 0.01).half()
    made = with_alpha(LoraModule(down, up, 1.0), 1.0)
    for mine, before in ((made.down, down), (made.up, up)):
        normal = mine.abs() >= torch.finfo(torch.float16).smallest_normal
        assert normal.float().mean() > 0.9
        assert torch.equal(mine.half().float()[normal], mine[normal])
        assert float((mine / before.double())[0, 0]) < 1
    torch.testing.assert_close(whole(made), whole(LoraModule(down, up, 1.0)), rtol=0, atol=0)


def file(name: str, found: dict[str, LoraModule], **metadata: str) -> LoraFile:
    return LoraFile(Path(f"{name}.safetensors"), tensors_of(found), metadata, 4, 4)


WEIGHTS = st.floats(-2, 2).filter(lambda weight: abs(weight) > 1e-3)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.lists(WEIGHTS, min_size=1, max_size=3))
def test_a_merged_change_is_the_weighted_sum(data: st.DataObject, weights: list[float]) -> None:
    outputs, inputs = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9))
    first = data.draw(modules(outputs, inputs))
    parts = [first]
    for _ in weights[1:]:
        other = data.draw(modules(outputs, inputs))
        kernel = first.down.shape[2:]
        down = other.down.flatten(2).mean(-1) if other.down.ndim > 2 else other.down
        shaped = down.view(*down.shape, *(1 for _ in kernel)).expand(*down.shape, *kernel)
        up = other.up.view(outputs, other.rank, *(1 for _ in kernel))
        parts.append(LoraModule(shaped.contiguous(), up, other.alpha))
    files = [file(str(number), {UNET: part}) for number, part in enumerate(parts)]
    merged = merge(list(zip(files, weights, strict=True)))[UNET]
    assert merged.rank == sum(part.rank for part in parts)
    wanted = sum(
        (whole(part) * weight for part, weight in zip(parts, weights, strict=True)),
        start=torch.zeros(()),
    )
    largest = max(float(whole(part).abs().max()) for part in parts)
    torch.testing.assert_close(whole(merged), wanted, rtol=1e-5, atol=1e-5 * largest)


def test_layers_that_one_file_has_are_taken_from_it_alone() -> None:
    simple = LoraModule(torch.ones(2, 3), torch.ones(5, 2), 2.0)
    first = file("a", {UNET: simple, TEXT.format(0): simple, TEXT.format(1): simple})
    second = file("b", {TEXT.format(0): simple})
    merged = merge([(first, 1.0), (second, 0.5)])
    assert merged[UNET].rank == 2
    # One rank and one alpha in the text encoder, and the change of each layer as it was.
    assert {merged[TEXT.format(n)].rank for n in (0, 1)} == {4}
    assert {merged[TEXT.format(n)].alpha for n in (0, 1)} == {4.0}
    torch.testing.assert_close(whole(merged[TEXT.format(1)]), whole(simple))
    torch.testing.assert_close(whole(merged[TEXT.format(0)]), 1.5 * whole(simple))


def test_files_for_other_models_are_named() -> None:
    small = LoraModule(torch.ones(2, 3), torch.ones(5, 2), 2.0)
    large = LoraModule(torch.ones(2, 7), torch.ones(5, 2), 2.0)
    with pytest.raises(LoraFileError, match=r"\(5, 3\) in a.safetensors and \(5, 7\) in b"):
        merge([(file("a", {UNET: small}), 1.0), (file("b", {UNET: large}), 1.0)])
    with pytest.raises(LoraFileError, match="no layer in common"):
        merge([(file("a", {UNET: small}), 1.0), (file("b", {TEXT.format(0): small}), 1.0)])
    one = {"ss_base_model_version": "sd_v1"}
    apart = [
        (file("a", {UNET: small}, **one), 1.0),
        (file("b", {TEXT.format(0): small}, **one), 1.0),
    ]
    assert set(merge(apart)) == {UNET, TEXT.format(0)}


def test_the_header_keeps_what_all_agree_on_and_says_where_it_came_from() -> None:
    made = {UNET: LoraModule(torch.ones(2, 3), torch.ones(5, 2), 2.0)}
    first = {
        "ss_v2": "False",
        "ss_seed": "1",
        "ss_network_dim": "64",
        "sshs_model_hash": "x",
        "ss_training_comment": "call her mira",
        "ss_tag_frequency": '{"10_mira": {"mira": 3}}',
        "lora_adapter_metadata": "{}",
    }
    second = {"ss_v2": "False", "ss_seed": "2", "ss_tag_frequency": '{"5_kana": {"kana": 4}}'}
    header = renewed([first, second], made, name="both", note="merged of a + b")
    assert header["ss_network_dim"] == header["ss_network_alpha"] == "2"
    assert header["ss_tag_frequency"] == '{"10_mira": {"mira": 3}, "5_kana": {"kana": 4}}'
    assert (header["ss_v2"], header["ss_output_name"]) == ("False", "both")
    assert header["ss_training_comment"] == "merged of a + b"
    assert not {"ss_seed", "sshs_model_hash", "lora_adapter_metadata"} & header.keys()
    alone = renewed([first], made, name="one", note="resized to rank 2")
    assert alone["ss_training_comment"] == "call her mira; resized to rank 2"
    mixed = made | {TEXT.format(0): LoraModule(torch.ones(3, 3), torch.ones(5, 3), 3.0)}
    assert renewed([first], mixed, name="one", note="")["ss_network_dim"] == "Dynamic"


def test_the_type_is_that_of_most_tensors() -> None:
    half, full = torch.ones(2, 2).half(), torch.ones(2, 2)
    assert type_of([half, half, full, torch.tensor(1.0)]) == "fp16"
    assert type_of([full, torch.tensor(1.0).half()]) == "fp32"


def test_the_decomposition_is_that_of_the_whole_product() -> None:
    generator = torch.Generator().manual_seed(3)
    module = LoraModule(
        torch.randn(5, 30, generator=generator), torch.randn(20, 5, generator=generator), 2.0
    )
    found = spectrum(module)
    torch.testing.assert_close(found.values, torch.linalg.svdvals(whole(module))[:5])
    torch.testing.assert_close(whole(of_rank(found, 5, module)), whole(module))
