"""How long a step takes: from earlier runs, or measured now when the user asks."""

from __future__ import annotations

import threading

from textual import work

from lora_wizard.errors import LoraWizardError
from lora_wizard.flow import Probe, Speed, earlier_speeds, probe
from lora_wizard.recipe import Recipe
from lora_wizard.runs import Summary
from lora_wizard.ui.wizard.flow_screen import FlowScreen

__all__ = ["Measuring"]


class Measuring(FlowScreen):
    """A screen that knows earlier speeds and can measure one."""

    measuring_words = ""
    """How a measurement stands; empty while there is none."""
    _earlier: tuple[Speed, ...] | None = None
    _broken_off: threading.Event | None = None

    def speeds(self) -> tuple[Speed, ...]:
        """Measured ones first, then those of earlier runs."""
        if self._earlier is None:
            self._earlier = earlier_speeds(self.settings.root)
        return (*self.wizard_app.measured, *self._earlier)

    def action_measure(self) -> None:
        """Trains a dozen steps in a folder that is thrown away; a second time breaks it off."""
        if self._broken_off is not None:
            self.stop_measuring()
            return
        try:
            recipe = self.flow.result()
        except LoraWizardError as error:
            self.wizard_app.report(error)
            return
        self._broken_off = threading.Event()
        self.measuring_words = self.words("wizard.measuring.begun")
        self.show()
        self._measure(recipe, self._broken_off)

    def stop_measuring(self) -> None:
        """Ends a measurement: it must not share the device with a run."""
        if self._broken_off is not None:
            self._broken_off.set()

    def on_unmount(self) -> None:
        """Whoever leaves does not wait for it."""
        self.stop_measuring()

    @work(thread=True, exclusive=True, group="measure", exit_on_error=False)
    def _measure(self, recipe: Recipe, broken_off: threading.Event) -> None:
        def tell(summary: Summary) -> None:
            words = {"step": summary.step, "total": summary.total}
            self.app.call_from_thread(self._say, self.words("wizard.measuring.steps", **words))

        found: Probe | None = None
        trouble: LoraWizardError | OSError | None = None
        try:
            found = probe(recipe, cancelled=broken_off.is_set, tell=tell)
        except (LoraWizardError, OSError) as error:
            trouble = error
        if self.app.is_running:
            self.app.call_from_thread(self._measured, found, trouble)

    def _say(self, words: str) -> None:
        if self.is_mounted and words != self.measuring_words and self._broken_off is not None:
            self.measuring_words = words
            self.show()

    def _measured(self, found: Probe | None, trouble: LoraWizardError | OSError | None) -> None:
        self._broken_off, self.measuring_words = None, ""
        if found is not None:
            self.wizard_app.measured = (found.speed, *self.wizard_app.measured)
        if trouble is not None:
            self.wizard_app.report(trouble)
        if self.is_mounted:
            self.show()
