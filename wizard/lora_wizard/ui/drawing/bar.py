"""A bar that fills from the left."""

from __future__ import annotations

__all__ = ["render_bar"]

_EIGHTHS = " ▏▎▍▌▋▊▉"


def render_bar(done: float, total: float, width: int, *, ascii: bool = False) -> str:
    """A bar in exactly `width` columns.

    Args:
        done: How much is done; what is beyond `total` counts as all.
        total: All of it; 0 where that is not known, which leaves the bar empty.
        width: Columns.
        ascii: `#` and `.` in brackets in place of blocks.
    """
    if width < 1:
        return ""
    share = min(max(done / total, 0.0), 1.0) if total > 0 else 0.0
    if ascii:
        if width < 3:
            return ("#" if share == 1 else ".") * width
        full = int(share * (width - 2))
        return f"[{'#' * full}{'.' * (width - 2 - full)}]"
    full, eighths = divmod(int(share * width * 8), 8)
    part = _EIGHTHS[eighths] if eighths else ""
    return ("█" * full + part).ljust(width, "░")
