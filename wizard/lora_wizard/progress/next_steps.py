"""What to do with a finished LoRA: draw with it, compare it, copy it to where others find it."""

from __future__ import annotations

import shlex

from lora_wizard.errors import LoraWizardError
from lora_wizard.language import Language, text
from lora_wizard.recipe import read_recipe
from lora_wizard.runs import RunFolder, short_path

__all__ = ["next_lines"]

_PROMPT = "1girl"
"""Where a run has no trigger."""


def next_lines(folder: RunFolder, final: str, language: Language = "en") -> tuple[str, ...]:
    """Commands that draw with a run's LoRA and compare it, and the folders of other programs.

    Args:
        folder: The run.
        final: Its LoRA, relative to the folder.
        language: Of the words; commands are the same in each.
    """
    try:
        recipe = read_recipe(folder.recipe_path)
    except LoraWizardError:
        return (text("monitor.end.copy", language),)
    lora = str(short_path(folder.path / final))
    base = recipe.model.base
    based = ["--base", base] if base != "paperdoll" else []
    prompt = recipe.data.trigger or _PROMPT
    draw = ["lora-wizard", "sample", *based, "--lora", lora, "--prompt", prompt, "--out", "drawn"]
    compare = ["lora-eval", "run", *based, "--lora", lora, "--out", "compared"]
    return (
        text("monitor.end.draw", language, command=shlex.join(draw)),
        text("monitor.end.compare", language, command=shlex.join(compare)),
        text("monitor.end.copy", language),
    )
