"""The taggers by name. A new one is a file of its own and a line here."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, cast

from PIL.Image import Image

from lora_eval.errors import DetectorError
from lora_eval.evidence import Tags


class Tagger(Protocol):
    """Says which tags a picture shows."""

    name: str
    version: str

    def tags(self, images: Sequence[Image]) -> list[Tags]:
        """Tags of each picture, with blanks in place of underscores."""
        ...


TAGGERS: Mapping[str, str] = {
    "paperdoll": "lora_eval.tagging.paperdoll:open_reader",
    "wd14": "lora_eval.tagging.wd14:open_wd14",
}
"""`module:function` of each; called with `weights` and `offline`."""


def open_tagger(name: str, *, weights: Path | None = None, offline: bool = False) -> Tagger:
    """A tagger, ready to be used.

    Raises:
        DetectorError: there is no such tagger, or it cannot be used here.
    """
    if name not in TAGGERS:
        near = difflib.get_close_matches(name, TAGGERS, n=1, cutoff=0.4)
        fix = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(TAGGERS)}"
        raise DetectorError("There is no such tagger", where=f'"{name}"', fix=fix)
    module, _, function = TAGGERS[name].partition(":")
    opened = getattr(importlib.import_module(module), function)(weights=weights, offline=offline)
    return cast(Tagger, opened)
