"""Where a line of text may be broken, in any mix of Japanese and Latin text.

Japanese has no spaces between words: a line may end after almost every character, but not where the
next one would begin with a full stop, a closing bracket or a small kana, nor after an opening
bracket (kinsoku shori; the classes are those of JIS X 4051 and of CSS's `line-break: strict`).
Latin words are broken at spaces, as everywhere else.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from unicodedata import category, combining, east_asian_width

__all__ = ["NOT_AT_END", "NOT_AT_START", "break_offsets", "wrapped"]

Measure = Callable[[str], int]
"""How wide a text is, in the unit of the line's width."""

_CLOSING = "」』】〕〉》）］｝〙〗〟’”»｠｣)]}"
_STOPS = "、。，．､｡,."
_MARKS = "！？‼⁇⁈⁉!?:;：；・･／%％‰‱℃℉°′″¢￠"
_HYPHENS = "‐‑–〜～゠"
_REPEATED = "ヽヾゝゞ々〻"
_LONG = "ーｰ゛゜ﾞﾟ"
_SMALL = "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿｧｨｩｪｫｬｭｮｯ"
_INSEPARABLE = "…‥⋯—―〳〴〵"
_QUOTES = "\"'`"
"""The same mark opens and closes: it stays with both its neighbours."""

NOT_AT_START = frozenset(
    _CLOSING + _STOPS + _MARKS + _HYPHENS + _REPEATED + _LONG + _SMALL + _INSEPARABLE
)
"""No line begins with one of these."""
NOT_AT_END = frozenset("「『【〔〈《（［｛〘〖〝‘“«｟｢([{￥＄£￡$№＃")
"""No line ends with one of these."""

_JOINER = "\u200d"
_LONGEST = 8
"""Characters that a line may hold for each unit of its width: marks need no room of their own."""


def break_offsets(text: str, width: int, measure: Measure = len, *, fold: bool = True) -> list[int]:
    """Where a line is to be broken so that each part fits.

    Args:
        text: One line.
        width: Of the parts. Spaces at a part's end do not count; they are for the caller to remove.
        measure: How wide a text is.
        fold: Whether what fits on no line, such as a long path, is broken anywhere.

    Returns:
        Indices into `text`, rising, without 0.
    """
    breaks: list[int] = []
    used = 0
    for start, end in _units(text):
        unit = text[start:end]
        needed = measure(unit.rstrip())
        if used + needed <= width:
            used += measure(unit)
        elif needed <= width or not fold:
            if start:
                breaks.append(start)
            used = measure(unit)
        else:
            if start:
                breaks.append(start)
            folds = list(_folds(text, start, end, width, measure))
            breaks += folds
            used = measure(text[folds[-1] if folds else start : end])
    return breaks


def wrapped(text: str, width: int, measure: Measure = len) -> list[str]:
    """The lines of a text, each without the spaces at its end."""
    lines = []
    for line in text.split("\n"):
        places = [0, *break_offsets(line, width, measure), len(line)]
        lines += [line[a:b].rstrip() for a, b in itertools.pairwise(places)]
    return lines


def _units(text: str) -> Iterator[tuple[int, int]]:
    """The parts that are not broken, each with the spaces behind it; spaces in front of the first
    belong to it.
    """
    start = 0
    solid = ""  # the last character that is no space
    for place, character in enumerate(text):
        if solid and not character.isspace() and _may_break(text[place - 1], solid, character):
            yield start, place
            start = place
        if not character.isspace():
            solid = character
    if start < len(text):
        yield start, len(text)


def _may_break(before: str, solid: str, after: str) -> bool:
    """Whether a line may end before `after`; `solid` is what stands there without spaces."""
    if before.isspace():  # `.txt` and `(a)` after a space are words
        return not (
            (after in NOT_AT_START and not after.isascii())
            or (solid in NOT_AT_END and not solid.isascii())
        )
    if not (_is_japanese(before) or _is_japanese(after)):
        return False
    return not (_QUOTES.count(before) or _QUOTES.count(after)) and _is_allowed(before, after)


def _is_allowed(before: str, after: str) -> bool:
    return after not in NOT_AT_START and before not in NOT_AT_END and not _is_joined(before, after)


def _is_bearable(before: str, after: str) -> bool:
    """As `_is_allowed`, but for marks of ASCII, which paths and numbers hold anywhere."""
    return (
        (after.isascii() or after not in NOT_AT_START)
        and (before.isascii() or before not in NOT_AT_END)
        and not _is_joined(before, after)
    )


def _is_apart(before: str, after: str) -> bool:
    return not _is_joined(before, after)


def _is_joined(before: str, after: str) -> bool:
    """Whether two characters are drawn as one: marks, emoji made of several, flags."""
    return (
        before == _JOINER
        or combining(after) != 0
        or category(after) in ("Mn", "Mc", "Me", "Cf")
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or ("\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff")
    )


def _is_japanese(character: str) -> bool:
    """Whether it is written without spaces: wide, or one of the halfwidth kana."""
    return east_asian_width(character) in "WFH"


def _folds(text: str, start: int, end: int, width: int, measure: Measure) -> Iterator[int]:
    """Where a part that is wider than a line is broken, at worst against the rules."""
    while True:
        last = start + 1
        most = min(end, start + _LONGEST * max(1, width))
        while last < most and measure(text[start : last + 1].rstrip()) <= width:
            last += 1
        if last == end:
            return
        found = (
            _latest(text, start, last, fits) for fits in (_is_allowed, _is_bearable, _is_apart)
        )
        start = next(filter(None, found), last)
        yield start


def _latest(text: str, start: int, last: int, fits: Callable[[str, str], bool]) -> int:
    """The last place from `last` back to `start` where a line may end; 0 if there is none."""
    for place in range(last, start, -1):
        solid = text[start:place].rstrip()[-1:] or text[place - 1]
        if not text[place].isspace() and fits(solid, text[place]):
            return place
    return 0
