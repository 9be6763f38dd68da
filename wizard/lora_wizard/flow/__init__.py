"""The wizard without a screen: from answers to a recipe, step by step, back and forth.

Everything is a frozen value and a pure function, apart from four edges: what it begins with, a
draft on the disk, the head of a base model's file, and the logs of earlier runs. It draws
nothing and starts nothing.
"""

from lora_wizard.flow.beginning import (
    begin_with_defaults,
    begin_with_file,
    begin_with_preset,
    standard_recipe,
)
from lora_wizard.flow.command import (
    Difference,
    changed,
    changed_questions,
    command_line,
    command_words,
    differences,
    is_from_file,
)
from lora_wizard.flow.draft import draft_path, read_draft, remove_draft, save_draft
from lora_wizard.flow.earlier import Speed, earlier_speeds
from lora_wizard.flow.estimate import Counts, Estimate, count, estimate
from lora_wizard.flow.given import answers_from_options, answers_from_settings, filled_in, to_share
from lora_wizard.flow.looking import look_at_base
from lora_wizard.flow.probe import Probe, probe
from lora_wizard.flow.state import REVIEW, Begin, Flow, ScanKey

__all__ = [
    "REVIEW",
    "Begin",
    "Counts",
    "Difference",
    "Estimate",
    "Flow",
    "Probe",
    "ScanKey",
    "Speed",
    "answers_from_options",
    "answers_from_settings",
    "begin_with_defaults",
    "begin_with_file",
    "begin_with_preset",
    "changed",
    "changed_questions",
    "command_line",
    "command_words",
    "count",
    "differences",
    "draft_path",
    "earlier_speeds",
    "estimate",
    "filled_in",
    "is_from_file",
    "look_at_base",
    "probe",
    "read_draft",
    "remove_draft",
    "save_draft",
    "standard_recipe",
    "to_share",
]
