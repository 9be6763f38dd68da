"""Styles as the terminal takes them, and the shortest way from one to the next. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip

__all__ = ["PLAIN", "Look", "Looks"]


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell is drawn: parameters of the sequence `CSI ... m`, or a link around it all."""

    attributes: frozenset[str] = frozenset()
    """Bold, dim, italic, ... as their numbers."""
    foreground: str = ""
    """Such as `38;2;255;0;0` or `31`; empty for the terminal's own colour."""
    background: str = ""

    def after(self, before: Look) -> str:
        """What to send where `before` is the state of the terminal; empty where they are equal."""
        if self == before:
            return ""
        parts: list[str] = []
        if not before.attributes <= self.attributes or (self == PLAIN):
            before = PLAIN
            parts.append("0")
        parts += sorted(self.attributes - before.attributes, key=int)
        if self.foreground != before.foreground:
            parts.append(self.foreground or "39")
        if self.background != before.background:
            parts.append(self.background or "49")
        return f"\x1b[{';'.join(parts)}m" if parts != ["0"] else "\x1b[m"


PLAIN = Look()


@dataclass(slots=True)
class Looks:
    """The looks of Rich's styles on one kind of terminal, each worked out once."""

    colours: ColorSystem
    _known: dict[Style, Look] = field(default_factory=dict)
    _one: dict[Look, Look] = field(default_factory=dict)
    """Equal looks as one object, so that most comparisons end at once."""

    def of(self, style: Style | None) -> Look:
        """The look of a style. What is only for Textual (links to actions) leaves no trace."""
        if style is None:
            return PLAIN
        look = self._known.get(style)
        if look is None:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            look = _parsed(Strip.render_style(style.clear_meta_and_links(), "x", self.colours))
            look = self._known[style] = self._one.setdefault(look, look)
        return look


_MOST_KNOWN = 20_000
"""Pictures bring new colours without end."""

_SEQUENCE = re.compile(r"\x1b\[([\d;]*)mx\x1b\[0m")


def _parsed(rendered: str) -> Look:
    found = _SEQUENCE.fullmatch(rendered)
    if found is None:
        return PLAIN
    attributes, foreground, background = set(), "", ""
    codes = found.group(1).split(";")
    while codes:
        code = codes.pop(0)
        if code in ("38", "48"):
            count = 4 if codes[0] == "2" else 2
            whole = ";".join([code, *codes[:count]])
            del codes[:count]
            foreground, background = (whole, background) if code == "38" else (foreground, whole)
        elif code[:1] in ("3", "9") and len(code) == 2:
            foreground = "" if code == "39" else code
        elif code[:1] in ("4", "1") and len(code) >= 2 and code not in _UNUSUAL:
            background = "" if code == "49" else code
        elif code:
            attributes.add(code)
    return Look(frozenset(attributes), foreground, background)


_UNUSUAL = frozenset({"10", "11", "12", "13", "14", "15", "16", "17", "18", "19"})
"""Fonts, which begin with the same digit as bright backgrounds (100 to 107)."""
