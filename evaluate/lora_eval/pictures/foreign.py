"""A manifest for pictures that another program made, from the text inside them.

A1111 and Forge write prompt, seed and LoRAs into their PNG files; ComfyUI writes its graph
instead, which is not read: such pictures are told apart by their folders alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from lora_eval.errors import PicturesError
from lora_eval.pictures.a1111 import GenerationText, parse_generation, text_of
from lora_eval.pictures.asking import asked_of
from lora_eval.pictures.manifest import (
    BASE,
    CharacterFacts,
    Contender,
    Manifest,
    Picture,
)
from lora_eval.suite.model import OUTFIT_TRIGGER, TRIGGER, Asked, Suite, SuitePrompt
from lora_wizard.errors import LoraWizardError
from lora_wizard.models.prompt import LoraCall, extract_loras

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp"})
UNKNOWN = "pictures"
"""The contender of pictures that neither name a LoRA nor lie in a folder of their own."""


@dataclass(frozen=True, slots=True)
class _Found:
    file: str
    text: GenerationText
    prompt: str
    loras: tuple[LoraCall, ...]
    has_text: bool


def manifest_of(
    folder: Path, *, character: CharacterFacts | None = None, suite: Suite | None = None
) -> Manifest:
    """What can be known of a folder of pictures and the folders in it.

    The LoRA and its strength are those of `<lora:NAME:STRENGTH>` in the prompt, else the
    sub-folder's name. What was asked for is the suite's where the prompt is one of its, else
    what the prompt's tags name.

    Raises:
        PicturesError: there is no folder, or no picture in it.
    """
    character = character or CharacterFacts()
    found = list(_pictures(folder))
    if not found:
        fix = "Give a folder with PNG, JPEG or WebP pictures"
        raise PicturesError("There are no pictures here", where=str(folder), fix=fix)
    ids = _prompt_ids(found, suite, character)
    contenders: dict[str, Contender] = {}
    pictures = []
    for number, each in enumerate(found):
        contender = _contender(each)
        contenders.setdefault(contender.id, contender)
        identifier, asks, named = ids[each.prompt]
        seed = each.text.seed
        pictures.append(
            Picture(
                file=each.file,
                contender=contender.id,
                prompt_id=identifier,
                prompt=each.prompt,
                names_character=named,
                seed=number if seed is None or seed < 0 else seed,
                strength=_strength(each.loras, contender),
                asks=asks,
            )
        )
    settings = found[0].text.settings
    untold = sum(not each.has_text for each in found)
    notes = []
    if untold:
        notes.append(
            f"{untold} of {len(found)} pictures hold no generation text: their prompts are not "
            "known, and they are told apart by folder."
        )
    size = found[0].text.size or (0, 0)
    return Manifest(
        suite=suite.name if suite else "foreign",
        suite_sha256=hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest(),
        base=settings.get("Model", ""),
        base_sha256=settings.get("Model hash", ""),
        negative=found[0].text.negative,
        sampler=settings.get("Sampler", ""),
        steps=_whole(settings.get("Steps", "")),
        guidance=_number(settings.get("CFG scale", "")),
        width=size[0],
        height=size[1],
        clip_skip=_whole(settings.get("Clip skip", "")) or 1,
        character=character,
        contenders=tuple(sorted(contenders.values(), key=lambda each: (each.id != BASE, each.id))),
        pictures=tuple(pictures),
        notes=tuple(notes),
    )


def _pictures(folder: Path) -> Iterator[_Found]:
    if not folder.is_dir():
        raise PicturesError("There is no such folder", where=str(folder), fix="Check the path")
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in SUFFIXES or path.name.startswith("."):
            continue
        text = _text(path)
        parsed = parse_generation(text)
        try:
            prompt, loras = extract_loras(parsed.prompt)
        except LoraWizardError:
            prompt, loras = parsed.prompt, ()
        file = path.relative_to(folder).as_posix()
        yield _Found(file, parsed, prompt.strip().strip(",").strip(), loras, bool(text))


def _text(path: Path) -> str:
    """The text inside a picture; a damaged one has none, and its judging will say so."""
    try:
        with Image.open(path) as image:
            return text_of(image)
    except Exception:  # Pillow's plugins raise whatever their formats make them raise
        return ""


def _contender(found: _Found) -> Contender:
    if found.loras:
        names = " + ".join(call.name for call in found.loras)
        hashes = ",".join(found.text.lora_hashes.get(call.name, "") for call in found.loras)
        return Contender(id=_plain(names), label=names, path=names, sha256=hashes.strip(","))
    parent = Path(found.file).parent.as_posix()
    if parent != ".":
        return Contender(id=_plain(parent), label=parent, path=parent)
    if found.has_text:
        return Contender(id=BASE, label="no LoRA (base)")
    return Contender(id=UNKNOWN, label=UNKNOWN, path=UNKNOWN)


def _strength(loras: Sequence[LoraCall], contender: Contender) -> float:
    if contender.id == BASE:
        return 0.0
    return loras[0].strength if loras else 1.0


def _prompt_ids(
    found: Sequence[_Found], suite: Suite | None, character: CharacterFacts
) -> dict[str, tuple[str, Asked, bool]]:
    """For each prompt its id, what it asks for and whether it names the character."""
    known = _filled(suite, character) if suite else {}
    ids: dict[str, tuple[str, Asked, bool]] = {}
    for each in found:
        if each.prompt in ids:
            continue
        if each.prompt in known:
            prompt = known[each.prompt]
            ids[each.prompt] = (prompt.id, prompt.asks, prompt.names_character)
            continue
        named = not character.trigger or character.trigger.lower() in each.prompt.lower()
        ids[each.prompt] = (f"prompt-{len(ids) + 1}", _asked(each.prompt), named)
    return ids


def _asked(prompt: str) -> Asked:
    try:
        return asked_of(prompt)
    except LoraWizardError:
        return Asked()


def _filled(suite: Suite, character: CharacterFacts) -> dict[str, SuitePrompt]:
    return {
        prompt.text.replace(TRIGGER, character.trigger): prompt
        for prompt in suite.prompts
        if OUTFIT_TRIGGER not in prompt.text
    }


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name)[:60] or UNKNOWN


def _whole(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
