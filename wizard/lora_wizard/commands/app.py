"""`lora-wizard` without a command: the app on this terminal, or in a browser on this machine."""

from __future__ import annotations

import importlib.util
import shlex
import sys
from pathlib import Path

from lora_wizard.errors import LoraWizardError
from lora_wizard.output import echo
from lora_wizard.ui.launching import open_app

__all__ = ["open_or_serve", "served_command"]


def open_or_serve(
    *,
    lang: str | None,
    ascii: bool | None,
    slow: bool,
    mouse: bool | None,
    root: Path,
    images: Path | None,
    base: str | None,
    web: bool,
    port: int,
) -> None:
    """Opens the app.

    Raises:
        LoraWizardError: This is no terminal, or what the browser needs is not installed.
    """
    if web:
        own = {"slow": slow, "ascii": ascii, "mouse": mouse}
        _serve(served_command(lang=lang, root=root, images=images, base=base, **own), port)
        return
    open_app(
        language=lang, ascii=ascii, slow=slow, mouse=mouse, root=root, images=images, base=base
    )


def served_command(
    *,
    lang: str | None,
    root: Path,
    images: Path | None,
    base: str | None,
    slow: bool | None = None,
    ascii: bool | None = None,
    mouse: bool | None = None,
) -> str:
    """The command that runs once for every browser that comes."""
    words = [sys.executable, "-m", "lora_wizard", "--root", str(root.absolute())]
    if lang is not None:
        words += ["--lang", lang]
    if images is not None:
        words += ["--images", str(images.expanduser().absolute())]
    if base is not None:
        words += ["--base", base]
    if slow:
        words.append("--slow")
    for name, choice in (("ascii", ascii), ("mouse", mouse)):
        if choice is not None:
            words.append(f"--{name}" if choice else f"--no-{name}")
    return shlex.join(words)


def _serve(command: str, port: int) -> None:
    if importlib.util.find_spec("textual_serve") is None:
        raise LoraWizardError(
            "showing the app in a browser needs textual-serve, which is not installed",
            where="--web",
            fix="Install it with: pip install 'lora-wizard[web]'",
        )
    from textual_serve.server import Server

    echo(f"Open http://127.0.0.1:{port} in a browser. Ctrl-C ends this; training goes on.")
    echo(f"From another machine: ssh -L {port}:127.0.0.1:{port} HOST, then the same address.")
    # Only this machine may come: whoever reaches the page may train and read folders.
    Server(command, host="127.0.0.1", port=port, title="LoRA Wizard").serve()
