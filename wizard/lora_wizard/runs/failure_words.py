"""What happened to a run that failed or was lost, and what to do: the one place for these words.

The traceback is never the first thing seen; it is kept apart for whoever wants it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

from lora_wizard.errors import LoraWizardError
from lora_wizard.explaining import joined
from lora_wizard.language import Language, text
from lora_wizard.runs.disk import LEAST_FREE_BYTES, free_bytes, size_words
from lora_wizard.runs.failure_cause import Cause, cause_of_failure, cause_of_loss
from lora_wizard.runs.folder import RunFolder
from lora_wizard.runs.lighter import lighter_settings
from lora_wizard.runs.process import ProcessIdentity
from lora_wizard.runs.state import RunState, RunStatus, console_tail
from lora_wizard.runs.typing_words import again_command, resume_command, short_path

if TYPE_CHECKING:
    from lora_wizard.recipe import Recipe

__all__ = ["FailureAdvice", "MemoryEstimate", "failure_advice", "memory_kills"]

MemoryEstimate = Callable[["Recipe"], int | None]
"""About how many bytes of device memory a recipe takes; None where that is not known."""

_CGROUP_EVENTS = (
    Path("/sys/fs/cgroup/memory.events"),
    Path("/sys/fs/cgroup/memory/memory.oom_control"),
)
_NEAR_ALPHA = 0.5
"""From this share of the rank on, alpha makes the learning rate act in full."""


@dataclass(frozen=True, slots=True)
class FailureAdvice:
    """A failure in words."""

    cause: Cause
    title: str
    """A few words, such as `Out of GPU memory`."""
    what: str
    """What happened, with the numbers that are known. May have several lines."""
    advice: tuple[str, ...]
    """What to do, one sentence or two each, in the order in which to try it."""
    traceback: str
    """For those who ask: the traceback, or the last lines that were printed. May be empty."""


def failure_advice(
    status: RunStatus, language: Language = "en", *, memory: MemoryEstimate | None = None
) -> FailureAdvice:
    """The words for a run that failed or was lost.

    Args:
        status: Of such a run.
        language: Of the words; what the trainer said itself is in English.
        memory: Tells what a lower setting would then need; without it no such number is given.

    Raises:
        ValueError: The run did not fail and was not lost.
    """
    if status.state not in (RunState.FAILED, RunState.LOST):
        raise ValueError(f"a run that is {status.state} has no failure")
    cause = _cause(status)
    said = _Said(status, language, memory)
    failure = status.summary.failure
    return FailureAdvice(
        cause=cause,
        title=text(f"failure.{cause}.title", language),
        what=said.what(cause),
        advice=tuple(said.advice(cause)),
        traceback=failure.traceback if failure else console_tail(status.folder, 40),
    )


def memory_kills(files: tuple[Path, ...] = _CGROUP_EVENTS) -> int:
    """How many processes the kernel has killed for memory in this container; 0 if not known."""
    for file in files:
        try:
            for line in file.read_text(encoding="ascii").splitlines():
                name, _, count = line.partition(" ")
                if name == "oom_kill":
                    return int(count)
        except (OSError, ValueError):
            continue
    return 0


def _cause(status: RunStatus) -> Cause:
    failure = status.summary.failure
    if failure is not None:
        return cause_of_failure(failure)
    record, here = status.record, ProcessIdentity.current()
    is_here = record is not None and record.is_here
    restarted = is_here and record is not None and record.process.boot_id != here.boot_id
    printed = ""
    if record is not None and _modified(status.folder.console_path) >= record.started_at:
        printed = console_tail(status.folder)
    return cause_of_loss(
        printed,
        restarted=restarted,
        memory_kills=memory_kills() if is_here else 0,
        disk_full=is_here and 0 <= free_bytes(status.folder.path) < LEAST_FREE_BYTES,
    )


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


@dataclass(frozen=True, slots=True)
class _Said:
    """The sentences of one failed run."""

    status: RunStatus
    language: Language
    memory: MemoryEstimate | None

    def words(self, key: str, **values: object) -> str:
        return text(f"failure.{key}", self.language, **values)

    def what(self, cause: Cause) -> str:
        """With numbers where there are any; the trainer's own words where those say more."""
        summary, failure = self.status.summary, self.status.summary.failure
        if cause is Cause.DEVICE_MEMORY and summary.gpu is not None:
            peak, total = size_words(summary.gpu.peak), size_words(summary.gpu.total)
            return self.words("device_memory.measured", peak=peak, total=total)
        if failure is not None and cause not in (Cause.DEVICE_MEMORY, Cause.HOST_MEMORY):
            return failure.error
        return self.words(f"{cause}.what")

    def advice(self, cause: Cause) -> list[str]:
        """What to do, and how to go on where something was saved."""
        match cause:
            case Cause.DEVICE_MEMORY:
                return [*self._lighter(), self.words("device_memory.others")]
            case Cause.DIVERGED:
                return self._calmer()
            case Cause.DISK_FULL:
                free = size_words(max(0, free_bytes(self.status.folder.path)))
                room = self.words(
                    "disk_full.room", path=short_path(self.status.folder.path), free=free
                )
                return [room, *self._resume()]
            case Cause.OTHER | Cause.PICTURES | Cause.BASE:
                failure = self.status.summary.failure
                hint = failure.hint if failure else ""
                return [*([hint] if hint else []), *self._resume()]
            case Cause.FAULT:
                console = short_path(self.status.folder.console_path)
                return [self.words("fault.report", console=console), *self._resume()]
            case Cause.HOST_MEMORY | Cause.RESTARTED | Cause.KILLED:
                return [self.words(f"{cause}.do"), *self._resume()]

    def _lighter(self) -> list[str]:
        recipe = _recipe(self.status.folder)
        if recipe is None:
            return [self.words("lower.anything")]
        sentences = []
        for lighter in lighter_settings(recipe):
            words = [self.words(f"lower.{lighter.name}", now=lighter.now, then=lighter.then)]
            need = self._need(recipe, lighter.changes)
            words += [need] if need else []
            again = again_command(self.status.folder, lighter.changes)
            words.append(self.words("again", command=again))
            sentences.append(reduce(joined, words))
        return sentences or [self.words("lower.nothing")]

    def _need(self, recipe: Recipe, changes: dict[str, str]) -> str:
        from lora_wizard.recipe import with_settings

        if self.memory is None:
            return ""
        now, then = self.memory(recipe), self.memory(with_settings(recipe, changes))
        if now is None or then is None:
            return ""
        return self.words("need", now=size_words(now), then=size_words(then))

    def _calmer(self) -> list[str]:
        """What the experiments say of a loss that is no number: the rate, then alpha, then fp16."""
        recipe = _recipe(self.status.folder)
        if recipe is None:
            return [self.words("diverged.lower")]
        training, network = recipe.training, recipe.network
        changes = {"training.learning_rate": f"{training.learning_rate / 4:g}"}
        sentences = [self.words("diverged.rate", now=f"{training.learning_rate:g}")]
        if network.alpha >= _NEAR_ALPHA * network.rank and network.rank > 1:
            values = {"alpha": f"{network.alpha:g}", "rank": network.rank}
            sentences.append(self.words("diverged.alpha", **values))
        if training.precision == "fp16":
            sentences.append(self.words("diverged.precision"))
        again = again_command(self.status.folder, changes)
        return [*sentences, self.words("diverged.again", command=again)]

    def _resume(self) -> list[str]:
        """Only where there is a saved state to go on from."""
        folder = self.status.folder
        if not (folder.state.is_dir() and any(folder.state.iterdir())):
            return []
        return [self.words("resume", command=resume_command(folder))]


def _recipe(folder: RunFolder) -> Recipe | None:
    """None where the recipe itself is what cannot be read."""
    # Not at the top: whoever only looks at runs need not wait for pydantic.
    from lora_wizard.recipe import read_recipe

    try:
        return read_recipe(folder.recipe_path)
    except (LoraWizardError, OSError):
        return None
