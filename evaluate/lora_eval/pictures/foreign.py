"""A manifest for pictures that another program made, from the text inside them.

A1111 and Forge write prompt, seed and LoRAs into their files; ComfyUI writes its graph instead,
which is not read: such pictures are told apart by their folders alone, and never paired, for
nothing says that two of them come from the same prompt and seed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from lora_eval.errors import LoraWizardError, PicturesError
from lora_eval.pictures.asking import asked_of
from lora_eval.pictures.foreign_files import ForeignPicture, foreign_pictures
from lora_eval.pictures.manifest import BASE, CharacterFacts, Contender, Manifest, Picture
from lora_eval.suite.filling import Filled, filled_prompts
from lora_eval.suite.model import Asked, Suite

NO_LORA = ""
UNKNOWN = "pictures"
"""The contender of pictures that neither name a LoRA nor lie in a folder of their own."""


def manifest_of(
    folder: Path, *, character: CharacterFacts | None = None, suite: Suite | None = None
) -> Manifest:
    """What can be known of a folder of pictures and the folders in it.

    The LoRA and its strength are those of `<lora:NAME:STRENGTH>` in the prompt, else the
    sub-folder's name; `base` is the folder of the base model. What was asked for is the suite's
    where the prompt is one of its, else what the prompt's tags name.

    Raises:
        PicturesError: there is no folder, or no picture in it.
    """
    character = character or CharacterFacts()
    found = list(foreign_pictures(folder))
    if not found:
        fix = "Give a folder with PNG, JPEG or WebP pictures"
        raise PicturesError("There are no pictures here", where=str(folder), fix=fix)
    contenders = _contenders(found)
    prompts = _prompts(found, suite, character)
    pictures: dict[object, Picture] = {}
    for number, each in enumerate(found, start=1):
        picture = _picture(each, -number, contenders[_name(each)], prompts[each.prompt])
        pictures.setdefault((picture.contender, picture.key), picture)
    first = next((each.text for each in found if each.has_text), found[0].text)
    settings, size = first.settings, first.size or (0, 0)
    return Manifest(
        suite=suite.name if suite else "foreign",
        suite_sha256=hashlib.sha256("\n".join(sorted(prompts)).encode()).hexdigest(),
        base=settings.get("Model", ""),
        base_sha256=settings.get("Model hash", ""),
        negative=first.negative,
        sampler=settings.get("Sampler", ""),
        steps=_whole(settings.get("Steps", "")),
        guidance=_number(settings.get("CFG scale", "")),
        width=size[0],
        height=size[1],
        clip_skip=_whole(settings.get("Clip skip", "")) or 1,
        character=character,
        contenders=tuple(sorted(contenders.values(), key=lambda each: (each.id != BASE, each.id))),
        pictures=tuple(pictures.values()),
        notes=tuple(_notes(found, len(found) - len(pictures))),
    )


def _name(picture: ForeignPicture) -> str:
    """Whose picture it is, as its text or its folder says; NO_LORA for the base model's."""
    if picture.loras:
        return " + ".join(dict.fromkeys(call.name for call in picture.loras))
    if picture.folder:
        return NO_LORA if picture.folder == BASE else picture.folder
    return NO_LORA if picture.has_text else UNKNOWN


def _contenders(found: Sequence[ForeignPicture]) -> dict[str, Contender]:
    """By the names that `_name` gives."""
    contenders = {NO_LORA: Contender(id=BASE, label="no LoRA (base)")}
    taken = {BASE}
    for each in found:
        name = _name(each)
        if name not in contenders:
            known = each.text.lora_hashes
            hashes = ",".join(filter(None, (known.get(call.name, "") for call in each.loras)))
            identifier = _identifier(name, taken)
            taken.add(identifier.casefold())
            contenders[name] = Contender(id=identifier, label=name, path=name, sha256=hashes)
    named = {_name(each) for each in found}
    return {name: contender for name, contender in contenders.items() if name in named}


def _picture(
    found: ForeignPicture, own_number: int, contender: Contender, prompt: Filled
) -> Picture:
    """`own_number` stands for a seed that is not known: no other picture has it."""
    seed = found.text.seed
    strength = found.loras[0].strength if found.loras else 1.0
    return Picture(
        file=found.file,
        contender=contender.id,
        prompt_id=prompt.id,
        prompt=found.prompt,
        names_character=prompt.names_character or not found.has_text,
        seed=own_number if seed is None or seed < 0 else seed,
        strength=0.0 if contender.id == BASE else strength,
        asks=prompt.asks,
    )


def _prompts(
    found: Sequence[ForeignPicture], suite: Suite | None, character: CharacterFacts
) -> dict[str, Filled]:
    """For each prompt its id, what it asks for and whether it names the character."""
    filled = filled_prompts(suite, character.trigger, character.outfit_triggers) if suite else ()
    known = {each.text: each for each in filled}
    taken = {each.id for each in known.values()}
    prompts: dict[str, Filled] = {}
    for text in dict.fromkeys(each.prompt for each in found):
        if text not in known:
            number = next(n for n in range(1, len(found) + 2) if f"prompt-{n}" not in taken)
            taken.add(f"prompt-{number}")
            names = _names_character(text, character)
            prompts[text] = Filled(f"prompt-{number}", text, names, _asked(text))
        else:
            prompts[text] = known[text]
    return prompts


def _names_character(prompt: str, character: CharacterFacts) -> bool:
    words = [character.trigger, *character.outfit_triggers]
    return not character.trigger or any(word.lower() in prompt.lower() for word in words if word)


def _asked(prompt: str) -> Asked:
    try:
        return asked_of(prompt)
    except LoraWizardError:
        return Asked()


def _notes(found: Sequence[ForeignPicture], doubles: int) -> list[str]:
    notes = []
    untold = sum(not each.has_text for each in found)
    if untold:
        notes.append(
            f"{untold} of {len(found)} pictures hold no generation text: their prompts are not "
            "known, and they are told apart by folder."
        )
    for key in ("Model", "Steps", "Sampler", "CFG scale", "Size"):
        values = dict.fromkeys(each.text.settings.get(key, "") for each in found if each.has_text)
        if len(values) > 1:
            shown = ", ".join(value or "none told" for value in list(values)[:4])
            notes.append(f"The pictures differ in {key} ({shown}), not only in their LoRAs.")
    if doubles:
        what = "1 picture repeats" if doubles == 1 else f"{doubles} pictures repeat"
        notes.append(f"{what} the LoRA, prompt, seed and strength of another, and stayed out.")
    return notes


def _identifier(name: str, taken: set[str]) -> str:
    plain = re.sub(r"[^\w.-]+", "-", name).strip(".-")[:60] or UNKNOWN
    candidate, number = plain, 2
    while candidate.casefold() in taken:
        candidate, number = f"{plain}-{number}", number + 1
    return candidate


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
