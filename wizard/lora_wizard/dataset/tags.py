"""A caption as a list of tags: the parts between commas, as sd-scripts counts them. Pure."""

from __future__ import annotations

SEPARATOR = ","
KEEP_SEPARATOR = "|||"
"""`kept ||| shuffled ||| kept at the end`, instead of counting with `data.keep_tokens`."""


def split_tags(text: str) -> list[str]:
    """The tags of a caption in its order, blanks around them and empty ones removed."""
    return [tag for part in text.split(SEPARATOR) if (tag := part.strip())]
