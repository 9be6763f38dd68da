"""The losses of a run on the screen."""

from __future__ import annotations

from dataclasses import replace

from textual.events import Resize

from lora_wizard.runs import Summary
from lora_wizard.runs.summary import smoothed
from lora_wizard.ui.drawing import ChartLook, render_chart
from lora_wizard.ui.monitor.rows import RowsView

__all__ = ["SMOOTHINGS", "LossChart"]

SMOOTHINGS = (0.98, 0.9, 0.0)
"""How much the line is smoothed, one after another; 0 for no line."""


_RECENT = 400
"""Losses that the last point of the line depends on."""


class LossChart(RowsView):
    """A run's losses.

    Args:
        ascii: Whether only ASCII is drawn.
        id: Of the widget.
    """

    def __init__(self, *, ascii: bool, id: str | None = None) -> None:
        super().__init__(id=id)
        self.look = ChartLook(decay=SMOOTHINGS[0], ascii=ascii)
        self._losses: tuple[tuple[int, float], ...] = ()
        self._total = 0
        self._held_out: tuple[tuple[int, float], ...] = ()

    def show(self, summary: Summary) -> None:
        """Draws the losses of a run as it is now."""
        held_out = tuple((one.step, one.loss) for one in summary.validations)
        seen = (self._losses, self._total, self._held_out)
        if (summary.losses, summary.total, held_out) != seen:
            self._losses, self._total, self._held_out = summary.losses, summary.total, held_out
            self._draw()

    def toggle_scale(self) -> None:
        """Linear or logarithmic."""
        self.look = replace(self.look, logarithmic=not self.look.logarithmic)
        self._draw()

    def next_smoothing(self) -> None:
        """Smoother, less smooth, or no line."""
        place = SMOOTHINGS.index(self.look.decay) + 1
        self.look = replace(self.look, decay=SMOOTHINGS[place % len(SMOOTHINGS)])
        self._draw()

    def on_resize(self, event: Resize) -> None:
        """Draws anew in the new size."""
        self._draw()

    @property
    def loss(self) -> float | None:
        """The last point of the line, or the last loss where there is none."""
        recent = [loss for _, loss in self._losses[-_RECENT:]]
        if self.look.decay > 0:
            return smoothed(recent, self.look.decay)
        return recent[-1] if recent else None

    def _draw(self) -> None:
        width, height = self.size
        rows = render_chart(
            self._losses, width, height,
            total=self._total, look=self.look, held_out=self._held_out,
        )  # fmt: skip
        self.put(rows)
