"""What a LoRA file of each family holds, written out from the format's description.

Nothing here asks the code under test: places of attention, widths and names are those of the
published models and of the files that sd-scripts writes for them.
"""

from collections.abc import Iterator

Shapes = dict[str, tuple[int, ...]]
"""Tensor name to shape."""

_SD_DOWN = {0: 320, 1: 640, 2: 1280}
_SD_UP = {1: 1280, 2: 640, 3: 320}
_SDXL_PLACES = {
    "input_blocks_4_1": (640, 2),
    "input_blocks_5_1": (640, 2),
    "input_blocks_7_1": (1280, 10),
    "input_blocks_8_1": (1280, 10),
    "middle_block_1": (1280, 10),
    "output_blocks_0_1": (1280, 10),
    "output_blocks_1_1": (1280, 10),
    "output_blocks_2_1": (1280, 10),
    "output_blocks_3_1": (640, 2),
    "output_blocks_4_1": (640, 2),
    "output_blocks_5_1": (640, 2),
}
"""Where SDXL's UNet attends: its width there, and how many transformer blocks."""

_SDXL_RESIDUAL = {
    "input_blocks_1_0": (320, 320),
    "input_blocks_2_0": (320, 320),
    "input_blocks_4_0": (320, 640),
    "input_blocks_5_0": (640, 640),
    "input_blocks_7_0": (640, 1280),
    "input_blocks_8_0": (1280, 1280),
    "middle_block_0": (1280, 1280),
    "middle_block_2": (1280, 1280),
    "output_blocks_0_0": (2560, 1280),
    "output_blocks_1_0": (2560, 1280),
    "output_blocks_2_0": (1920, 1280),
    "output_blocks_3_0": (1920, 640),
    "output_blocks_4_0": (1280, 640),
    "output_blocks_5_0": (960, 640),
    "output_blocks_6_0": (960, 320),
    "output_blocks_7_0": (640, 320),
    "output_blocks_8_0": (640, 320),
}
_SDXL_SAMPLERS = {
    "input_blocks_3_0_op": 320,
    "input_blocks_6_0_op": 640,
    "output_blocks_2_2_conv": 1280,
    "output_blocks_5_2_conv": 640,
}


def sd1(rank: int) -> Shapes:
    """Stable Diffusion 1.5, text encoder and UNet."""
    places = {f"lora_unet_{place}": width for place, width in _sd_places().items()}
    return dict(
        [
            *_text("lora_te", 12, 768, 3072, rank),
            *_transformers(places, 1, 768, rank, linear=False),
        ]
    )


def sd2(rank: int) -> Shapes:
    """Stable Diffusion 2.1: its text encoder has 23 layers in use, and its projections, linear in
    diffusers, are 1x1 convolutions in sd-scripts."""
    places = {f"lora_unet_{place}": width for place, width in _sd_places().items()}
    return dict(
        [
            *_text("lora_te", 23, 1024, 4096, rank),
            *_transformers(places, 1, 1024, rank, linear=False),
        ]
    )


def sdxl(rank: int) -> Shapes:
    """SDXL: both text encoders, and the UNet in LDM names."""
    found = dict(
        [*_text("lora_te1", 12, 768, 3072, rank), *_text("lora_te2", 32, 1280, 5120, rank)]
    )
    for place, (width, depth) in _SDXL_PLACES.items():
        found |= dict(_transformers({f"lora_unet_{place}": width}, depth, 2048, rank, linear=True))
    return found


def sdxl_convolutions(rank: int, conv_rank: int) -> Shapes:
    """What LoCon adds to SDXL's UNet."""
    found: Shapes = {}
    for place, (inputs, outputs) in _SDXL_RESIDUAL.items():
        name = f"lora_unet_{place}"
        found |= _spatial(f"{name}_in_layers_2", inputs, outputs, conv_rank)
        found |= _spatial(f"{name}_out_layers_3", outputs, outputs, conv_rank)
        found |= _pair(f"{name}_emb_layers_1", 1280, outputs, rank)
        if inputs != outputs:
            found |= _pixelwise(f"{name}_skip_connection", inputs, outputs, rank)
    for place, width in _SDXL_SAMPLERS.items():
        found |= _spatial(f"lora_unet_{place}", width, width, conv_rank)
    return found


def _sd_places() -> dict[str, int]:
    down = {
        f"down_blocks_{level}_attentions_{number}": width
        for level, width in _SD_DOWN.items()
        for number in (0, 1)
    }
    up = {
        f"up_blocks_{level}_attentions_{number}": width
        for level, width in _SD_UP.items()
        for number in (0, 1, 2)
    }
    return {**down, "mid_block_attentions_0": 1280, **up}


def _transformers(
    places: dict[str, int], depth: int, context: int, rank: int, *, linear: bool
) -> Iterator[tuple[str, tuple[int, ...]]]:
    around = _pair if linear else _pixelwise
    for place, width in places.items():
        yield from around(f"{place}_proj_in", width, width, rank).items()
        yield from around(f"{place}_proj_out", width, width, rank).items()
        for number in range(depth):
            block = f"{place}_transformer_blocks_{number}"
            for attention, inputs in (("attn1", width), ("attn2", context)):
                yield from _pair(f"{block}_{attention}_to_q", width, width, rank).items()
                yield from _pair(f"{block}_{attention}_to_k", inputs, width, rank).items()
                yield from _pair(f"{block}_{attention}_to_v", inputs, width, rank).items()
                yield from _pair(f"{block}_{attention}_to_out_0", width, width, rank).items()
            yield from _pair(f"{block}_ff_net_0_proj", width, 8 * width, rank).items()
            yield from _pair(f"{block}_ff_net_2", 4 * width, width, rank).items()


def _text(
    prefix: str, layers: int, width: int, inner: int, rank: int
) -> Iterator[tuple[str, tuple[int, ...]]]:
    for number in range(layers):
        layer = f"{prefix}_text_model_encoder_layers_{number}"
        for kind in ("q", "k", "v", "out"):
            yield from _pair(f"{layer}_self_attn_{kind}_proj", width, width, rank).items()
        yield from _pair(f"{layer}_mlp_fc1", width, inner, rank).items()
        yield from _pair(f"{layer}_mlp_fc2", inner, width, rank).items()


def _pair(name: str, inputs: int, outputs: int, rank: int) -> Shapes:
    return {
        f"{name}.lora_down.weight": (rank, inputs),
        f"{name}.lora_up.weight": (outputs, rank),
        f"{name}.alpha": (),
    }


def _pixelwise(name: str, inputs: int, outputs: int, rank: int) -> Shapes:
    return {
        f"{name}.lora_down.weight": (rank, inputs, 1, 1),
        f"{name}.lora_up.weight": (outputs, rank, 1, 1),
        f"{name}.alpha": (),
    }


def _spatial(name: str, inputs: int, outputs: int, rank: int) -> Shapes:
    return _pixelwise(name, inputs, outputs, rank) | {
        f"{name}.lora_down.weight": (rank, inputs, 3, 3)
    }
