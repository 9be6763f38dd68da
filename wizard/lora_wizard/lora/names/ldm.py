"""LDM's numbering of a U-Net's blocks, read back into diffusers' levels. Pure.

The way there is `lora.ldm_names`. How many blocks a level has is not in a name: published models
have three (two residual blocks and a sampler), small ones may have two.
"""

import re
from collections.abc import Collection

from lora_wizard.lora.ldm_names import MIDDLE, OUTSIDE_BLOCKS, RESIDUAL

ROOTS = ("input_blocks", "middle_block", "output_blocks", "time_embed", "label_emb", "out")
"""The first steps of LDM's paths."""
PUBLISHED_RUN = 3
_RUNS = (PUBLISHED_RUN, 2, 4)
_BLOCK = re.compile(r"(input|output)_blocks_(\d{1,3})_(\d)_(.+)")
_MIDDLE = re.compile(r"middle_block_(\d)_(.+)")
_INNER = {ldm.replace(".", "_"): ours for ours, ldm in RESIDUAL.items()}
_OUTSIDE = {ldm.replace(".", "_"): ours.replace(".", "_") for ours, ldm in OUTSIDE_BLOCKS.items()}
_MIDDLE_KINDS = {place: f"{kind}_{number}" for (kind, number), place in MIDDLE.items()}
_ATTENTION = ("transformer_blocks_", "proj_in", "proj_out")


def from_ldm(flat: str, run: int) -> str | None:
    """A layer's path in diffusers; None where it is no path of LDM's, or impossible in it.

    Args:
        flat: A path with underscores for dots, such as `input_blocks_4_1_proj_in`.
        run: Blocks of a level, sampler included.
    """
    if flat in _OUTSIDE:
        return _OUTSIDE[flat]
    if found := _MIDDLE.fullmatch(flat):
        kind = _MIDDLE_KINDS.get(int(found[1]))
        inner = _inside(found[2], attends=found[1] == "1")
        return None if kind is None or inner is None else f"mid_block_{kind}_{inner}"
    if found := _BLOCK.fullmatch(flat):
        side, number, place, rest = found[1], int(found[2]), int(found[3]), found[4]
        return (_down if side == "input" else _up)(number, place, rest, run)
    return None


def run_of(flats: Collection[str]) -> int:
    """The number of blocks a level that makes sense of all of a file's names.

    Args:
        flats: Paths with underscores for dots; those that are not LDM's do not matter.
    """
    numbered = [flat for flat in flats if flat.startswith(("input_blocks_", "output_blocks_"))]
    fits = (run for run in _RUNS if all(from_ldm(flat, run) for flat in numbered))
    return next(fits, PUBLISHED_RUN)


def _down(number: int, place: int, rest: str, run: int) -> str | None:
    if number == 0:
        return None  # conv_in, the only layer there, is among those outside the blocks
    level, inside = divmod(number - 1, run)
    if inside == run - 1:
        sampler = place == 0 and rest == "op"
        return f"down_blocks_{level}_downsamplers_0_conv" if sampler else None
    return _block(f"down_blocks_{level}", inside, place, rest)


def _up(number: int, place: int, rest: str, run: int) -> str | None:
    level, inside = divmod(number, run)
    if rest == "conv":
        # The sampler comes after the level's last block: third, or second without attention.
        sampler = inside == run - 1 and place in (1, 2)
        return f"up_blocks_{level}_upsamplers_0_conv" if sampler else None
    return _block(f"up_blocks_{level}", inside, place, rest)


def _block(block: str, number: int, place: int, rest: str) -> str | None:
    if place > 1:
        return None
    inner = _inside(rest, attends=place == 1)
    kind = "attentions" if place else "resnets"
    return None if inner is None else f"{block}_{kind}_{number}_{inner}"


def _inside(rest: str, *, attends: bool) -> str | None:
    if attends:
        return rest if rest.startswith(_ATTENTION) else None
    return _INNER.get(rest)
