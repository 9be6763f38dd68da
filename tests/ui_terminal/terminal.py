"""A real terminal for a test: a pty, what was written to it, and keys."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from tests.terminal_model import TerminalModel

DEADLINE_SECONDS = 60.0
"""Far more than anything here takes; only a broken test waits so long."""
_LONGEST_SEQUENCE = 40
"""No control sequence is longer, but for the titles that nobody reads here."""


class Terminal:
    """`python -m lora_wizard WORDS` on a pty of its own.

    Args:
        words: After `lora-wizard`.
        cwd: Where it runs.
        size: Columns and lines.
        environment: Beside the test's own.
    """

    def __init__(
        self,
        *words: str,
        cwd: Path,
        size: tuple[int, int] = (80, 24),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.written = b""
        self._screen = TerminalModel(*size)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._unfinished = ""
        environ = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        environ |= environment or {}
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # also where the tests run under nohup
            os.chdir(cwd)
            os.execve(sys.executable, [sys.executable, "-m", "lora_wizard", *words], environ)
        lines = struct.pack("HHHH", size[1], size[0], 0, 0)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, lines)

    def press(self, keys: str) -> None:
        """Types."""
        os.write(self._fd, keys.encode())

    def read(self, seconds: float) -> None:
        """Takes what is written, until nothing has come for so long."""
        while select.select([self._fd], [], [], seconds)[0]:
            try:
                chunk = os.read(self._fd, 65536)
            except OSError:  # the other end is closed
                return
            if not chunk:
                return
            self._take(chunk)

    def _take(self, chunk: bytes) -> None:
        self.written += chunk
        words = self._unfinished + self._decoder.decode(chunk)
        # A sequence may be cut in two: its first half waits for the rest.
        cut = words.rfind("\x1b")
        if cut < 0 or len(words) - cut > _LONGEST_SEQUENCE:
            cut = len(words)
        self._screen.feed(words[:cut])
        self._unfinished = words[cut:]

    @property
    def shown(self) -> str:
        """What the screen shows now."""
        return self._screen.shown_after(self._unfinished)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Reads until something is so."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, self.shown
            self.read(0.05)

    def wait_for_words(self, words: str) -> None:
        """Reads until the screen shows words."""
        self.wait_for(lambda: words in self.shown)

    def hang_up(self) -> int:
        """The connection is gone. Gives the process's wait status."""
        os.close(self._fd)
        self._fd = -1
        return os.waitpid(self.pid, 0)[1]

    def end(self) -> int:
        """Waits for the process to end by itself; gives its exit code."""
        self.read(1.0)
        status = os.waitpid(self.pid, 0)[1]
        os.close(self._fd)
        self._fd = -1
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        """Ends whatever is left, at the end of a test."""
        if self._fd >= 0:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.close(self._fd)
            with suppress(ChildProcessError):
                os.waitpid(self.pid, 0)
