"""Judges: one failure a file, each a pure rule over the evidence.

Importing this package registers them all, in the order in which reports list them.
"""

from importlib import import_module

from lora_eval.judges.registry import Judge, Rule, Thresholds, registered

__all__ = ["JUDGES", "Judge", "Rule", "Thresholds", "registered"]

JUDGES: tuple[str, ...] = (
    "floating_head",
    "split_view",
    "outfit_leak",
    "mask_face",
    "close_up",
    "cropped",
    "body_missing",
    "closed_eyes",
    "blank_background",
    "noise",
    "hair_drift",
    "unlike",
    "disobeyed",
)
"""Every judge's name, which is its module's, too. Written out because importers sort imports."""

for _name in JUDGES:
    import_module(f"{__name__}.{_name}")
