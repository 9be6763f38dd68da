"""What the captions say of the material: the one thing that a suggestion depends on. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from lora_wizard.dataset import Dataset

HEAD_TAGS = frozenset({"close-up", "portrait", "head", "face", "head only"})
"""Tags of a picture that shows a head and little else."""
MOSTLY = 0.7
"""Share of the pictures from which material counts as heads only."""


def is_head_only(dataset: Dataset | None) -> bool:
    """Whether most training pictures, repeats counted, are tagged as heads."""
    if dataset is None:
        return False
    training = [one for one in dataset.pictures if not one.is_regularisation]
    heads = sum(one.repeats for one in training if _tags(one.caption) & HEAD_TAGS)
    return bool(training) and heads >= MOSTLY * sum(one.repeats for one in training)


def _tags(caption: str) -> frozenset[str]:
    words: Iterable[str] = caption.replace("_", " ").lower().split(",")
    return frozenset(word.strip() for word in words)
