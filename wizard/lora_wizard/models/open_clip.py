"""OpenCLIP's text encoders, as single files of SD2 and SDXL hold them, in transformers' form.

OpenCLIP packs query, key and value of an attention into one matrix and keeps its text projection
transposed (Ilharco et al., 2021, `open_clip/transformer.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from torch import Tensor

from lora_wizard.models.configuration import layer_numbers

_LAYERS = "transformer.resblocks."
_FULL_DEPTH = 24
"""Layers of the encoder that SD2 was trained with."""
_OUTER = {
    "token_embedding.weight": "embeddings.token_embedding.weight",
    "positional_embedding": "embeddings.position_embedding.weight",
    "ln_final.weight": "final_layer_norm.weight",
    "ln_final.bias": "final_layer_norm.bias",
}
_INNER = {
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "attn.out_proj": "self_attn.out_proj",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
}
_PROJECTIONS = ("q_proj", "k_proj", "v_proj")


def in_clip_names(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The encoder's tensors under transformers' names, beginning at `embeddings.`.

    Args:
        tensors: in OpenCLIP's names, beginning at `token_embedding.`. What a text encoder has no
            use for (`logit_scale`, the attention mask) is left out, and so is the projection.
    """
    renamed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if name in _OUTER:
            renamed[_OUTER[name]] = tensor
        elif name.startswith(_LAYERS):
            number, _, part = name.removeprefix(_LAYERS).partition(".")
            renamed |= _layer_tensors(f"encoder.layers.{number}.", part, tensor)
    return renamed


def projection(tensors: Mapping[str, Tensor]) -> Tensor:
    """The text projection's weight `(projected width, width)`, as a linear layer holds it.

    Raises:
        KeyError: there is none.
    """
    return tensors["text_projection"].T.contiguous()


def read_by_sd2(names: Collection[str]) -> Callable[[str], bool]:
    """Which of the encoder's tensors SD2 reads: all but the last layer's, by their own names.

    SD2 was trained on the states of the last layer but one (its model card, and `layer:
    "penultimate"` in its configuration), so diffusers' form has the encoder without the last
    layer. A file converted back from that form lacks the layer, and the projection with it.
    """
    numbers = layer_numbers(names)
    is_whole = "text_projection" in names or len(numbers) >= _FULL_DEPTH
    last = f"{_LAYERS}{numbers[-1]}." if is_whole and len(numbers) > 1 else None
    return lambda name: name != "text_projection" and not (last and name.startswith(last))


def _layer_tensors(layer: str, part: str, tensor: Tensor) -> dict[str, Tensor]:
    if part.startswith("attn.in_proj_"):
        kind = part.removeprefix("attn.in_proj_")
        # Views of the packed matrix: memory holds it once.
        pieces = tensor.chunk(len(_PROJECTIONS))
        return {
            f"{layer}self_attn.{name}.{kind}": piece
            for name, piece in zip(_PROJECTIONS, pieces, strict=True)
        }
    module, _, kind = part.rpartition(".")
    return {f"{layer}{_INNER[module]}.{kind}": tensor}
