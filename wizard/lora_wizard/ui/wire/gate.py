"""No text that a widget draws steers the terminal, whatever file it came from."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from lora_wizard.output import steering

__all__ = ["TextGate"]

_LIKE = str.maketrans(
    {
        **dict.fromkeys("─━╌╍┄┅┈┉╴╶╸╺═▔▁▀▄", "-"),
        **dict.fromkeys("│┃╎╏┆┇┊┋╵╷╹╻║▏▕▌▐", "|"),
        **dict.fromkeys("█▇▆▅▓", "#"),
        **dict.fromkeys("▒░▃▂", "."),
        **dict.fromkeys("→▶▸►›", ">"),
        **dict.fromkeys("←◀◂◄‹", "<"),
        **dict.fromkeys("↑▲▴", "^"),
        **dict.fromkeys("↓▼▾", "v"),
        **dict.fromkeys("•●◉◆■·∙", "*"),
        **dict.fromkeys("○◯◇□", "o"),
        **dict.fromkeys("…‥", "."),
        **dict.fromkeys("‘’′", "'"),
        **dict.fromkeys("“”″", '"'),
        **dict.fromkeys("‐‑‒–—―", "-"),
        **dict.fromkeys("✓✔", "v"),
        **dict.fromkeys("✗✘×⭘", "x"),
    }
)
"""For terminals of few characters; each is one column wide, as what it stands for."""
_CORNERS = range(0x250C, 0x2580)


class TextGate(LineFilter):
    """Shows each steering character as one that stands for it, in every line of every widget.

    Args:
        ascii: Whether frames, bars and marks are drawn with ASCII.
        encoding: Of the terminal: what it cannot say is shown by `?`.
    """

    def __init__(self, *, ascii: bool = False, encoding: str = "utf-8") -> None:
        super().__init__()
        self.ascii = ascii
        self.encoding = encoding
        self._mark = "?" if ascii else "�"

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, cleaned, in as many columns as before."""
        if all(segment.text.isascii() and segment.text.isprintable() for segment in segments):
            return segments
        columns = sum(cell_len(text) for text, _, control in segments if not control)
        found: list[Segment] = []
        for text, style, control in segments:
            if control or columns <= 0:
                continue
            clean = self.clean(text)
            width = cell_len(clean)
            if width > columns:  # a mark takes the place of what had no width
                clean, width = set_cell_size(clean, columns), columns
            found.append(Segment(clean, style))
            columns -= width
        return [*found, Segment(" " * columns)] if columns > 0 else found

    def clean(self, text: str) -> str:
        """A text without characters that steer, and in characters that the terminal has."""
        text = steering.sub(self._mark, text)
        if self.ascii and not text.isascii():
            text = "".join(map(self._plain, text))
        return text

    def _plain(self, letter: str) -> str:
        if letter.isascii():
            return letter
        like = letter.translate(_LIKE)
        if like == letter and ord(letter) in _CORNERS:
            like = "+"
        try:
            like.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return "?" * max(cell_len(letter), 0)
        return like
