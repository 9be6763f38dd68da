"""The judges judged: how often they are right, by labelled pictures."""

from lora_eval.calibrate.known import KnownReliability, known
from lora_eval.calibrate.labels import Label, read_labels, write_labels

__all__ = ["KnownReliability", "Label", "known", "read_labels", "write_labels"]
