"""What becomes of a caption each time its picture comes up: chosen, dropped, shuffled, thinned.

Follows `process_caption` of kohya-ss/sd-scripts in its order of steps. Pure: chance comes in as a
generator. A "tag" here is a part between commas, not a token of CLIP.
"""

from __future__ import annotations

import random
import re

from lora_wizard.dataset.tags import KEEP_SEPARATOR, SEPARATOR, split_tags
from lora_wizard.dataset.trigger import with_trigger
from lora_wizard.recipe import DataSettings

__all__ = ["KEEP_SEPARATOR", "SEPARATOR", "choose_wildcards", "shape_caption", "split_tags"]

_BRACES = re.compile(r"\{\{|\}\}|\{((?:\{\{|\}\}|[^{}])++)\}")
"""An escaped brace, or a choice, in which braces may be escaped."""


def shape_caption(
    caption: str,
    data: DataSettings,
    random: random.Random,
    *,
    epoch: int = 1,
    is_regularisation: bool = False,
) -> str:
    """One reading of `caption`; the text untouched where `data` asks for nothing.

    In order: the whole caption is dropped in every so many epochs, or with
    `data.caption_dropout`; one of its lines is taken, `data.caption_prefix` and
    `data.caption_suffix` are put around it, and of `{a|b}` one is chosen (`data.wildcards`);
    `data.trigger` is put in front, where it stays; with `data.shuffle_captions` all tags but the
    kept ones are shuffled; each of those is left out with `data.tag_dropout`; what is left is
    joined by ", ". Draws from `random` only for steps that are switched on.

    Unlike sd-scripts, which puts prefix and suffix around all lines together, every line gets
    both.

    Args:
        caption: As a scan hands it on; of several lines only with `data.wildcards`.
        epoch: Counted from 1.
        is_regularisation: Whether it shows what the character is not: then without the trigger.
    """
    if data.caption_dropout_every_epochs > 0 and epoch % data.caption_dropout_every_epochs == 0:
        return ""
    if data.caption_dropout > 0 and random.random() < data.caption_dropout:
        return ""
    caption = _around(_line(caption, data.wildcards, random), data)
    if data.wildcards:
        caption = choose_wildcards(caption, random)
    trigger = "" if is_regularisation else data.trigger
    caption = with_trigger(caption, trigger)
    if not data.shuffle_captions and data.tag_dropout <= 0:
        return caption
    kept, free, kept_at_end = _parts(caption, max(data.keep_tokens, 1 if trigger else 0))
    if data.shuffle_captions:
        random.shuffle(free)
    if data.tag_dropout > 0:
        free = [tag for tag in free if random.random() >= data.tag_dropout]
    return ", ".join([*kept, *free, *kept_at_end])


def choose_wildcards(caption: str, random: random.Random) -> str:
    """`{a|b}` as `a` or `b`, each with equal chance; `{{` and `}}` are braces of the text."""

    def chosen(found: re.Match[str]) -> str:
        taken = found[0] if found[1] is None else random.choice(found[1].split("|"))
        return taken.replace("{{", "{").replace("}}", "}")

    return _BRACES.sub(chosen, caption)


def _line(caption: str, wildcards: bool, random: random.Random) -> str:
    """One line; without wildcards a scan has handed on only one."""
    lines = caption.split("\n") if wildcards else [caption]
    return random.choice(lines) if len(lines) > 1 else lines[0]


def _around(caption: str, data: DataSettings) -> str:
    """The caption between prefix and suffix, blanks between them, as in sd-scripts."""
    return " ".join(part for part in (data.caption_prefix, caption, data.caption_suffix) if part)


def _parts(caption: str, keep_tokens: int) -> tuple[list[str], list[str], list[str]]:
    """Tags that stay in front, tags that move, tags that stay at the end."""
    if KEEP_SEPARATOR not in caption:
        tags = split_tags(caption)
        return tags[:keep_tokens], tags[keep_tokens:], []
    front, _, rest = caption.partition(KEEP_SEPARATOR)
    free, _, end = rest.partition(KEEP_SEPARATOR)
    return split_tags(front), split_tags(free), split_tags(end)
