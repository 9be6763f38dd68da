"""Which pictures a run makes: pure, so that the same wishes always give the same manifest."""

from __future__ import annotations

from collections.abc import Sequence

from lora_eval.pictures import BASE, CharacterFacts, Contender, Picture
from lora_eval.suite import Suite
from lora_eval.suite.filling import Filled, filled_prompts

BASE_CONTENDER = Contender(id=BASE, label="no LoRA (base)")


def plan_pictures(
    suite: Suite, contenders: Sequence[Contender], character: CharacterFacts
) -> tuple[Picture, ...]:
    """Every picture, by contender in the order given, then by strength, prompt and seed.

    The base has no strength: its pictures are made once for each prompt and seed. No two pictures
    have the same file.

    Raises:
        LoraWizardError: a `<lora:...>` in a prompt cannot be read.
    """
    prompts = list(filled_prompts(suite, character.trigger, character.outfit_triggers))
    return tuple(
        _picture(contender, strength, prompt, seed)
        for contender in contenders
        for strength in ((0.0,) if contender.id == BASE else suite.strengths)
        for prompt in prompts
        for seed in suite.seeds
    )


def _picture(contender: Contender, strength: float, prompt: Filled, seed: int) -> Picture:
    # A strength is written in full: two that differ late must not share a file.
    name = f"{prompt.id}-s{_shortest(strength)}-seed{seed}.png"
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


def _shortest(number: float) -> str:
    """`1`, `0.7`: the shortest text that reads back as the same number."""
    return str(int(number)) if number == int(number) else repr(number)
