"""Sentences about what was guessed or not known of other programs' pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from lora_eval.pictures.foreign_files import ForeignPicture
from lora_eval.pictures.foreign_names import UNKNOWN
from lora_wizard.output import printable

_SHOWN = 4
_LONGEST = 60


def notes_on(found: Sequence[ForeignPicture], names: Sequence[str], doubles: int) -> Iterator[str]:
    """What a reader of the report should know.

    Args:
        found: All pictures.
        names: Their contenders' names, as many.
        doubles: How many pictures repeat another's key.
    """
    yield from _on_unknown(found, names)
    untold = sum(not each.metadata.has_text for each in found)
    if untold:
        yield (
            f"{untold} of {len(found)} pictures hold no generation text: their prompts are not "
            "known, and they are told apart by folder."
        )
    assumed = sum(each.metadata.strength_unknown and bool(each.metadata.loras) for each in found)
    if assumed:
        yield (
            f"{assumed} of {len(found)} pictures name their LoRAs without strengths: 1 is assumed."
        )
    for key in ("Model", "Steps", "Sampler", "CFG scale", "Size"):
        values = dict.fromkeys(
            each.metadata.settings.get(key, "") for each in found if each.metadata.has_text
        )
        if len(values) > 1:
            shown = ", ".join(_short(value) or "not written" for value in list(values)[:_SHOWN])
            yield f"The pictures differ in {key} ({shown}), not only in their LoRAs."
    if doubles:
        what = "1 picture repeats" if doubles == 1 else f"{doubles} pictures repeat"
        yield f"{what} the LoRA, prompt, seed and strength of another, and stayed out."
    hints = dict.fromkeys(hint for each in found for hint in each.metadata.hints)
    yield from (printable(hint) for hint in list(hints)[:_SHOWN])


def _on_unknown(found: Sequence[ForeignPicture], names: Sequence[str]) -> Iterator[str]:
    unknown = [each for each, name in zip(found, names, strict=True) if name == UNKNOWN]
    if unknown:
        why = _counted(reason for each in unknown for reason in each.metadata.unclear)
        yield (
            f"{len(unknown)} of {len(found)} pictures may have been made with a LoRA, and their "
            f"texts do not say clearly with which ({why}): they are the contender `unknown`, and "
            "count neither as the base model's nor as a LoRA's. Put them into a folder with the "
            "LoRA's name, or into `base`, and delete manifest.json to have them counted."
        )
    partly = [each for each, name in zip(found, names, strict=True)
              if name != UNKNOWN and each.metadata.unclear]  # fmt: skip
    if partly:
        why = _counted(reason for each in partly for reason in each.metadata.unclear)
        yield f"In {len(partly)} of {len(found)} pictures a further LoRA cannot be read ({why})."


def _counted(reasons: Iterable[str]) -> str:
    counts = Counter(map(_short, reasons))
    return ", ".join(reason for reason, _ in counts.most_common(_SHOWN))


def _short(text: str) -> str:
    text = printable(text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
