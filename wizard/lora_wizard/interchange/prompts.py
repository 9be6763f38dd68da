"""Prompts with options at their ends, as sd-scripts has them: `a girl --n blurry --w 512`."""

from __future__ import annotations

import re
from typing import Any

from lora_wizard.interchange.table import Found, Source, lost, taken, translated
from lora_wizard.recipe import SamplingSettings

_OPTIONS = re.compile(r"\s--(?=[a-z]{1,2}\s)")


def inline_prompts(value: Any, source: Source) -> Found:
    """Prompts as lines of a text. Their options are left: they belong to one picture each."""
    if not isinstance(value, str):
        return lost("prompts_file")
    lines = [line.strip() for line in value.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    looks_like_path = len(lines) == 1 and re.search(r"\.(txt|toml|json)$", lines[0])
    if looks_like_path or not lines:
        return lost("prompts_file")
    prompts = tuple(_OPTIONS.split(f" {line}")[0].strip() for line in lines)
    if any(len(_OPTIONS.split(f" {line}")) > 1 for line in lines):
        return translated(prompts, "prompt_options")
    return taken(prompts)


def prompt_lines(sampling: SamplingSettings, width: int, height: int) -> str:
    """The prompts of a recipe as a file for `--sample_prompts`, one a line.

    Args:
        sampling: What is drawn.
        width: Of the pictures, in pixels, where `sampling` has none.
        height: As `width`.
    """
    lines = []
    for place, prompt in enumerate(sampling.prompts):
        options = (
            f"--w {sampling.width or width} --h {sampling.height or height} "
            f"--d {sampling.seed + place} --l {sampling.guidance:g} --s {sampling.steps}"
        )
        negative = f" --n {_line(sampling.negative)}" if sampling.negative.strip() else ""
        lines.append(f"{_line(prompt)}{negative} {options}\n")
    return "".join(lines)


def _line(text: str) -> str:
    return " ".join(text.split())
