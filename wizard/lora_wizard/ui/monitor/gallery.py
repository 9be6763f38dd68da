"""The samples of a run in a grid of prompts and steps: the seed stays, so that steps compare."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.widgets import Footer, Static

from lora_wizard.runs import RunFolder
from lora_wizard.ui.dialogs import HelpScreen, TextDialog
from lora_wizard.ui.keys import Key
from lora_wizard.ui.monitor.cells import Grid, Place, draw_grid, draw_names, shown_part
from lora_wizard.ui.monitor.reading import LookedAt, thumbnail
from lora_wizard.ui.monitor.rows import Line, RowsView
from lora_wizard.ui.monitor.watching import WatchingScreen

__all__ = ["SamplesScreen"]

_BIG = 512
"""Pixels of a side, for one picture over the whole screen."""


class SamplesScreen(WatchingScreen):
    """Pictures of several steps side by side, a row for each prompt. New ones come by themselves.

    Args:
        folder: The run.
    """

    KEYS = (
        Key("left,h", "move(-1, 0)", "monitor.keys.earlier"),
        Key("right,l", "move(1, 0)", "monitor.keys.later"),
        Key("up,k", "move(0, -1)", "monitor.keys.prompt", show=False),
        Key("down,j", "move(0, 1)", "monitor.keys.prompt"),
        Key("enter", "big", "monitor.keys.big"),
        Key("p", "path", "monitor.keys.path"),
        Key("f1,question_mark", "help", "monitor.keys.help", show=False),
        Key("escape,g,q", "back", "monitor.keys.back"),
    )

    def __init__(self, folder: RunFolder) -> None:
        super().__init__(folder)
        self.grid = Grid()
        self.place: Place | None = None
        """What the cursor is on; None where there is nothing."""
        self.is_big = False
        self._pictures: dict[tuple[Path, int], Image.Image | None] = {}

    def compose(self) -> ComposeResult:
        """Where one is, the prompt, and the pictures."""
        title = self.words("monitor.gallery.title", name=self.folder.name)
        yield Static(title, classes="title-line", markup=False)
        yield Line(id="where", classes="line")
        yield Line(id="prompt", classes="line")
        yield RowsView(id="pictures")
        yield Footer(show_command_palette=False)

    def on_resize(self) -> None:
        """Pictures are as large as there is room."""
        self.call_after_refresh(self._draw)

    def show(self, before: LookedAt | None) -> None:
        """Takes new samples; a cursor on the newest step stays on the newest."""
        if self.looked is None:
            return
        grid = Grid.of(self.looked.status.summary.samples)
        if grid == self.grid and before is not None:
            return
        was_newest = self.place is None or self.place.column == len(self.grid.steps) - 1
        row = self.place.row if self.place else 0
        column = len(grid.steps) - 1 if was_newest or not self.place else self.place.column
        self.grid = grid
        self.place = grid.nearest(Place(column, row)) if grid.steps else None
        self._draw()

    @property
    def path(self) -> Path | None:
        """The file of the picture under the cursor."""
        name = self.grid.path(self.place) if self.place else None
        return self.folder.path / name if name else None

    def action_move(self, columns: int, rows: int) -> None:
        """To another step or prompt."""
        if self.place is not None:
            self.place = self.grid.nearest(
                Place(self.place.column + columns, self.place.row + rows)
            )
            self._draw()

    def action_big(self) -> None:
        """One picture over the whole screen, or the grid again."""
        self.is_big = not self.is_big
        self._draw()

    def action_path(self) -> None:
        """Where the picture lies, to copy it."""
        if self.path is not None:
            self.app.push_screen(TextDialog(self.words("monitor.gallery.path"), str(self.path)))

    def action_help(self) -> None:
        """Help for this screen."""
        words = self.words("monitor.help.gallery")
        title = self.words("monitor.gallery.title", name=self.folder.name)
        self.app.push_screen(HelpScreen(title, words, self.key_table()))

    def action_back(self) -> None:
        """To the run."""
        self.dismiss(None)

    def _draw(self) -> None:
        if not self.is_mounted or self.looked is None:
            return
        view, place = self.query_one("#pictures", RowsView), self.place
        if place is None:
            self.query_one("#where", Line).say(Text(self.words("monitor.gallery.none"), "dim"))
            return
        steps, prompts = self.grid.steps, self.grid.prompts
        numbers = {"number": place.column + 1, "count": len(steps)}
        where = {"step": steps[place.column], "prompt": place.row + 1, "prompts": len(prompts)}
        self.query_one("#where", Line).say(self.words("monitor.gallery.line", **numbers, **where))
        self.query_one("#prompt", Line).say(Text(prompts[place.row], "dim"))
        width, height = view.size
        if self.settings.pictures == "off":
            off = Text(self.words("monitor.gallery.off"), "dim", no_wrap=True, end="")
            view.put([off, *draw_names(self.grid, place, width, height - 1)])
            return
        part = self.grid.only(place) if self.is_big else shown_part(self.grid, place, width, height)
        side = _BIG if self.is_big else 192
        wanted = {self.folder.path / name: name for name in part.names}
        missing = [one for one in wanted if (one, side) not in self._pictures]
        if missing:
            self._load(missing, side)
        pictures = {name: self._pictures.get((one, side)) for one, name in wanted.items()}
        view.put(draw_grid(part, place, pictures, width, height, plain=self.is_big))

    @work(thread=True, exclusive=True, group="pictures")
    def _load(self, paths: list[Path], side: int) -> None:
        found = {(path, side): thumbnail(path, side) for path in paths}
        self.app.call_from_thread(self._take, found)

    def _take(self, found: dict[tuple[Path, int], Image.Image | None]) -> None:
        self._pictures |= found
        self._draw()
