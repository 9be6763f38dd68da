"""Rules about captions that are written as for a prompt or for another program."""

from __future__ import annotations

from lora_wizard.dataset.advice.facts import Facts
from lora_wizard.dataset.advice.registry import Finding, Level, rule
from lora_wizard.dataset.prompt_syntax import Oddity
from lora_wizard.recipe import Recipe


@rule(Level.WARNING)
def captions_nuls(facts: Facts, recipe: Recipe) -> Finding | None:
    """Bytes of 0, as in UTF-16 without its mark."""
    return _finding(facts, Oddity.NULS)


@rule(Level.WARNING)
def captions_structured(facts: Facts, recipe: Recipe) -> Finding | None:
    """JSON or the like in place of words."""
    return _finding(facts, Oddity.STRUCTURED)


@rule(Level.WARNING)
def captions_pasted(facts: Facts, recipe: Recipe) -> Finding | None:
    """The whole text of a web UI."""
    return _finding(facts, Oddity.PASTED)


@rule(Level.WARNING)
def captions_escaped(facts: Facts, recipe: Recipe) -> Finding | None:
    """Brackets behind a backslash."""
    return _finding(facts, Oddity.ESCAPED)


@rule(Level.WARNING)
def captions_weighted(facts: Facts, recipe: Recipe) -> Finding | None:
    """Weights and commands of prompts."""
    return _finding(facts, Oddity.WEIGHTED)


@rule(Level.WARNING)
def captions_calling(facts: Facts, recipe: Recipe) -> Finding | None:
    """Calls of LoRAs and embeddings."""
    return _finding(facts, Oddity.CALLING)


@rule(Level.WARNING, "data.wildcards")
def captions_choices(facts: Facts, recipe: Recipe) -> Finding | None:
    """`{a|b}` where it is no choice."""
    finding = _finding(facts, Oddity.CHOICES)
    return finding and Finding(finding.values, {"data.wildcards": True})


@rule(Level.WARNING, "data.shuffle_captions", "data.keep_tokens")
def captions_full_width(facts: Facts, recipe: Recipe) -> Finding | None:
    """Japanese commas between tags."""
    return _finding(facts, Oddity.FULL_WIDTH)


def _finding(facts: Facts, oddity: Oddity) -> Finding | None:
    found = [dict(folder.odd_captions).get(oddity, ()) for folder in facts.folders]
    names = tuple(name for names in found for name in names)
    return Finding({"count": len(names), "names": names}) if names else None
