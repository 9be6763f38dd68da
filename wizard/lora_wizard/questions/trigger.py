"""The word that calls the character."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lora_wizard.dataset import captioned, found_triggers
from lora_wizard.questions.context import Context
from lora_wizard.questions.question import Kind, Question, Suggestion, start_reason
from lora_wizard.questions.texts import text


def suggested_trigger(found: Sequence[str], name: str) -> str:
    """The trigger for captions that begin with these tags.

    Args:
        found: what most captions begin with: one tag, none, or one for each folder.
        name: of the LoRA; taken where the captions name nobody.
    """
    if len(found) == 1:
        return name if name.casefold() == found[0].casefold() else found[0]
    return "" if found else trigger_of_name(name)


def trigger_of_name(name: str) -> str:
    """`mira` of a LoRA named `mira-v2`: without a version, and without what ends a tag."""
    plain = re.sub(r"[-_. ]+v?\d+(\.\d+)*$", "", name, flags=re.IGNORECASE)
    words = (plain or name).replace(",", " ").replace("|||", " ")
    return " ".join(words.split())


def _suggest(context: Context) -> Suggestion:
    own = context.start.data
    if own.trigger or own.images:  # a recipe with pictures of its own says how they are trained on
        return Suggestion(own.trigger, start_reason(context, bool(own.trigger)))
    if context.dataset is None:
        return Suggestion("", text("data.trigger.reason_uncounted", context.language))
    found = found_triggers(captioned(context.dataset))
    trigger = suggested_trigger(found, context.recipe.saving.name)
    if len(found) > 1:
        listed = ", ".join(found)
        reason = text("data.trigger.reason_several", context.language, triggers=listed)
    elif found:
        reason = text("data.trigger.reason", context.language)
    else:
        reason = text("data.trigger.reason_name", context.language)
    return Suggestion(trigger, reason)


TRIGGER = Question("data.trigger", Kind.TEXT, _suggest, optional=True)
