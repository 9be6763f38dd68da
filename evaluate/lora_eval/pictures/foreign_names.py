"""Which contender each of another program's pictures belongs to, by a name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from lora_eval.pictures.foreign_files import ForeignPicture
from lora_eval.pictures.manifest import BASE
from lora_wizard.models.lora_calls import LoraCall

NO_LORA = ""
UNTOLD = "pictures"
"""Pictures without any text that do not lie in a folder of their own."""
UNKNOWN = "unknown"
"""Pictures whose texts say that a LoRA may have taken part, and not which."""


def names_of(pictures: Sequence[ForeignPicture]) -> list[str]:
    """Each picture's contender: the names of its LoRAs, else its folder's.

    Folders before a LoRA's name are left out where no two names are the same without them. LoRAs
    beside the first show their strengths where these are not 1 everywhere, and so does a weight on
    the text encoders where it differs between pictures that are called alike otherwise.
    """
    active = [_active(each.metadata.loras) for each in pictures]
    short = _short_names({call.name for calls in active for call in calls})
    levels = [
        [" + ".join(dict.fromkeys(short[call.name] for call in calls)) for calls in active],
        [_detailed(calls, short, texts=False) for calls in active],
        [_detailed(calls, short, texts=True) for calls in active],
    ]
    names = levels[0]
    # LoRAs beside the first at other strengths are another contender; other weights on the text
    # encoders only where two pictures could not be told apart otherwise.
    names = _split(names, levels[1], names)
    keys = [
        (name, each.metadata.prompt, each.metadata.seed, calls[0].strength if calls else 0.0)
        for name, each, calls in zip(names, pictures, active, strict=True)
    ]
    names = _split(names, levels[2], keys)
    return [
        name if calls else _without_loras(each)
        for name, each, calls in zip(names, pictures, active, strict=True)
    ]


def _split(names: list[str], detailed: list[str], keys: Sequence[object]) -> list[str]:
    """The detailed names of those contenders of which one key has several."""
    found: defaultdict[object, set[str]] = defaultdict(set)
    for key, detail in zip(keys, detailed, strict=True):
        found[key].add(detail)
    divided = {name for name, key in zip(names, keys, strict=True) if len(found[key]) > 1}
    return [
        detail if name in divided else name for name, detail in zip(names, detailed, strict=True)
    ]


def _without_loras(picture: ForeignPicture) -> str:
    metadata = picture.metadata
    if picture.folder and picture.folder != BASE:
        return picture.folder
    if metadata.unclear:
        return UNKNOWN
    return NO_LORA if metadata.has_text or picture.folder == BASE else UNTOLD


def _active(calls: Sequence[LoraCall]) -> tuple[LoraCall, ...]:
    """The calls that change something; all of them where none does."""
    return tuple(call for call in calls if call.strength or call.text_strength) or tuple(calls)


def _short_names(names: set[str]) -> dict[str, str]:
    last: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        last[name.rpartition("/")[2]].append(name)
    return {
        name: base if base and len(alike) == 1 else name
        for base, alike in last.items()
        for name in alike
    }


def _detailed(calls: Sequence[LoraCall], short: dict[str, str], *, texts: bool) -> str:
    """The names with everything but the first one's strength, which varies within a contender."""
    parts = []
    for number, call in enumerate(calls):
        part = short[call.name]
        if number and call.strength != 1:
            part += f" x {call.strength:g}"
        if texts and call.text_strength is not None:
            part += f" (text {call.text_strength:g})"
        parts.append(part)
    return " + ".join(parts)
