"""The presets: what each is for, what is known of it, and what it changes."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from lora_wizard.errors import LoraWizardError
from lora_wizard.flow import Flow, begin_with_preset
from lora_wizard.language import Language
from lora_wizard.presets import Preset, list_presets
from lora_wizard.recipe import recipe_to_toml
from lora_wizard.ui.base import WizardScreen
from lora_wizard.ui.keys import Key

__all__ = ["PresetsScreen", "preset_text"]


class PresetsScreen(WizardScreen[Flow | None]):
    """Chooses a preset. Gives a flow that begins with it, or None."""

    CSS_PATH = "home.tcss"
    HELP_TEXT = "home.help.presets"
    KEYS = (
        Key("enter", "take", "home.keys.take"),
        Key("escape", "back", "home.keys.back"),
        Key("f1,question_mark", "help", "home.keys.help"),
        Key("pagedown", "scroll(1)", "home.keys.scroll", show=False),
        Key("pageup", "scroll(-1)", "home.keys.scroll", show=False),
    )

    def compose(self) -> ComposeResult:
        """Names above, the one under the cursor in full below."""
        self._found = list_presets()
        yield Static(self.words("home.presets.title"), classes="title-line", markup=False)
        names = (Option(self._line(one), id=f"n{n}") for n, one in enumerate(self._found.presets))
        yield OptionList(*names, id="preset-list", compact=True, markup=False)
        with VerticalScroll(id="preset-detail", can_focus=False):
            yield Static("", id="preset-text", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """The arrows move at once; a broken file is said, and hides no other."""
        self.query_one("#preset-list", OptionList).focus()
        for error in self._found.broken:
            self.notify(str(error), title=self.words("home.presets.broken"), severity="warning")

    def _line(self, preset: Preset) -> Text:
        own = f" ({self.words('home.presets.own')})" if preset.origin == "own" else ""
        title = preset.words("title", self.settings.language)
        return Text.assemble((preset.name, "bold"), own, "  ", title, no_wrap=True)

    def help_title(self) -> str:
        """As the screen's own."""
        return self.words("home.presets.title")

    @property
    def chosen(self) -> Preset | None:
        """The preset under the cursor."""
        place = self.query_one("#preset-list", OptionList).highlighted
        return None if place is None else self._found.presets[place]

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Shows the preset under the cursor."""
        if (preset := self.chosen) is None:
            return
        headings = {
            key: self.words(f"home.presets.{key}")
            for key in ("evidence", "changes", "changes_nothing")
        }
        self.query_one("#preset-text", Static).update(
            preset_text(preset, headings, self.settings.language)
        )
        self.query_one("#preset-detail", VerticalScroll).scroll_home(animate=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter on a preset."""
        self.action_take()

    def action_take(self) -> None:
        """Begins with the preset under the cursor."""
        if (preset := self.chosen) is None:
            return
        name = preset.name if preset.origin == "shipped" else str(preset.path)
        try:
            self.dismiss(Flow(begin_with_preset(name)))
        except LoraWizardError as error:
            self.wizard_app.report(error)

    def action_back(self) -> None:
        """Without one."""
        self.dismiss(None)

    def action_scroll(self, pages: int) -> None:
        """More of a long preset."""
        detail = self.query_one("#preset-detail", VerticalScroll)
        detail.scroll_relative(y=pages * max(detail.size.height - 1, 1), animate=False)


def preset_text(preset: Preset, headings: dict[str, str], language: Language) -> Text:
    """A preset in full: for whom, what is known, what it changes.

    Args:
        preset: The preset.
        headings: The words for `evidence`, `changes` and `changes_nothing`.
        language: Of its texts.
    """
    title, summary = preset.words("title", language), preset.words("summary", language)
    parts: list[str | tuple[str, str]] = [(title, "bold"), "\n", summary, "\n"]
    if evidence := preset.words("evidence", language):
        parts += ["\n", (headings["evidence"], "bold"), "\n", evidence, "\n"]
    changes = [
        line
        for line in recipe_to_toml(preset.recipe, only_changed=True).splitlines()
        if line.strip() and not line.startswith(("#", "format"))
    ]
    parts += ["\n", (headings["changes"] if changes else headings["changes_nothing"], "bold"), "\n"]
    parts.append("\n".join(changes))
    return Text.assemble(*parts)
