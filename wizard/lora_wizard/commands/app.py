"""`lora-wizard` without a command: the app on this terminal, or in a browser on this machine."""

from __future__ import annotations

import importlib.util
import os
import shlex
import sys
from pathlib import Path

from lora_wizard.errors import LoraWizardError
from lora_wizard.language import Language, choose_language
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
        command = served_command(
            lang=lang, ascii=ascii, slow=slow, mouse=mouse, root=root, images=images, base=base
        )
        _serve(command, port, choose_language(lang, os.environ))
        return
    open_app(
        language=lang, ascii=ascii, slow=slow, mouse=mouse, root=root, images=images, base=base
    )


def served_command(
    *,
    lang: str | None,
    ascii: bool | None,
    slow: bool,
    mouse: bool | None,
    root: Path,
    images: Path | None,
    base: str | None,
) -> str:
    """The command that opens the app for the page, as a line for a shell."""
    words = [sys.executable, "-m", "lora_wizard", "--root", str(root.absolute())]
    if lang is not None:
        words += ["--lang", lang]
    if ascii is not None:
        words += ["--ascii" if ascii else "--no-ascii"]
    if slow:
        words += ["--slow"]
    # A browser's page ends with its connection: no terminal is left that goes on typing.
    words += ["--no-mouse" if mouse is False else "--mouse"]
    if images is not None:
        words += ["--images", str(images.expanduser().absolute())]
    if base is not None:
        words += ["--base", base]
    return shlex.join(words)


def _serve(command: str, port: int, language: Language) -> None:
    if importlib.util.find_spec("textual_serve") is None:
        raise LoraWizardError(
            "showing the app in a browser needs textual-serve, which is not installed",
            where="--web",
            fix="Install it with: pip install 'lora-wizard[web]'",
        )
    from lora_wizard.web import serve

    serve(command, port=port, language=language)
