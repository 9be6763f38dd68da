"""A line of so many bytes a second between two sockets, with room for what waits."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from types import TracebackType

__all__ = ["Relay"]

_PIECE = 512


class Relay:
    """Listens on a port of its own and hands on to another, one connection.

    Args:
        target: Port on this machine.
        rate: Bytes a second in each direction.
    """

    def __init__(self, target: int, rate: float) -> None:
        self.passed = 0
        """Bytes that came through from the server."""
        self._target, self._rate = target, rate
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]

    def __enter__(self) -> Relay:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            here, _ = self._listening.accept()
            there = socket.create_connection(("127.0.0.1", self._target))
            for one in (here, there):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            up = threading.Thread(target=self._hand_on, args=(here, there, False), daemon=True)
            up.start()
            self._hand_on(there, here, True)

    def _hand_on(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        free_at = time.monotonic()
        with suppress(OSError):
            while piece := source.recv(_PIECE):
                free_at = max(free_at, time.monotonic()) + len(piece) / self._rate
                time.sleep(max(free_at - time.monotonic(), 0))
                target.sendall(piece)
                if counts:
                    self.passed += len(piece)
            target.shutdown(socket.SHUT_WR)
