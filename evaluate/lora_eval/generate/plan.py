"""Which pictures a run makes: pure, so that the same wishes always give the same manifest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lora_eval.pictures import BASE, CharacterFacts, Contender, Picture
from lora_eval.suite import Asked, Suite
from lora_eval.suite.model import OUTFIT_TRIGGER, TRIGGER

BASE_CONTENDER = Contender(id=BASE, label="no LoRA (base)")


@dataclass(frozen=True, slots=True)
class Filled:
    """A prompt with its triggers filled in."""

    id: str
    text: str
    names_character: bool
    asks: Asked


def plan_pictures(
    suite: Suite, contenders: Sequence[Contender], character: CharacterFacts
) -> tuple[Picture, ...]:
    """Every picture, the base's first; then by contender, strength, prompt and seed.

    The base has no strength: its pictures are made once for each prompt and seed.
    """
    prompts = list(_prompts(suite, character))
    pictures = []
    for contender in contenders:
        strengths = (0.0,) if contender.id == BASE else suite.strengths
        for strength in strengths:
            for prompt in prompts:
                for seed in suite.seeds:
                    pictures.append(_picture(contender, strength, prompt, seed))
    return tuple(pictures)


def left_out(suite: Suite, character: CharacterFacts) -> list[str]:
    """Sentences about prompts of the suite that are not drawn."""
    if character.outfit_triggers:
        return []
    skipped = [prompt.id for prompt in suite.prompts if OUTFIT_TRIGGER in prompt.text]
    if not skipped:
        return []
    names = ", ".join(skipped)
    return [f"Left out, as no outfit trigger is known (--outfit-trigger): {names}"]


def _prompts(suite: Suite, character: CharacterFacts) -> Iterator[Filled]:
    """The suite's prompts with the triggers filled in."""
    for prompt in suite.prompts:
        text, named = prompt.text.replace(TRIGGER, character.trigger), prompt.names_character
        if OUTFIT_TRIGGER not in text:
            yield Filled(prompt.id, text, named, prompt.asks)
            continue
        for number, outfit in enumerate(character.outfit_triggers, start=1):
            filled = text.replace(OUTFIT_TRIGGER, outfit)
            yield Filled(f"{prompt.id}-{number}", filled, named, prompt.asks)


def _picture(contender: Contender, strength: float, prompt: Filled, seed: int) -> Picture:
    name = f"{prompt.id}-s{strength:g}-seed{seed}.png"
    return Picture(
        file=f"pictures/{contender.id}/{name}",
        contender=contender.id,
        prompt_id=prompt.id,
        prompt=prompt.text,
        names_character=prompt.names_character,
        seed=seed,
        strength=strength,
        asks=prompt.asks,
    )
