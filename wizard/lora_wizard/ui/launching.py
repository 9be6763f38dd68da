"""Opens the app on a terminal. Textual is imported here and not before: it reads its environment
when it is imported.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lora_wizard.errors import LoraWizardError
from lora_wizard.runs import RunFolder
from lora_wizard.ui.settings import choose_settings, is_remote, terminal_environment

__all__ = ["check_terminal", "open_app"]


def open_app(
    *,
    language: str | None = None,
    ascii: bool | None = None,
    slow: bool = False,
    mouse: bool | None = None,
    root: Path,
    images: Path | None = None,
    base: str | None = None,
    monitors: Sequence[RunFolder] = (),
) -> None:
    """Runs the app until the user leaves. Training that was started goes on after it.

    Args:
        language: `en` or `ja`; None for the terminal's.
        ascii: Whether only ASCII is drawn; None for what the terminal can show.
        slow: Whether to send little: few redraws, no pictures until asked.
        mouse: Whether the mouse is used; None for only where there is no SSH between: a broken
            connection leaves the user's terminal with a mouse that types.
        root: The folder of runs.
        images: A folder of pictures, as an answer given already.
        base: A base model, as an answer given already.
        monitors: A run to look at in place of the first screen; the user chooses from several.

    Raises:
        LoraWizardError: Standard input or output is no terminal.
    """
    check_terminal()
    os.environ.update(terminal_environment(os.environ, slow=slow))
    settings = choose_settings(
        language=language,
        ascii=ascii,
        slow=slow,
        root=root,
        environment=os.environ,
        encoding=sys.stdout.encoding or "ascii",
    )
    from lora_wizard.ui.app import Opening, WizardApp

    app = WizardApp(settings, Opening(images, base, tuple(monitors)))
    app.run(mouse=not is_remote(os.environ) if mouse is None else mouse)
    if app.return_code:
        raise SystemExit(app.return_code)


def check_terminal() -> None:
    """Whether screens can be shown here.

    Raises:
        LoraWizardError: They cannot; with what works without a screen.
    """
    if os.environ.get("TEXTUAL_DRIVER"):  # a browser's page, which textual-serve made
        return
    if sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        return
    raise LoraWizardError(
        "the screens need a terminal, and this is none",
        fix="Over SSH use `ssh -t HOST lora-wizard`. Without a screen there are `lora-wizard new`, "
        "`lora-wizard train` and `lora-wizard attach --plain`.",
    )
