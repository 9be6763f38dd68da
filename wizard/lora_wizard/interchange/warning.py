"""What has to be known of an imported file as a whole, beyond its single settings. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lora_wizard.interchange.rows import Outcome, Row
from lora_wizard.interchange.table import Note, Table
from lora_wizard.language import Language

_ESSENTIAL: Mapping[str, tuple[str, ...]] = {
    "network.rank": ("network.rank",),
    "training.learning_rate": (
        "training.learning_rate",
        "training.unet_lr",
        "training.text_encoder_lr",
    ),
    "training.epochs": ("training.epochs", "training.steps"),
}
"""Settings that make a training, each with those that stand for it."""
_FEW_KNOWN = 0.5
_NETWORK_KEYS = ("network_module", "algo", "LoRA_type", "lyco", "fa")
"""Settings that say what kind of network is trained."""


def warnings(
    values: Mapping[str, Any], table: Table, rows: Sequence[Row], language: Language
) -> tuple[str, ...]:
    """Sentences on a file that is only a part of one, or mostly not understood.

    Args:
        values: The settings of the file, flat.
        table: Of its format.
        rows: What became of them.
        language: Of the sentences.
    """
    found = []
    named = {one.recipe_key for one in table.entries if any(key in values for key in one.keys)}
    known = {one.recipe_key for one in table.entries}
    missing = [key for key, ways in _ESSENTIAL.items() if not named & set(ways)]
    if len(missing) == len(_ESSENTIAL) and not known & set(_ESSENTIAL):
        found.append(Note("only_pictures"))
    elif missing:
        found.append(Note("partial", {"keys": ", ".join(missing)}))
    kinds = [row for row in rows if row.source_key.rpartition(".")[2] in _NETWORK_KEYS]
    if other := next((row for row in kinds if row.outcome is Outcome.NO_COUNTERPART), None):
        found.append(Note("other_network", {"value": other.source_value}))
    unknown = [row for row in rows if row.note == Note("unknown").text(language)]
    if values and len(unknown) > _FEW_KNOWN * len(values):
        found.append(Note("mostly_unknown", {"unknown": len(unknown), "all": len(values)}))
    return tuple(note.text(language) for note in found)
