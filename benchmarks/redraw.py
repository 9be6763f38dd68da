"""How many bytes the monitor sends for one redraw: what a slow line has to carry.

    python benchmarks/redraw.py [--size 100x30] [--redraws 20]

A run that grows by some steps a second is watched on a pty. The floor is a chart of the same size
sent whole once, as plain characters: a redraw that sends more than that would better send it all.
"""

from __future__ import annotations

import fcntl
import math
import os
import pty
import random
import select
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

import click

from lora_wizard.recipe import Recipe
from lora_wizard.runs import EventWriter, RunFolder, Started, Step, create_run, write_record
from lora_wizard.ui.drawing import render_chart

STEPS_BEFORE = 800
STEPS_A_SECOND = 5
AIM = 12 * 1024


@click.command()
@click.option("--size", default="100x30", show_default=True, help="Columns x lines.")
@click.option("--redraws", default=20, show_default=True, type=click.IntRange(3))
def main(size: str, redraws: int) -> None:
    """Measure the bytes of a redraw."""
    columns, lines = (int(part) for part in size.split("x"))
    with tempfile.TemporaryDirectory() as room:
        folder = create_run(Path(room) / "run", Recipe())
        write_record(folder, argv=sys.argv, versions={}, now=time.time())
        log = EventWriter(folder.events_path)
        log.write(Started(1, None, 3200, 7, 13, 1))
        losses = [(step, write_step(log, step)) for step in range(1, STEPS_BEFORE + 1)]
        sizes = watch(folder, log, columns, lines, redraws)
        log.close()
    whole = sum(len(row.plain.encode()) for row in render_chart(losses, columns, lines - 7))
    middle = statistics.median(sizes)
    click.echo(f"{columns}x{lines}, {len(sizes)} redraws of a second each")
    click.echo(f"a redraw: median {middle / 1024:.1f} KiB, most {max(sizes) / 1024:.1f} KiB")
    click.echo(f"floor, the chart's characters alone: {whole / 1024:.1f} KiB")
    click.echo(f"times the floor: {middle / whole:.2f}; aim below {AIM / 1024:.0f} KiB: ", nl=False)
    click.echo("met" if middle < AIM else "not met")


def write_step(log: EventWriter, step: int) -> float:
    """One more step with a loss as noisy as a real one."""
    loss = abs(0.1 * math.exp(-step / 500) + 0.06 + random.Random(step).gauss(0, 0.03))
    log.write(Step(step, step // 457 + 1, loss, 1e-4, 0.2, time=time.time()))
    return loss


def watch(folder: RunFolder, log: EventWriter, columns: int, lines: int, redraws: int) -> list[int]:
    """Bytes that came in each second while the run grew."""
    pid, terminal = pty.fork()
    if pid == 0:
        command = [sys.executable, "-m", "lora_wizard", "attach", str(folder.path), "--lang", "en"]
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        os.execve(sys.executable, command, {**environment, "SSH_TTY": "/dev/pts/0"})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    step = STEPS_BEFORE
    sizes = []
    drain(terminal, 4.0)  # the first picture of all
    for _ in range(redraws):
        for _ in range(STEPS_A_SECOND):
            step += 1
            write_step(log, step)
        sizes.append(drain(terminal, 1.0))
    os.write(terminal, b"q")
    drain(terminal, 1.0)
    os.close(terminal)
    os.waitpid(pid, 0)
    return [size for size in sizes if size]


def drain(terminal: int, seconds: float) -> int:
    """Reads what comes within a time; gives how much that was."""
    end, found = time.monotonic() + seconds, 0
    while (left := end - time.monotonic()) > 0:
        if not select.select([terminal], [], [], left)[0]:
            break
        try:
            found += len(os.read(terminal, 65536))
        except OSError:
            break
    return found


if __name__ == "__main__":
    main()
