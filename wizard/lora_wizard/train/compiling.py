"""Compiled blocks: the parts that a model repeats, each translated once by `torch.compile`.

Block by block rather than the whole model: equal blocks share their code, so that the first step
takes a minute rather than many, and what lies between them stays as it is.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from lora_wizard.models.packed import PackedConvolution

BLOCKS = frozenset({"BasicTransformerBlock", "ResnetBlock2D", "CLIPEncoderLayer"})
"""Classes of diffusers and transformers that SD models are made of."""
SHARED_CODES = 1024
"""Variants of one block's code: for each depth, and each shape of a batch."""


def compile_blocks(models: Sequence[nn.Module], *, backend: str = "inductor") -> list[nn.Module]:
    """Sets the blocks of some models to be compiled when they are first called.

    Every shape gets code of its own: code that fits several would depend on the order in which
    they came, and a resumed run could not repeat an uninterrupted one.

    Args:
        backend: of torch.compile.

    Returns:
        The blocks, for `plain_again`.
    """
    settings: Any = torch._dynamo.config
    settings.recompile_limit = settings.accumulated_recompile_limit = SHARED_CODES
    # The cache in question remembers a pure function's results.
    warnings.filterwarnings("ignore", message="Dynamo detected a call to a `functools.lru_cache`")
    found = [block for model in models for block in model.modules() if _is_block(block)]
    for block in found:
        block.compile(backend=backend, dynamic=False)
    return found


def plain_again(blocks: Sequence[nn.Module]) -> None:
    """Undoes `compile_blocks`."""
    for block in blocks:
        block._compiled_call_impl = None


def _is_block(module: nn.Module) -> bool:
    """Packed convolutions mean nothing to the compiler; on a CPU they gain more than it does."""
    return type(module).__name__ in BLOCKS and not any(
        isinstance(inner, PackedConvolution) for inner in module.modules()
    )
