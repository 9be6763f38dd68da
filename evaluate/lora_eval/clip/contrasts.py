"""Which of several phrases fits a picture: probabilities by contrast, never raw cosines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from lora_eval.clip.model import ClipModel
from lora_eval.clip.phrases import Group, general_groups, paperdoll_groups, plain
from lora_eval.clip.views import view_of, views_of
from lora_eval.evidence import ClipFacts, Found
from lora_eval.pictures import CharacterFacts, Picture
from lora_wizard.errors import LoraWizardError
from lora_wizard.models.prompt import parse_prompt

CONTRASTS = ("outfit", "background", "framing", "eyes", "hair", "head", "views", "face")
"""The groups that judges read; further ones serve the prompt's phrases alone."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """One group's texts as embeddings."""

    keys: tuple[str, ...]
    owners: np.ndarray
    """For each row of `texts` the number of its key."""
    texts: np.ndarray
    """`(texts, width)` float32 of length 1 each."""


def clip_facts(
    model: ClipModel,
    images: Sequence[Image.Image],
    pictures: Sequence[Picture],
    character: CharacterFacts,
    found: Sequence[Found | None],
) -> list[ClipFacts]:
    """What CLIP says of each picture, whatever other pictures are asked about beside it.

    A phrase of the prompt is judged among its group's others (outfits among outfits, eye colours
    among eye colours); one that stands in no group has nothing to be told from and is left out,
    as the character's triggers are.
    """
    views = views_of(model, images, found)
    facts = []
    for index, picture in enumerate(pictures):
        groups = _groups(model, picture, character)
        contrasts = {}
        for name, group in groups.items():
            vector = views[view_of(name, drawn=model.is_paperdoll)][index]
            members = embedded(model, group)
            probable = shares(vector, members, model.logit_scale)
            contrasts[name] = {
                key: round(float(share), 5)
                for key, share in zip(members.keys, probable, strict=True)
            }
        phrases = _phrases(picture.prompt, _triggers(character), groups, contrasts)
        judged = {name: contrasts[name] for name in CONTRASTS if name in contrasts}
        facts.append(ClipFacts(model.name, judged, phrases))
    return facts


def embedded(model: ClipModel, group: Group) -> Embedded:
    """A group's texts; a key's are averaged where they say the same."""
    rows, owners = [], []
    for number, texts in enumerate(group.members.values()):
        vectors = model.text_embeddings(texts)
        if group.together:
            mean = vectors.mean(axis=0, keepdims=True)
            vectors = mean / np.maximum(np.linalg.norm(mean), 1e-12)
        rows.append(vectors)
        owners += [number] * len(vectors)
    return Embedded(tuple(group.members), np.asarray(owners), np.concatenate(rows))


def shares(image: np.ndarray, group: Embedded, scale: float) -> np.ndarray:
    """Probability of each key: softmax over the texts' scaled cosines, added up by key.

    Args:
        image: `(width,)` of length 1.
        scale: what cosines are multiplied by; the model's own.

    Returns:
        `(keys,)` float64 that sums to 1.
    """
    logits = scale * (group.texts @ image).astype(np.float64)
    weights = np.exp(logits - logits.max())
    added: np.ndarray = np.bincount(group.owners, weights, minlength=len(group.keys))
    probable: np.ndarray = added / weights.sum()
    return probable


def prompt_phrases(prompt: str) -> list[str]:
    """A prompt's phrases in A1111's syntax: without weights, between commas, as plain tags.

    Each is far below the 77 tokens at which CLIP cuts. A prompt that cannot be read has none.
    """
    try:
        sections = parse_prompt(prompt).sections
    except LoraWizardError:
        return []
    texts = ["".join(span.text for span in section) for section in sections]
    parts = (plain(part) for text in texts for part in text.replace("\n", ",").split(","))
    return list(dict.fromkeys(part for part in parts if part))


def _groups(model: ClipModel, picture: Picture, character: CharacterFacts) -> Mapping[str, Group]:
    if model.is_paperdoll:
        return paperdoll_groups()
    asks = picture.asks
    outfits = [plain(word) for word in (asks.outfit, *character.training_outfits) if word]
    backgrounds = [plain(asks.background)] if asks.background else []
    return general_groups(outfits=outfits, backgrounds=backgrounds)


def _triggers(character: CharacterFacts) -> set[str]:
    return {plain(each) for each in (character.trigger, *character.outfit_triggers)}


def _phrases(
    prompt: str,
    triggers: Iterable[str],
    groups: Mapping[str, Group],
    contrasts: Mapping[str, Mapping[str, float]],
) -> dict[str, float]:
    found: dict[str, float] = {}
    for phrase in prompt_phrases(prompt):
        if phrase in triggers:
            continue
        for name, group in groups.items():
            key = group.phrases.get(phrase)
            if key is not None:
                found[phrase] = contrasts[name][key]
    return found
