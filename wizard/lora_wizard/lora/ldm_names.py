"""The original (LDM) paths of a U-Net's layers, by which files for SDXL name them.

Only names: it knows nothing of the layers themselves. Source: the block layout of Stability's
`generative-models`, in which a run of blocks is numbered through from the input to the output.
"""

from collections.abc import Set

RESIDUAL = {
    "conv1": "in_layers.2",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}
OUTSIDE_BLOCKS = {
    "conv_in": "input_blocks.0.0",
    "conv_out": "out.2",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
}
MIDDLE = {("resnets", 0): 0, ("attentions", 0): 1, ("resnets", 1): 2}


def ldm_path(path: str, layers_per_block: int, with_attention: Set[str]) -> str:
    """The LDM path of a layer, or its own path where LDM has no such layer.

    Args:
        path: In diffusers, such as `down_blocks.1.attentions.0.proj_in`.
        layers_per_block: Of the U-Net's configuration; 2 in SDXL.
        with_attention: Paths of the blocks that hold attention, such as `up_blocks.0`: there
            the upsampler comes third, not second.
    """
    if path in OUTSIDE_BLOCKS:
        return OUTSIDE_BLOCKS[path]
    steps = path.split(".")
    if steps[0] == "mid_block" and len(steps) > 2:
        kind, number, rest = steps[1], int(steps[2]), ".".join(steps[3:])
        place = MIDDLE.get((kind, number))
        return path if place is None else f"middle_block.{place}.{_inner(kind, rest)}"
    if steps[0] not in ("down_blocks", "up_blocks") or len(steps) < 4:
        return path
    block, kind, number, rest = int(steps[1]), steps[2], int(steps[3]), ".".join(steps[4:])
    run = layers_per_block + 1
    if kind == "downsamplers":
        return f"input_blocks.{run * (block + 1)}.0.{rest.replace('conv', 'op')}"
    if kind == "upsamplers":
        place = 2 if f"up_blocks.{block}" in with_attention else 1
        return f"output_blocks.{run * block + run - 1}.{place}.{rest}"
    place = 1 if kind == "attentions" else 0
    if steps[0] == "down_blocks":
        return f"input_blocks.{run * block + number + 1}.{place}.{_inner(kind, rest)}"
    return f"output_blocks.{run * block + number}.{place}.{_inner(kind, rest)}"


def _inner(kind: str, rest: str) -> str:
    return RESIDUAL.get(rest, rest) if kind == "resnets" else rest
