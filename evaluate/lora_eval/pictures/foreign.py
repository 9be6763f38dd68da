"""A manifest for pictures that another program made, from the texts inside them.

A1111, Forge, SwarmUI, Fooocus, InvokeAI and ComfyUI write prompt, seed and LoRAs into their files.
Pictures without such texts are told apart by their folders alone, and never paired, for nothing
says that two of them come from the same prompt and seed. A picture of which it is not known
whether a LoRA took part is never counted as the base model's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from lora_eval.errors import LoraWizardError, PicturesError
from lora_eval.pictures.asking import asked_of
from lora_eval.pictures.foreign_files import ForeignPicture, foreign_folder, tidy_prompt
from lora_eval.pictures.foreign_names import NO_LORA, UNKNOWN, UNTOLD, names_of
from lora_eval.pictures.foreign_notes import notes_on
from lora_eval.pictures.manifest import BASE, CharacterFacts, Contender, Manifest, Picture
from lora_eval.pictures.metadata import whole
from lora_eval.suite.filling import Filled, filled_prompts
from lora_eval.suite.model import Asked, Suite
from lora_wizard.models.lora_calls import finite

_LABELS = {NO_LORA: "no LoRA (base)", UNKNOWN: "unknown (LoRAs not readable)"}
_MOST_STEPS = 100_000


def manifest_of(
    folder: Path, *, character: CharacterFacts | None = None, suite: Suite | None = None
) -> Manifest:
    """What can be known of a folder of pictures and the folders in it.

    The LoRA and its strength are those that the picture's text names, else the sub-folder's name;
    `base` is the folder of the base model. Where the text says that a LoRA may have taken part,
    and not which, the contender is `unknown`. What was asked for is the suite's where the prompt
    is one of its, else what the prompt's tags name.

    Raises:
        PicturesError: there is no folder, or no picture in it that can be judged.
    """
    character = character or CharacterFacts()
    there = foreign_folder(folder)
    found = there.pictures
    if not found:
        fix = "Give a folder with PNG, JPEG, WebP or AVIF pictures"
        why = f". {' '.join(there.notes[:3])}" if there.notes else ""
        raise PicturesError(f"There are no pictures here{why}", where=str(folder), fix=fix)
    names = names_of(found)
    contenders = _contenders(found, names)
    prompts = _prompts(found, suite, character)
    pictures: dict[object, Picture] = {}
    for number, (each, name) in enumerate(zip(found, names, strict=True), start=1):
        picture = _picture(each, -number, contenders[name], prompts[each.metadata.prompt])
        pictures.setdefault((picture.contender, picture.key), picture)
    first = next((each.metadata for each in found if each.metadata.has_text), found[0].metadata)
    settings, size = first.settings, first.size or (0, 0)
    return Manifest(
        suite=suite.name if suite else "foreign",
        suite_sha256=hashlib.sha256("\n".join(sorted(prompts)).encode()).hexdigest(),
        base=settings.get("Model", ""),
        base_sha256=settings.get("Model hash", ""),
        negative=first.negative,
        sampler=settings.get("Sampler", ""),
        steps=_count(settings.get("Steps", "")),
        guidance=finite(settings.get("CFG scale", "")) or 0.0,
        width=size[0],
        height=size[1],
        clip_skip=_count(settings.get("Clip skip", "")) or 1,
        character=character,
        contenders=tuple(sorted(contenders.values(), key=lambda each: (each.id != BASE, each.id))),
        pictures=tuple(pictures.values()),
        notes=(*there.notes, *notes_on(found, names, len(found) - len(pictures))),
    )


def _contenders(found: Sequence[ForeignPicture], names: Sequence[str]) -> dict[str, Contender]:
    """By the names that `names_of` gives."""
    contenders: dict[str, Contender] = {}
    taken = {BASE}
    for each, name in zip(found, names, strict=True):
        if name in contenders:
            continue
        if name == NO_LORA:
            contenders[name] = Contender(id=BASE, label=_LABELS[NO_LORA])
            continue
        known = each.metadata.hashes
        hashes = [known.get(call.name, "") for call in each.metadata.loras]
        hashes = hashes if name not in (UNKNOWN, UNTOLD) else []
        identifier = _identifier(name, taken)
        taken.add(identifier.casefold())
        contenders[name] = Contender(
            id=identifier,
            label=_LABELS.get(name, name),
            path="" if name == UNKNOWN else name,
            sha256=",".join(filter(None, hashes)),
        )
    return contenders


def _picture(
    found: ForeignPicture, own_number: int, contender: Contender, prompt: Filled
) -> Picture:
    """`own_number` stands for a seed that is not known: no other picture has it."""
    seed = found.metadata.seed
    loras = found.metadata.loras
    named = [call.strength for call in loras if loras and call.name == loras[0].name]
    strength = sum(named) if named else 1.0  # calls of one LoRA add up
    return Picture(
        file=found.file,
        contender=contender.id,
        prompt_id=prompt.id,
        prompt=found.metadata.prompt,
        names_character=prompt.names_character or not found.metadata.has_text,
        seed=own_number if seed is None or seed < 0 else seed,
        strength=0.0 if contender.id == BASE else strength,
        asks=prompt.asks,
    )


def _prompts(
    found: Sequence[ForeignPicture], suite: Suite | None, character: CharacterFacts
) -> dict[str, Filled]:
    """For each prompt its id, what it asks for and whether it names the character."""
    filled = filled_prompts(suite, character.trigger, character.outfit_triggers) if suite else ()
    known = {tidy_prompt(each.text): each for each in filled}
    taken = {each.id for each in known.values()}
    prompts: dict[str, Filled] = {}
    number = 0
    for text in dict.fromkeys(each.metadata.prompt for each in found):
        if text in known:
            prompts[text] = known[text]
            continue
        number += 1
        while f"prompt-{number}" in taken:
            number += 1
        names = _names_character(text, character)
        prompts[text] = Filled(f"prompt-{number}", text, names, _asked(text))
    return prompts


def _names_character(prompt: str, character: CharacterFacts) -> bool:
    words = [character.trigger, *character.outfit_triggers]
    return not character.trigger or any(word.lower() in prompt.lower() for word in words if word)


def _asked(prompt: str) -> Asked:
    try:
        return asked_of(prompt)
    except LoraWizardError:
        return Asked()


def _identifier(name: str, taken: set[str]) -> str:
    plain = re.sub(r"[^\w.-]+", "-", name).strip(".-")[:60] or "pictures"
    candidate, number = plain, 2
    while candidate.casefold() in taken:
        candidate, number = f"{plain}-{number}", number + 1
    return candidate


def _count(text: str) -> int:
    """A count of steps or the like; 0 where there is none that can be meant."""
    number = whole(text) or 0
    return number if 0 <= number <= _MOST_STEPS else 0
