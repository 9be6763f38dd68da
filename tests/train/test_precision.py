"""The arithmetic that `auto` chooses, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
import torch

from lora_wizard.errors import TrainingError
from lora_wizard.recipe import TrainingSettings
from lora_wizard.train.precision import TYPES, resolve_precision

CPU = torch.device("cpu")


@pytest.mark.parametrize("asked", ["fp32", "bf16"])
def test_what_is_asked_for_is_taken(asked: Literal["fp32", "bf16"]) -> None:
    assert resolve_precision(TrainingSettings(precision=asked), CPU) == asked


def test_fp16_is_refused_on_a_cpu() -> None:
    with pytest.raises(TrainingError, match="fp16 does not train on a CPU") as caught:
        resolve_precision(TrainingSettings(precision="fp16"), CPU)
    assert caught.value.where == "training.precision"
    assert "bf16" in caught.value.fix


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="the flags are read on Linux")
def test_a_cpu_computes_in_bf16_exactly_where_it_has_instructions_for_it() -> None:
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    has = "avx512_bf16" in flags or "amx_bf16" in flags
    assert resolve_precision(TrainingSettings(), CPU) == ("bf16" if has else "fp32")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_computes_in_half_precision() -> None:
    assert resolve_precision(TrainingSettings(), torch.device("cuda")) in ("bf16", "fp16")


def test_every_precision_has_its_type() -> None:
    assert {name: torch.zeros(1, dtype=kind).element_size() for name, kind in TYPES.items()} == {
        "fp32": 4,
        "bf16": 2,
        "fp16": 2,
    }
