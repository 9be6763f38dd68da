"""The end of a tensor's name: which part of a layer's change it is. Pure.

Sources: sd-scripts, LyCORIS, peft and diffusers, each by what it writes.
"""

import re
from typing import Literal

Kind = Literal["down", "up", "alpha"]
Shape = tuple[int, ...]

_WEIGHT = r"(?:\.[^.]+)?\.weight"
"""`.weight`, after the name of an adapter where peft wrote one."""
_ENDINGS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("down", re.compile(rf"(?:\.lora_A|\.lora_down){_WEIGHT}\Z")),
    ("up", re.compile(rf"(?:\.lora_B|\.lora_up){_WEIGHT}\Z")),
    ("down", re.compile(r"(?:\.lora|\.lora_linear_layer|_lora)\.down\.weight\Z")),
    ("up", re.compile(r"(?:\.lora|\.lora_linear_layer|_lora)\.up\.weight\Z")),
    ("alpha", re.compile(r"\.alpha\Z")),
)
_EMBEDDING = re.compile(r"bundle_emb\.(.+?)\.(?:string_to_param\b.*|emb_params|clip_[lg])\Z", re.S)
BUNDLE = "bundle_emb."

METHODS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("DoRA", re.compile(r"\.dora_scale\Z|\.lora_magnitude_vector\b")),
    ("LoHa", re.compile(r"\.hada_[wt]\d")),
    ("LoKr", re.compile(r"\.lokr_[wt]\d")),
    ("BOFT", re.compile(r"\.boft_")),
    ("OFT", re.compile(r"\.oft_")),
    ("(IA)³", re.compile(r"\.on_input\Z|\.ia3_l\b")),
    ("GLoRA", re.compile(r"\.[ab][12]\.weight\Z")),
    ("VeRA", re.compile(r"\.vera_lambda")),
    ("LoCon (Tucker)", re.compile(r"\.lora_mid\.")),
    ("norms", re.compile(r"\.[wb]_norm\Z")),
    ("full difference", re.compile(r"\.diff(?:_b)?\Z")),
    ("biases", re.compile(rf"\.lora_B{_WEIGHT.replace('weight', 'bias')}\Z")),
)
"""Methods and what the names of their tensors end in, the telling ones first."""
_BUTTERFLY_DIMENSIONS = 4
"""Of a BOFT's `oft_blocks`: an OFT's have one less, under the same name."""


def taken_apart(key: str) -> tuple[str, Kind] | None:
    """Layer and kind of a tensor of a LoRA; None for whatever else a file may hold."""
    for kind, ending in _ENDINGS:
        if found := ending.search(key):
            return key[: found.start()], kind
    return None


def method_of_key(key: str, shape: Shape) -> str:
    """The method other than LoRA that a tensor belongs to; empty where it is none's."""
    for method, ending in METHODS:
        if ending.search(key):
            butterfly = key.endswith(".oft_blocks") and len(shape) == _BUTTERFLY_DIMENSIONS
            return "BOFT" if butterfly else method
    return ""


def layer_of(key: str) -> str:
    """The layer that a tensor of any method belongs to; the whole name where that is not known."""
    if apart := taken_apart(key):
        return apart[0]
    for _, ending in METHODS:
        if found := ending.search(key):
            return key[: found.start()]
    if key.startswith(("lora_", "lycoris_")):
        return key.split(".", 1)[0]
    return key


def embedding_of(key: str) -> str | None:
    """The name of the embedding that a tensor of a bundle belongs to."""
    if not key.startswith(BUNDLE):
        return None
    found = _EMBEDDING.match(key)
    return found[1] if found else key.removeprefix(BUNDLE).split(".", 1)[0]
