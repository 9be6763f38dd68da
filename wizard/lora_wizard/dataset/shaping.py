"""What becomes of a caption each time its picture comes up: dropped, shuffled, thinned.

Follows `process_caption` of kohya-ss/sd-scripts in its order of steps. Pure: chance comes in as a
generator. A "tag" here is a part between commas, not a token of CLIP.
"""

from __future__ import annotations

import random

from lora_wizard.recipe import DataSettings

SEPARATOR = ","
KEEP_SEPARATOR = "|||"
"""`kept ||| shuffled ||| kept at the end`, instead of counting with `data.keep_tokens`."""


def shape_caption(caption: str, data: DataSettings, random: random.Random) -> str:
    """One reading of `caption`; the text untouched where `data` asks for nothing.

    In order: the whole caption is dropped with `data.caption_dropout`; with
    `data.shuffle_captions` all tags but the kept ones are shuffled; each of those is left out
    with `data.tag_dropout`; what is left is joined by ", ". Draws from `random` only for steps
    that are switched on.
    """
    if data.caption_dropout > 0 and random.random() < data.caption_dropout:
        return ""
    if not data.shuffle_captions and data.tag_dropout <= 0:
        return caption
    kept, free, kept_at_end = _parts(caption, data.keep_tokens)
    if data.shuffle_captions:
        random.shuffle(free)
    if data.tag_dropout > 0:
        free = [tag for tag in free if random.random() >= data.tag_dropout]
    return ", ".join([*kept, *free, *kept_at_end])


def split_tags(text: str) -> list[str]:
    """The tags of a caption in its order, blanks around them and empty ones removed."""
    return [tag for part in text.split(SEPARATOR) if (tag := part.strip())]


def _parts(caption: str, keep_tokens: int) -> tuple[list[str], list[str], list[str]]:
    """Tags that stay in front, tags that move, tags that stay at the end."""
    if KEEP_SEPARATOR not in caption:
        tags = split_tags(caption)
        return tags[:keep_tokens], tags[keep_tokens:], []
    front, _, rest = caption.partition(KEEP_SEPARATOR)
    free, _, end = rest.partition(KEEP_SEPARATOR)
    return split_tags(front), split_tags(free), split_tags(end)
