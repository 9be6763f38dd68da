"""A terminal with `ssh` in it: counts what comes, answers as terminals do, and times keys."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from contextlib import suppress
from pathlib import Path

__all__ = ["Client"]

_SEQUENCE = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>]")


class Client:
    """`ssh` on a pty.

    Args:
        port: Where to connect on this machine.
        key: The private key's file.
        command: What to run there.
        size: Columns and lines.
    """

    def __init__(self, port: int, key: Path, command: str, size: tuple[int, int]) -> None:
        self.received = 0
        """Bytes that came."""
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
        words = ["ssh", "-tt", "-p", str(port), "-i", str(key), "-o", "IdentitiesOnly=yes"]
        words += [word for option in options for word in ("-o", option)]
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            time.sleep(0.2)  # until the size is set
            os.environ["TERM"] = "xterm-256color"
            os.execvp("ssh", [*words, "127.0.0.1", command])
        lines = struct.pack("HHHH", size[1], size[0], 0, 0)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, lines)

    def listen(self, seconds: float) -> bytes:
        """Takes what comes within a time."""
        end, found = time.monotonic() + seconds, b""
        while (left := end - time.monotonic()) > 0:
            if select.select([self._terminal], [], [], left)[0]:
                found += self._take()
        return found

    def until(self, words: bytes, seconds: float) -> float:
        """Waits for words; gives how long that took, or the limit."""
        begun, found = time.monotonic(), b""
        while (passed := time.monotonic() - begun) < seconds:
            if words in _SEQUENCE.sub(b"", found):
                return passed
            if select.select([self._terminal], [], [], seconds - passed)[0]:
                found += self._take()
        return seconds

    def press(self, key: bytes, answer: bytes, seconds: float) -> float:
        """Types a key; gives the seconds until its answer is seen."""
        os.write(self._terminal, key)
        return self.until(answer, seconds)

    def close(self) -> None:
        """Hangs up."""
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGTERM)
        os.close(self._terminal)
        os.waitpid(self._pid, 0)

    def _take(self) -> bytes:
        try:
            piece = os.read(self._terminal, 65536)
        except OSError as error:
            raise ConnectionError("the connection ended early") from error
        self.received += len(piece)
        for _ in range(piece.count(b"\x1b[6n")):
            os.write(self._terminal, b"\x1b[1;1R")
        return piece
