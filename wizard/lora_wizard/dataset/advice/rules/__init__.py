"""The rules, one function each, by theme. Importing this package registers them all."""

from lora_wizard.dataset.advice.rules import (
    captions,
    cropping,
    heads,
    layout,
    outfits,
    pictures,
    rates,
    regularisation,
    tags,
    writing,
)

__all__ = [
    "captions",
    "cropping",
    "heads",
    "layout",
    "outfits",
    "pictures",
    "rates",
    "regularisation",
    "tags",
    "writing",
]
