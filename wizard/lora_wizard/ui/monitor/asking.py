"""What one may ask of a trainer: to stop, to save, to draw, to go on; and that it was heard."""

from __future__ import annotations

from collections.abc import Callable

from lora_wizard.errors import LoraWizardError
from lora_wizard.runs import (
    Request,
    RunState,
    request_sample,
    request_save,
    request_stop,
    unsaved,
)
from lora_wizard.ui.dialogs import ConfirmDialog
from lora_wizard.ui.monitor.reading import LookedAt
from lora_wizard.ui.monitor.watching import WatchingScreen

__all__ = ["RESUMABLE", "AskingScreen"]

RESUMABLE = (RunState.STOPPED, RunState.FAILED, RunState.LOST, RunState.CREATED)


class AskingScreen(WatchingScreen):
    """A screen of a run that can ask its trainer for something."""

    asked_to_stop = False
    """Whether the trainer that runs now was asked to stop, from here or as its folder tells."""

    @property
    def state(self) -> RunState | None:
        """The run's, as it was seen last."""
        return self.looked.status.state if self.looked else None

    def show(self, before: LookedAt | None) -> None:
        """Says what the trainer has taken up since the last look."""
        if self.looked is None:
            return
        if self.state is not RunState.RUNNING:
            self.asked_to_stop = False
        elif Request.STOP in self.looked.asked:
            self.asked_to_stop = True
        if before is not None and self.state is RunState.RUNNING:
            for request in sorted(before.asked - self.looked.asked):
                self.notify(self.words(f"monitor.heard.{request.value}"))

    def action_stop(self) -> None:
        """Asks whether to stop; where it was asked already, whether to kill."""
        if not self.asked_to_stop:
            self._confirm("stop", self.words("monitor.stop.body"), self._stop)
            return
        try:
            lost = unsaved(self.folder)
        except LoraWizardError as error:
            self.wizard_app.report(error)
            return
        which = "body" if lost.saved_at is not None else "nothing_saved"
        body = self.words(f"monitor.kill.{which}", steps=lost.steps)
        self._confirm("kill", body, self._kill, careful=True)

    def action_save(self) -> None:
        """Asks for a LoRA after this step."""
        self._ask(lambda: request_save(self.folder), "save")

    def action_sample(self) -> None:
        """Asks for samples after this step."""
        self._ask(lambda: request_sample(self.folder), "sample")

    def action_resume(self) -> None:
        """Asks whether to go on with a run that is not being trained."""
        if self.looked is None:
            return
        summary = self.looked.status.summary
        which = "body_created" if self.state is RunState.CREATED else "body"
        body = self.words(f"monitor.resume.{which}", step=summary.step, total=summary.total)
        self._confirm("resume", body, lambda: self.wizard_app.start_run(self.folder))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A run that trains can be asked for something, one that does not can go on."""
        if action in ("stop", "save", "sample"):
            return self.state is RunState.RUNNING
        if action == "answers":
            return self.state not in (None, RunState.RUNNING)
        if action == "resume":
            return self.state in RESUMABLE and not self.wizard_app.is_starting
        return True

    def _stop(self) -> None:
        self.asked_to_stop = self._ask(lambda: request_stop(self.folder), "stop")

    def _kill(self) -> None:
        self._ask(lambda: request_stop(self.folder, now=True), "kill")

    def _ask(self, request: Callable[[], None], name: str) -> bool:
        """Makes a request and says so; says what is wrong otherwise."""
        try:
            request()
        except (LoraWizardError, OSError) as error:
            self.wizard_app.report(error)
            return False
        self.notify(self.words(f"monitor.asked.{name}"))
        self.look()
        return True

    def _confirm(
        self, name: str, body: str, then: Callable[[], None], *, careful: bool = False
    ) -> None:
        def answered(sure: bool | None) -> None:
            if sure:
                then()

        words = [self.words(f"monitor.{name}.{part}") for part in ("title", "yes", "no")]
        title, yes, no = words
        self.app.push_screen(ConfirmDialog(title, body, yes, no, careful=careful), answered)
