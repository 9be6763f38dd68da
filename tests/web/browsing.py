"""Debian's Chromium, and the real command that it looks at."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
REBOUND = "rebound.example"
"""A name of another site that leads to this machine."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--enable-unsafe-swiftshader",  # WebGL without a graphics card
    f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1",
]
needs_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium is installed (Debian: apt-get install chromium)"
)


@dataclass(frozen=True, slots=True)
class Served:
    """A `lora-wizard --web` that runs."""

    address: str
    port: int

    @property
    def token(self) -> str:
        return self.address.rstrip("/").rpartition("/")[2]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def serving(place: Path, *arguments: str) -> Iterator[Served]:
    """Runs the command in an empty folder and home of its own."""
    port = free_port()
    environment = {
        **os.environ,
        "HOME": str(place),
        "XDG_STATE_HOME": str(place / "state"),
        "XDG_CONFIG_HOME": str(place / "config"),
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-m", "lora_wizard", "--web", "--port", str(port), *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=place, env=environment
    ) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None
            yield Served(found[0], port)
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
            process.stdout.close()


@contextmanager
def another_site(page: str, policy: str = "") -> Iterator[int]:
    """A server on another port of this machine that answers every request with `page`."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            if policy:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
