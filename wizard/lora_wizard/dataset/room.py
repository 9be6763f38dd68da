"""How many pixels may be in memory at once, over all threads that decode pictures.

A picture takes up to 16 bytes a pixel while it is decoded and converted. Threads that look at
ordinary pictures run side by side; a very big picture waits until it is alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

MOST_PIXELS = 80_000_000
"""Of one picture. Four times the largest training size (4096 x 4096), and below the size from
which Pillow itself warns. Decoded, it takes about 1 GB at most."""


class Room:
    """A number of pixels that threads share.

    Args:
        pixels: That may be taken at once; whoever asks for more gets it alone.
    """

    def __init__(self, pixels: int) -> None:
        self._most, self._taken = pixels, 0
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, pixels: int) -> Iterator[None]:
        """Waits until there is room for `pixels`, and keeps it to the end of the block."""
        pixels = min(pixels, self._most)
        with self._changed:
            self._changed.wait_for(lambda: self._taken + pixels <= self._most)
            self._taken += pixels
        try:
            yield
        finally:
            with self._changed:
                self._taken -= pixels
                self._changed.notify_all()


ROOM = Room(MOST_PIXELS)
"""That of this process."""
