"""The names of a whole file: its layers under their canonical names, and what else it holds."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lora_wizard.lora.names.keys import (
    METHODS,
    Kind,
    embedding_of,
    layer_of,
    method_of_key,
    taken_apart,
)
from lora_wizard.lora.names.ldm import run_of
from lora_wizard.lora.names.paths import Naming, Place, canonical, place_of

Shapes = Mapping[str, tuple[int, ...]]
"""Shapes of a file's tensors by their names."""
_SECOND_WIDTH = 1280
"""Of SDXL's second text encoder, and of no other."""
_OF_FULL_WIDTH = ("q_proj", "k_proj", "v_proj", "fc1")
"""Text layers whose inputs are as wide as the encoder."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a file's names tell."""

    layers: Mapping[str, Mapping[Kind, str]]
    """Canonical name of each LoRA layer, and the names of its tensors by their kind."""
    written: Mapping[str, str]
    """Canonical name of each layer of any method, and what the file calls it."""
    method: str
    """Another method than LoRA that some of its tensors belong to; empty where none does."""
    embeddings: tuple[str, ...]
    """Names of the embeddings that are bundled with it."""
    strange: tuple[str, ...]
    """Tensors that belong to no layer of Stable Diffusion."""
    unpaired: tuple[str, ...]
    """Layers, as the file calls them, without A or without B."""
    twice: tuple[tuple[str, str], ...]
    """Pairs of names in the file that mean one layer."""
    namings: tuple[Naming, ...]
    """Whose names the layers have, the commonest first."""
    is_wrapped: bool
    """Whether names begin with `module.`, as data-parallel training leaves them."""

    @property
    def naming(self) -> str:
        """Whose names a file has; `other` where that is not known."""
        return " and ".join(self.namings) or "other"


def read_names(shapes: Shapes) -> Names:
    """Reads the names of all tensors of a file."""
    places: dict[str, Place | None] = {}
    kinds: dict[str, dict[Kind, str]] = {}
    methods: dict[str, str] = {}
    strange: list[str] = []
    embeddings: dict[str, None] = {}
    for key, shape in shapes.items():
        if (embedding := embedding_of(key)) is not None:
            embeddings[embedding] = None
            continue
        apart = taken_apart(key)
        method = "" if apart else method_of_key(key, shape)
        layer = apart[0] if apart else layer_of(key)
        if layer not in places:
            places[layer] = place_of(layer)
        if method:
            methods.setdefault(layer, method)
        elif apart is None or places[layer] is None:
            strange.append(key)
            continue
        found = kinds.setdefault(layer, {})
        if apart:
            found[apart[1]] = key
    return _listed(shapes, places, kinds, methods, strange, tuple(embeddings))


def _listed(
    shapes: Shapes,
    places: Mapping[str, Place | None],
    kinds: Mapping[str, Mapping[Kind, str]],
    methods: Mapping[str, str],
    strange: Iterable[str],
    embeddings: tuple[str, ...],
) -> Names:
    known = {layer: place for layer, place in places.items() if place and layer in kinds}
    run = run_of([place.flat for place in known.values() if place.part == "unet"])
    second = _bare_is_second(shapes, known, kinds)
    layers: dict[str, Mapping[Kind, str]] = {}
    written: dict[str, str] = {}
    twice: list[tuple[str, str]] = []
    for layer, place in known.items():
        name = canonical(place, run, bare_is_second=second)
        if name in written:
            twice.append((written[name], layer))
            continue
        written[name] = layer
        if layer not in methods or {"down", "up"} <= kinds[layer].keys():
            layers[name] = kinds[layer]
    counts = Counter(place.naming for place in known.values())
    return Names(
        layers=layers,
        written=written,
        method=_telling(methods.values()),
        embeddings=embeddings,
        strange=tuple(strange),
        unpaired=tuple(
            written[name] for name, each in layers.items() if not {"down", "up"} <= each.keys()
        ),
        twice=tuple(twice),
        namings=tuple(naming for naming, _ in counts.most_common()),
        is_wrapped=any(place.is_wrapped for place in known.values()),
    )


def _bare_is_second(
    shapes: Shapes, known: Mapping[str, Place], kinds: Mapping[str, Mapping[Kind, str]]
) -> bool:
    """Whether text layers that do not say their encoder have the second one's width."""
    keys = (
        kinds[layer].get("down")
        for layer, place in known.items()
        if place.is_bare and place.flat.endswith(_OF_FULL_WIDTH)
    )
    widths = {shapes[key][1] for key in keys if key and len(shapes[key]) > 1}
    return widths == {_SECOND_WIDTH}


def _telling(methods: Iterable[str]) -> str:
    """The method that says most: a DoRA holds a LoRA's tensors, and norms go with anything."""
    found = set(methods)
    return next((method for method, _ in METHODS if method in found), "")
