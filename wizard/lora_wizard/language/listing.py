"""Lists of names in words."""

from __future__ import annotations

from collections.abc import Sequence

from lora_wizard.language.catalogue import text
from lora_wizard.language.choice import Language

NAMES_SHOWN = 5


def listed(names: Sequence[str], language: Language = "en", *, limit: int = NAMES_SHOWN) -> str:
    """The first `limit` names, then how many more there are: `a.png, b.png and 3 more`."""
    shown = text("common.comma", language).join(names[:limit])
    hidden = len(names) - limit
    if hidden <= 0:
        return shown
    return text("common.and_more", language, shown=shown, hidden=hidden)
