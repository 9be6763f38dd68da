"""Numbers of a run as words."""

import math

__all__ = ["duration_words"]


def duration_words(seconds: float) -> str:
    """A time such as `40 s`, `14 min` or `2 h 5 min`; nothing finer than what matters.

    Args:
        seconds: 0 or more. What is not finite (a damaged log) is called unknown.
    """
    if not math.isfinite(seconds):
        return "an unknown time"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} days {hours} h" if hours else f"{days} days"
