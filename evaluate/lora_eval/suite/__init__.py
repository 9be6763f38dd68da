"""Prompt suites: which pictures are made, and what each of them was asked to show."""

from lora_eval.suite.model import Asked, Suite, SuitePrompt

__all__ = ["Asked", "Suite", "SuitePrompt"]
