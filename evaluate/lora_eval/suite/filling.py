"""A suite's prompts as they are drawn: triggers filled in, LoRA calls taken out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lora_eval.suite.model import OUTFIT_TRIGGER, TRIGGER, Asked, Suite
from lora_wizard.models.prompt import escape, extract_loras

_BRACKETS = frozenset("()[]")


@dataclass(frozen=True, slots=True)
class Filled:
    """A prompt with its triggers filled in."""

    id: str
    text: str
    """In A1111's syntax, without `<lora:...>`."""
    names_character: bool
    asks: Asked


def filled_prompts(suite: Suite, trigger: str, outfit_triggers: Sequence[str]) -> Iterator[Filled]:
    """The suite's prompts in order; one that names an outfit comes once for each outfit trigger.

    LoRA calls are taken out: contenders and strengths are the run's business, and a further LoRA
    would be part of only some of the pictures that are compared.

    Raises:
        LoraWizardError: a `<lora:...>` that cannot be read.
    """
    for prompt in suite.prompts:
        words, _ = extract_loras(prompt.text)
        text = _tidy(words.replace(TRIGGER, _as_words(trigger)))
        if OUTFIT_TRIGGER not in text:
            yield Filled(prompt.id, text, prompt.names_character, prompt.asks)
            continue
        for number, outfit in enumerate(outfit_triggers, start=1):
            filled = text.replace(OUTFIT_TRIGGER, _as_words(outfit))
            yield Filled(f"{prompt.id}-{number}", filled, True, prompt.asks)


def left_out(suite: Suite, outfit_triggers: Sequence[str]) -> list[str]:
    """Sentences about what of the suite is not drawn."""
    notes = []
    outfits = [prompt.id for prompt in suite.prompts if OUTFIT_TRIGGER in prompt.text]
    if outfits and not outfit_triggers:
        names = ", ".join(outfits)
        notes.append(f"Left out, as no outfit trigger is known (--outfit-trigger): {names}")
    calling = [prompt.id for prompt in suite.prompts if extract_loras(prompt.text)[1]]
    if calling:
        notes.append(f"<lora:...> was taken out of: {', '.join(calling)}")
    return notes


def _as_words(trigger: str) -> str:
    """A trigger such as `miku (append)` with its brackets kept from being read as emphasis."""
    return escape(trigger) if _BRACKETS & set(trigger) and "\\" not in trigger else trigger


def _tidy(text: str) -> str:
    """Without the blanks and commas that a LoRA call leaves at the ends."""
    return text.strip().strip(",").strip()
