"""Numbers of a run as words."""

import math

from lora_wizard.language import Language, text

__all__ = ["duration_words"]


def duration_words(seconds: float, language: Language = "en") -> str:
    """A time such as `40 s`, `14 min` or `2 h 5 min`; nothing finer than what matters.

    Args:
        seconds: What is not finite (a damaged log) is called unknown; less than 0 counts as 0.
        language: Of the units.
    """
    if not math.isfinite(seconds):
        return text("common.time.unknown", language)
    if seconds < 59.5:
        return text("common.time.seconds", language, seconds=round(max(seconds, 0.0)))
    minutes = round(seconds / 60)
    if minutes < 60:
        return text("common.time.minutes", language, minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        key = "hours_minutes" if minutes else "hours"
        return text(f"common.time.{key}", language, hours=hours, minutes=minutes)
    days, hours = divmod(hours, 24)
    key = "days_hours" if hours else "days"
    return text(f"common.time.{key}", language, days=days, hours=hours)
