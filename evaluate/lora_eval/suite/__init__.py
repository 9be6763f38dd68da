"""Prompt suites: which pictures are made, and what each of them was asked to show."""

from lora_eval.suite.model import Asked, Suite, SuitePrompt
from lora_eval.suite.reading import (
    find_suite,
    parse_suite,
    read_suite,
    shipped_suites,
    suite_sha256,
)

__all__ = [
    "Asked",
    "Suite",
    "SuitePrompt",
    "find_suite",
    "parse_suite",
    "read_suite",
    "shipped_suites",
    "suite_sha256",
]
