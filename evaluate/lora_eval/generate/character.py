"""Who the character is: what the user says, filled up by LoRA headers and training captions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lora_eval.errors import PicturesError, Problem, SuiteError
from lora_eval.generate.contenders import Entrant
from lora_eval.generate.hints import Hints, counts_in_captions, counts_in_metadata, hints_of
from lora_eval.pictures import CharacterFacts
from lora_eval.suite import Suite

_CAPTION = ".txt"
_UNIQUE = dict.fromkeys


def complete_character(
    known: CharacterFacts, suite: Suite, entrants: Sequence[Entrant]
) -> CharacterFacts:
    """What is known of the character; what the user said always goes first.

    Training outfits are those of the suite's outfits that the captions name often enough.

    Raises:
        SuiteError: the suite names the character, and nobody says how she is called; or the LoRAs
            say different names.
        PicturesError: the captions cannot be read.
    """
    told = {each.contender.label: hints_of(counts_in_metadata(each.metadata)) for each in entrants}
    hints = [*told.values(), caption_hints(known.training_images)]
    if not known.trigger and any(prompt.names_character for prompt in suite.prompts):
        _refuse_unclear(suite, told, hints)
    trigger = known.trigger or next((each.trigger for each in hints if each.trigger), "")
    outfit_triggers = _UNIQUE(word for each in hints for word in each.outfit_triggers)
    asked = _UNIQUE(prompt.asks.outfit for prompt in suite.prompts if prompt.asks.outfit)
    common = {tag for each in hints for tag in each.common_tags}
    return known.model_copy(
        update={
            "trigger": trigger,
            "outfit_triggers": known.outfit_triggers
            or tuple(word for word in outfit_triggers if word.lower() != trigger.lower()),
            "training_outfits": known.training_outfits
            or tuple(outfit for outfit in asked if outfit in common),
        }
    )


def caption_hints(folder: str) -> Hints:
    """What the captions beside the training pictures tell; nothing where there are none.

    Raises:
        PicturesError: one of them cannot be read.
    """
    captions: dict[str, list[list[str]]] = {}
    for path in sorted(Path(folder).rglob(f"*{_CAPTION}")) if folder else ():
        try:
            text = path.read_text(encoding="utf-8-sig", errors="replace")
        except OSError as error:
            what = f"cannot be read: {error.strerror or error}"
            raise PicturesError(what, where=str(path)) from error
        tags = [tag.strip().lower() for tag in text.replace("\n", ",").split(",")]
        captions.setdefault(path.parent.name, []).append([tag for tag in tags if tag])
    return hints_of(counts_in_captions(captions))


def _refuse_unclear(suite: Suite, told: dict[str, Hints], hints: Sequence[Hints]) -> None:
    fix = 'Give it, such as --trigger "hoshino mio"'
    if len({each.trigger.lower() for each in told.values() if each.trigger}) > 1:
        problems = [
            Problem(label, f'says "{each.trigger}"' if each.trigger else "does not say", "")
            for label, each in told.items()
        ]
        what = "The LoRAs do not agree how the character is called"
        raise SuiteError(what, where=suite.name, fix=fix, problems=problems)
    if not any(each.trigger for each in hints):
        what = "Its prompts name the character, and nothing says how she is called"
        raise SuiteError(what, where=f"suite {suite.name}", fix=fix)
