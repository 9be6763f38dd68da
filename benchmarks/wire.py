"""What the monitor sends through SSH, and how soon it answers a key on a slow line.

    python benchmarks/wire.py [--size 80x24] [--slow] [--seconds 60] [--kbits 64]

A run that learns two steps a second is watched through a real sshd on this machine's loopback, with
keys and a port of its own, behind a relay that lets through so many bits a second. Needs OpenSSH's
server and client (Debian: openssh-server); everything is stopped and removed at the end.
"""

from __future__ import annotations

import getpass
import math
import os
import random
import re
import shlex
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click
from PIL import Image
from wire_benchmark.client import Client
from wire_benchmark.relay import Relay

from lora_wizard.output import echo
from lora_wizard.recipe import Recipe
from lora_wizard.runs import EventWriter, RunFolder, Sample, Started, Step, create_run

TRAINER = """
import math, random, sys, time
from pathlib import Path
from lora_wizard.runs import EventWriter, RunFolder, Step, write_record
folder = RunFolder(Path(sys.argv[1]))
write_record(folder, argv=sys.argv, versions={}, now=time.time())
log = EventWriter(folder.events_path)
print("here", flush=True)
for step in range(801, 3200):
    loss = abs(0.1 * math.exp(-step / 500) + 0.06 + random.Random(step).gauss(0, 0.03))
    log.write(Step(step, step // 457 + 1, loss, 1e-4, 0.5, time=time.time()))
    time.sleep(0.5)
"""
KEYS = (
    (b"l", b"ogarithmic"),
    (b"l", b"inear"),
    (b"\x1bOP", b"broken"),
    (b"\x1b", b"step"),
)
"""A key, and a part of what it makes appear: the scale's name, the help and its end."""


@click.command()
@click.option("--size", default="80x24", show_default=True, help="Columns x lines.")
@click.option("--slow", is_flag=True, help="Watch with --slow.")
@click.option("--seconds", default=60, show_default=True, type=click.IntRange(5))
@click.option("--kbits", default=64, show_default=True, help="Of the line, a second.")
def main(size: str, slow: bool, seconds: int, kbits: int) -> None:
    """Measure bytes a minute and seconds a key."""
    if shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin") is None:
        raise click.UsageError("there is no sshd (Debian: apt-get install openssh-server)")
    columns, lines = (int(part) for part in size.split("x"))
    with (
        tempfile.TemporaryDirectory() as home,
        training(Path(home)) as folder,
        sshd(Path(home)) as (port, key),
        Relay(port, kbits * 125) as relay,
    ):
        words = ["attach", str(folder.path), "--lang", "en", *(["--slow"] if slow else [])]
        command = shlex.join([sys.executable, "-m", "lora_wizard", *words])
        place = f"cd {shlex.quote(os.getcwd())} && COLORTERM=truecolor LC_ALL=C.UTF-8 "
        client = Client(relay.port, key, place + "exec " + command, (columns, lines))
        try:
            report(client, relay, seconds, size, slow, kbits)
        finally:
            client.close()


def report(client: Client, relay: Relay, seconds: int, size: str, slow: bool, kbits: int) -> None:
    """Watches for so long, then presses keys."""
    first = client.until(b"step", 60)
    client.listen(8)
    shown, on_the_line = client.received, relay.passed
    client.listen(seconds)
    minute = 60 / seconds / 1000
    what = f"{size}{' --slow' if slow else ''} at {kbits} kbit/s"
    echo(f"{what}: first screen after {first:.1f} s, {shown / 1000:.1f} kB with its pictures")
    echo(f"a minute: {(client.received - shown) * minute:.1f} kB, ", nl=False)
    echo(f"{(relay.passed - on_the_line) * minute:.1f} kB with SSH's own")
    times: list[float] = []
    for _ in range(3):
        for key, answer in KEYS:
            client.listen(random.Random(len(times)).uniform(0.5, 1.5))
            times.append(client.press(key, answer, 30))
    worst = "x".join(f"{one:.2f} " for one in times).replace("x", "")
    echo(f"a key's answer: median {statistics.median(times):.2f} s, most {max(times):.2f} s")
    echo(f"each: {worst.strip()}")


@contextmanager
def training(room: Path) -> Iterator[RunFolder]:
    """A run with 800 steps and four samples, and a process that adds to it."""
    folder = create_run(room / "run", Recipe())
    log = EventWriter(folder.events_path)
    log.write(Started(1, None, 3200, 7, 13, 1))
    for step in range(1, 801):
        loss = abs(0.1 * math.exp(-step / 500) + 0.06 + random.Random(step).gauss(0, 0.03))
        log.write(Step(step, step // 457 + 1, loss, 1e-4, 0.5, time=time.time()))
    for number in range(4):
        name = f"samples/step-000800-{number}.png"
        Image.effect_noise((64, 64), 90).convert("RGB").save(folder.path / name)
        log.write(Sample(800, f"prompt {number}", name))
    log.close()
    command = [sys.executable, "-c", TRAINER, str(folder.path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield folder
    finally:
        process.kill()
        process.wait()


@contextmanager
def sshd(room: Path) -> Iterator[tuple[int, Path]]:
    """A server on loopback that lets in one key: its port, and the key's file."""
    for name in ("host", "user"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(room / name)]
        subprocess.run(words, check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "ListenAddress": f"127.0.0.1:{port}",
        "HostKey": room / "host",
        "AuthorizedKeysFile": room / "user.pub",
        "AllowUsers": getpass.getuser(),
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "KbdInteractiveAuthentication": "no",
        "PermitRootLogin": "prohibit-password",
        "PrintMotd": "no",
    }
    (room / "config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program is not None
    with suppress(OSError):
        os.makedirs("/run/sshd", exist_ok=True)  # sshd wants it where it runs as root
    server = subprocess.Popen([program, "-D", "-e", "-f", str(room / "config")], stderr=-3)
    try:
        wait_for(port)
        yield port, room / "user"
    finally:
        server.terminate()
        server.wait()


def wait_for(port: int) -> None:
    """Until somebody listens there."""
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as there:
            if re.match(rb"SSH-", there.recv(16)):
                return
        time.sleep(0.05)
    raise click.ClickException("sshd did not start")


if __name__ == "__main__":
    main()
