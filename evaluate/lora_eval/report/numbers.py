"""How numbers are written in a report."""

from __future__ import annotations

from lora_eval.report.results import Interval

MINUS = "\u2212"


def percent(share: float) -> str:
    """A share such as `22%`; one below 1% with a decimal."""
    value = 100 * share
    return f"{value:.1f}%" if 0 < value < 1 else f"{value:.0f}%"


def span(interval: Interval | None) -> str:
    """An interval of shares such as `14–34%`; empty without one."""
    if interval is None:
        return ""
    return f"{100 * interval.low:.0f}–{100 * interval.high:.0f}%"


def two(value: float) -> str:
    """A likeness such as `0.57`."""
    return f"{value:.2f}".replace("-", MINUS)


def signed(value: float) -> str:
    """A difference of likenesses such as `+0.39`; 0 has no sign."""
    return _signed(value, 2)


def points(difference: float) -> str:
    """A difference of shares in per cent points such as `−25`; 0 has no sign."""
    return _signed(100 * difference, 0)


def points_between(interval: Interval) -> tuple[str, str]:
    """Both ends of an interval of such differences."""
    return points(interval.low), points(interval.high)


def p_value(p: float) -> str:
    """A p value such as `0.031`; very small ones as `< 0.001`."""
    return "< 0.001" if p < 0.001 else f"{p:.2g}"


def _signed(value: float, digits: int) -> str:
    shown = f"{abs(value):.{digits}f}"
    if not float(shown):
        return shown
    return f"{MINUS if value < 0 else '+'}{shown}"
