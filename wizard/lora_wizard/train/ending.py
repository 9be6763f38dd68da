"""How a trainer's process comes to its end: wishes from outside, and errors in words."""

from __future__ import annotations

import signal
import traceback
from contextlib import suppress

from lora_wizard.errors import LoraWizardError
from lora_wizard.exhaustion import ADVICE, is_out_of_memory
from lora_wizard.output import echo
from lora_wizard.runs import EventWriter, Failed


class StoppedEarlyError(Exception):
    """The run was asked to stop before its first step: there is nothing new to save."""


class Wishes:
    """Signals as wishes: the step is finished first. A lost terminal is no reason to stop."""

    def __init__(self) -> None:
        self.stop = False
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGINT, self._ask)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _ask(self, number: int, frame: object) -> None:
        self.stop = True


def failure_of(error: Exception) -> Failed:
    """A bug, or the machine's limits, in words where there are any."""
    trace = traceback.format_exc()
    if type(error).__name__ == "OutOfMemoryError":
        hint = (
            "Lower training.batch_size or data.resolution, set "
            "training.gradient_checkpointing = true, or use a smaller network.rank"
        )
        return Failed("the device has not enough memory for this recipe", hint, trace)
    if is_out_of_memory(error):
        return Failed("the machine's memory ran out", ADVICE, trace)
    return Failed(f"{type(error).__name__}: {error}", "This is a fault of LoRA Wizard, or of a "
                  "library below it. The traceback is in console.log", trace)  # fmt: skip


def tell_failure(log: EventWriter, failed: Failed, printed: str) -> None:
    """In the log and on the console: on a full disk one of them may refuse, or both."""
    with suppress(LoraWizardError):
        log.write(failed)
    with suppress(OSError):
        echo(printed, err=True)
