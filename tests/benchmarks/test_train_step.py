"""The benchmark of one training step: that it runs, and that it compares like with like."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn

from lora_wizard.flow.footprint import SHAPES
from lora_wizard.lora.targets import find_targets
from lora_wizard.models.families import Family

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
TINY = ["--size", "tiny", "--rank", "2", "--rounds", "1"]


def module(name: str) -> ModuleType:
    """A module of the benchmark, which is no installed package."""
    if str(BENCHMARKS) not in sys.path:
        sys.path.append(str(BENCHMARKS))
    return importlib.import_module(f"step_benchmark.{name}")


def measured(folder: Path, *arguments: str) -> Any:
    """What the command writes as JSON."""
    file = folder / "results.json"
    assert module("command").main([*TINY, *arguments, "--json", str(file)]) == 0
    return json.loads(file.read_text(encoding="utf-8"))


def test_every_variant_is_timed_and_trains_as_many_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = measured(tmp_path)
    variants = {(each["variant"], each["precision"]): each for each in results["variants"]}
    assert list(variants) == [
        (variant, precision)
        for precision in ("fp32", "bf16")
        for variant in ("ours", "plain", "floor")
    ]
    for (variant, _), each in variants.items():
        assert (each["trained"] > 0) == (variant != "floor")
        assert len(each["seconds"]) == 1
        assert each["median"] > 0
        assert each["times_floor"] > 0
    assert len({each["trained"] for each in variants.values()} - {0}) == 1
    shown = capsys.readouterr().out
    assert "x floor" in shown
    assert str(tmp_path) not in shown + json.dumps(results)


@pytest.mark.parametrize("size", ["tiny", "tiny-sdxl"])
def test_this_trainer_and_the_plain_loop_learn_the_same(tmp_path: Path, size: str) -> None:
    chosen = ["--size", size, "--precision", "fp32", "--learning-rate", "0.01"]
    results = measured(tmp_path, *chosen, "--agree", "6")
    ours, plain = results["losses"]["ours fp32"], results["losses"]["plain fp32"]
    assert plain == pytest.approx(ours, rel=1e-4)
    assert ours[-1] != pytest.approx(results["losses"]["floor fp32"][-1], rel=1e-3)
    (apart,) = results["apart"]
    assert apart["difference"] < 1e-4


def test_variants_have_layers_of_their_own_on_the_same_tensors() -> None:
    first = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).requires_grad_(False)
    second = module("weights").twin(first)
    assert second is not first
    assert second[0] is not first[0]
    ours, theirs = first.state_dict(keep_vars=True), second.state_dict(keep_vars=True)
    assert all(theirs[name] is tensor for name, tensor in ours.items())


def test_a_faster_precision_has_tensors_of_its_own() -> None:
    model = nn.Linear(2, 3)
    half = module("weights").cast_copy(model, torch.bfloat16)
    assert half.weight.dtype == torch.bfloat16
    assert not half.weight.requires_grad
    assert model.weight.dtype == torch.float32
    torch.testing.assert_close(half.weight.float(), model.weight.detach(), rtol=1e-2, atol=0)


def test_the_floor_goes_back_to_the_first_adapted_layers_and_no_further() -> None:
    settings = module("settings").Settings("tiny", 64, 1, 2, ("fp32",))
    with module("job").made_jobs(settings) as jobs:
        floor = module("ours").Floor(jobs["fp32"])
        base = floor._stepper._ready.base
        (loss,) = floor.train(1)
        assert loss > 0
        places = {
            path.split(".", 1)[-1] if "encoder" in path else path
            for model in (base.unet, *base.text_encoders)
            for path, layer in model.named_modules()
            if layer in floor._hooks
        }
        assert places == {
            "layers.0.self_attn.q_proj",
            "layers.0.self_attn.k_proj",
            "layers.0.self_attn.v_proj",
            "down_blocks.0.attentions.0.proj_in",
        }
        assert not any(parameter.requires_grad for parameter in base.unet.parameters())


def test_full_sizes_are_those_of_the_families() -> None:
    """Numbers that a LoRA of rank 1 trains: as many as the estimates count."""
    sizes = module("sizes")
    meant: dict[str, tuple[Family, int]]
    meant = {"SD15": ("sd1", 192 + 72), "SD21": ("sd2", 192 + 138), "SDXL": ("sdxl", 722 + 264)}
    for name, (family, layers) in meant.items():
        with torch.device("meta"):
            parts = module("built").built(getattr(sizes, name), torch.float32)
        assert parts.family == family
        targets = find_targets(parts.unet, parts.text_encoders)
        assert len(targets) == layers
        assert sum(p.numel() for p in parts.unet.parameters()) == SHAPES[family].unet


def test_a_model_is_made_in_the_wanted_precision() -> None:
    parts = module("built").built(module("sizes").TINY_SDXL, torch.bfloat16)
    assert {p.dtype for p in parts.unet.parameters()} == {torch.bfloat16}
    assert len(parts.text_encoders) == 2
    assert torch.get_default_dtype() == torch.float32


def test_the_table_tells_what_was_not_measured() -> None:
    cases = module("cases")
    header, _, *rows = module("table").table_of(cases.CUDA_CASES, cuda=False).splitlines()
    assert len(rows) == len(cases.CUDA_CASES) == 8
    assert all("not yet measured" in row and "bf16" in row for row in rows)
    assert {row.count("|") for row in rows} == {header.count("|")}


@pytest.mark.slow
def test_the_table_has_a_row_for_each_case_and_names_the_machine() -> None:
    tiny = module("cases").Case("cpu", "tiny", 64, 1, 2, ("fp32",), rounds=1, steps_per_turn=1)
    machine, _, header, _, row = module("table").table_of([tiny], cuda=False).splitlines()
    assert machine.startswith("cpu: processor ")
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[:5] == ["cpu", "tiny, 64 px", "fp32", "1", "2"]
    assert len(cells) == header.count("|") - 1
    assert all(float(cell) > 0 for cell in cells[5:])


def test_a_case_that_fails_is_told_as_such() -> None:
    broken = module("cases").Case("cpu", "nothing", 64, 1, 2, ("fp32",), 1, 1)
    assert "did not end well (2)" in module("table").table_of([broken], cuda=False)


def test_ratios_are_of_the_same_round() -> None:
    timing = module("timing")
    quick = timing.Measured("floor", "fp32", 0, (1.0, 2.0, 4.0))
    slow = timing.Measured("ours", "fp32", 5, (2.0, 4.0, 16.0))
    assert slow.times(quick) == 2.0
    assert slow.median == 4.0


def test_an_unknown_variant_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        module("command").main(["--variants", "ours,theirs"])
    assert "theirs: known here are ours, plain, floor" in capsys.readouterr().err


@pytest.mark.slow
def test_memory_is_measured_in_a_process_of_its_own() -> None:
    script = str(BENCHMARKS / "train_step.py")
    chosen = ["--variants", "floor", "--precision", "fp32", "--memory"]
    done = subprocess.run(
        [sys.executable, script, *TINY, *chosen], capture_output=True, text=True, check=True
    )
    row = next(line for line in done.stdout.splitlines() if line.startswith("floor"))
    assert int(row.split()[-1].replace(",", "")) > 50
