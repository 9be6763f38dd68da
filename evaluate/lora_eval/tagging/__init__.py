"""Taggers: which tags a picture shows, with their confidence; one backend a file."""

from lora_eval.tagging.registry import TAGGERS, Tagger, open_tagger

__all__ = ["TAGGERS", "Tagger", "open_tagger"]
