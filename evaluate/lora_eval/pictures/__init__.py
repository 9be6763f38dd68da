"""Pictures that are to be judged: who made them, of which prompt, and what it asked for."""

from lora_eval.pictures.files import open_picture, read_manifest, write_manifest
from lora_eval.pictures.manifest import (
    BASE,
    CharacterFacts,
    Contender,
    Manifest,
    Picture,
    PictureKey,
)

__all__ = [
    "BASE",
    "CharacterFacts",
    "Contender",
    "Manifest",
    "Picture",
    "PictureKey",
    "open_picture",
    "read_manifest",
    "write_manifest",
]
