"""An app that sends the terminal only what changed, at the pace of the line."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import chain
from typing import ClassVar, Generic, TypeVar

from rich.color import ColorSystem
from rich.console import RenderableType
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.binding import Binding, BindingType
from textual.events import CursorPosition
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.timer import Timer

from lora_wizard.ui.wire.gate import TextGate
from lora_wizard.ui.wire.pacing import QUESTION, Pacing
from lora_wizard.ui.wire.pen import Looks
from lora_wizard.ui.wire.shown import Shown

__all__ = ["WiredApp"]

Result = TypeVar("Result")


class WiredApp(App[Result], Generic[Result]):
    """Textual draws a widget anew as a whole; this compares with what the terminal shows.

    Args:
        gate: Cleans every line of every widget.
        paced: Whether there is a line between, on which a key's answer might have to queue.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+l", "redraw", show=False)]

    def __init__(self, gate: TextGate | None = None, *, paced: bool = False) -> None:
        super().__init__()
        self.gate = gate or TextGate()
        self._pacing = Pacing(paced)
        colours = self.console._color_system or ColorSystem.TRUECOLOR
        self._shown = Shown(Looks(colours))
        self._is_waiting = False
        self._timer: Timer | None = None
        self._cursor_moved = False

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and the gate for text."""
        return [self.gate, *super().get_line_filters()]

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Textual's without markup: brackets in names and messages are shown as they are."""
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def on_mount(self) -> None:
        """After ctrl+z and `fg` the terminal shows the shell's lines."""
        self.app_resume_signal.subscribe(self, lambda _: self.action_redraw())

    def action_redraw(self) -> None:
        """Sends everything anew: another program wrote on the terminal."""
        self._shown.forget()
        self.refresh()

    def on_cursor_position(self, event: CursorPosition) -> None:
        """The terminal has drawn what was sent last."""
        event.stop()
        self._pacing.answered(time.monotonic())
        self._try_again()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        drawn = isinstance(renderable, LayoutUpdate | ChopsUpdate)
        if not drawn or self._batch_count or not self._can_send:
            super()._display(screen, renderable)
            return
        try:
            self._shown.resize(*self.size)
            if isinstance(renderable, LayoutUpdate):
                _take_layout(self._shown, renderable)
            elif isinstance(renderable, ChopsUpdate):
                _take_chops(self._shown, renderable)
            self._cursor_moved = True
            self._send()
        finally:
            self.post_display_hook()

    @property
    def _can_send(self) -> bool:
        return (
            self._running
            and not self._closed
            and not self.is_headless
            and self._driver is not None
            and not self._driver.is_inline
        )

    def _send(self) -> None:
        """Sends what changed, or waits until the line is free."""
        if (
            not self._can_send
            or self._is_waiting
            or not (self._shown.is_changed or self._cursor_moved)
        ):
            return
        now = time.monotonic()
        wait = self._pacing.wait(now)
        if wait:
            self._is_waiting = True
            if self._timer is not None:
                self._timer.stop()
            self._timer = self.set_timer(wait, self._try_again)
            return
        words = self._shown.changes(self._pacing.room)
        place = self.screen.outer_size.clamp_offset(self.cursor_position)
        words += self._shown.move_to(*place)
        self._previous_cursor_position = place
        self._cursor_moved = False
        if words:
            self._write(words, now)
        if self._shown.is_changed and not self._pacing.wait(now):
            self.call_later(self._send)

    def _write(self, words: str, now: float) -> None:
        driver = self._driver
        assert driver is not None
        self._begin_update()
        driver.write(words)
        self._end_update()
        if self._pacing.sent(len(words.encode(errors="replace")), now):
            driver.write(QUESTION)
        driver.flush()

    def _try_again(self) -> None:
        self._is_waiting = False
        self._send()


def _take_layout(shown: Shown, update: LayoutUpdate) -> None:
    for y, strips in enumerate(update.strips, update.region.y):
        shown.put(update.region.x, y, chain.from_iterable(strips))


def _take_chops(shown: Shown, update: ChopsUpdate) -> None:
    for y, first, last in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < last and end > first:
                shown.put(x, y, strip, min(end, last))
