"""Checks of this machine: what training and its screens need, in words and with what to do.

A check is one function in `CHECKS`; its words are in the catalogue `doctor`. No check imports
torch or changes anything; what it tries out on the disk is removed again.
"""

from lora_wizard.doctor.findings import Check, Finding, Level, Situation, fix_words, title, words
from lora_wizard.doctor.registry import CHECKS, examine

__all__ = [
    "CHECKS",
    "Check",
    "Finding",
    "Level",
    "Situation",
    "examine",
    "fix_words",
    "title",
    "words",
]
