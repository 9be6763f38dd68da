"""Labelling pictures by eye: one after another, blind, with the keyboard."""

from lora_eval.label.session import LabelSession, open_session
from lora_eval.label.sheet import numbered_sheet, parse_answers

__all__ = ["LabelSession", "numbered_sheet", "open_session", "parse_answers"]
