"""CLIP for judging: which of several phrases fits a picture, and how alike two heads look."""

from lora_eval.clip.contrasts import clip_facts
from lora_eval.clip.likeness import TrainingLooks, measure_likeness, training_looks
from lora_eval.clip.model import ClipModel, open_clip_model

__all__ = [
    "ClipModel",
    "TrainingLooks",
    "clip_facts",
    "measure_likeness",
    "open_clip_model",
    "training_looks",
]
