"""Why a run ended, from what it left behind. Pure: words in, a cause out.

A trainer that could still speak left its error and traceback in the log. One that could not left
its last printed lines, and a boot that may be over.
"""

import re
from enum import StrEnum

from lora_wizard.exhaustion import SAID as MEMORY
from lora_wizard.runs.events import Failed

__all__ = ["Cause", "cause_of_failure", "cause_of_loss", "error_name"]


class Cause(StrEnum):
    """Each has its words in the catalogue `failure`, and its advice in `failure_advice.py`."""

    DEVICE_MEMORY = "device_memory"
    """The GPU's memory."""
    HOST_MEMORY = "host_memory"
    """The machine's own memory, or the container's share of it."""
    DISK_FULL = "disk_full"
    DIVERGED = "diverged"
    """The loss became infinite or not a number."""
    PICTURES = "pictures"
    """A picture or caption, or their folder, cannot be read."""
    BASE = "base"
    """The base model is missing or cannot be used."""
    OTHER = "other"
    """Told in words of its own."""
    FAULT = "fault"
    """A fault of this program or of a library."""
    RESTARTED = "restarted"
    """The machine was started anew in the meantime: a power cut, or somebody rebooted it."""
    KILLED = "killed"
    """Ended without a word, and nothing tells why."""


_ERROR_LINE = re.compile(r"^((?:\w+\.)*\w*(?:Error|Exception|Interrupt|Exit))(?::|$)", re.MULTILINE)

_WORDS = (
    (Cause.DEVICE_MEMORY, re.compile(r"CUDA(?: error:)? out of memory|HIP out of memory", re.I)),
    (Cause.HOST_MEMORY, re.compile(rf"{MEMORY.pattern}|machine's memory ran out", re.I)),
    (
        Cause.DISK_FULL,
        re.compile(r"the disk is full|disk quota|No space left on device", re.I),
    ),
)

_NAMES = {
    "OutOfMemoryError": Cause.DEVICE_MEMORY,
    "MemoryError": Cause.HOST_MEMORY,
    "NonFiniteLossError": Cause.DIVERGED,
    "DatasetError": Cause.PICTURES,
    "UnidentifiedImageError": Cause.PICTURES,
    "ModelError": Cause.BASE,
}


def cause_of_failure(failure: Failed) -> Cause:
    """Why a trainer failed that said so."""
    name = error_name(failure.traceback)
    if name in _NAMES:
        return _NAMES[name]
    # A sentence about pictures may hold any words: only what is not told yet is searched.
    last = failure.traceback[failure.traceback.rfind(name) :] if name else ""
    found = _said(f"{failure.error}\n{last}")
    if found is not None:
        return found
    ours = "lora_wizard.errors." in failure.traceback or not name
    return Cause.OTHER if ours else Cause.FAULT


def cause_of_loss(
    printed: str, *, restarted: bool, memory_kills: int, disk_full: bool = False
) -> Cause:
    """Why a trainer ended that did not say so.

    Args:
        printed: The last lines of its console.
        restarted: Whether the machine was started anew since.
        memory_kills: How many processes were killed for memory in this container, as far as known.
        disk_full: Whether the run's disk has no room: a trainer there can say nothing at its end,
            so that this is more likely than anything that is not said.
    """
    if restarted:
        return Cause.RESTARTED
    found = _said(printed)
    if found is not None:
        return found
    if disk_full:
        return Cause.DISK_FULL
    return Cause.HOST_MEMORY if memory_kills else Cause.KILLED


def error_name(traceback: str) -> str:
    """The last error's class in a traceback, without its module; empty where there is none."""
    names = _ERROR_LINE.findall(traceback)
    return str(names[-1]).rpartition(".")[2] if names else ""


def _said(text: str) -> Cause | None:
    return next((cause for cause, words in _WORDS if words.search(text)), None)
