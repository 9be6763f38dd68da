"""What every screen and dialog has: the app's settings and words, and its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, cast

import rich.text
import textual.content
from textual.screen import ModalScreen, Screen

from lora_wizard.language import text
from lora_wizard.terminal_lines import use_line_breaks
from lora_wizard.ui.keys import Key, bind, key_table
from lora_wizard.ui.settings import UiSettings
from lora_wizard.ui.steady import SteadyScreen

if TYPE_CHECKING:
    from lora_wizard.ui.app import WizardApp

__all__ = ["WizardDialog", "WizardScreen"]

_HELP = Key("f1,question_mark", "help", "app.keys.help", show=False)
"""Every screen and dialog answers it; in a text field `?` is a character."""

Result = TypeVar("Result")

for _module in (rich.text, textual.content):  # before the first screen is drawn
    use_line_breaks(_module)


class _Member:
    """The app as this project's screens know it."""

    KEYS: ClassVar[tuple[Key, ...]] = ()
    """This screen's keys, in the order of footer and help."""
    HELP_TEXT: ClassVar[str] = ""
    """Where the catalogue has the text of this screen's help page: `home.help.presets`."""

    @property
    def wizard_app(self) -> WizardApp:
        """The app, with its own type."""
        return cast("WizardApp", cast(Screen[object], self).app)

    @property
    def settings(self) -> UiSettings:
        """How everything is shown."""
        return self.wizard_app.settings

    def words(self, key: str, /, **values: object) -> str:
        """A text of the catalogue in the user's language."""
        return text(key, self.settings.language, **values)

    @property
    def keys_with_help(self) -> tuple[Key, ...]:
        """This screen's keys, with those of the help page where it has none of its own for them."""
        taken = {one for key in self.KEYS for one in key.keys.split(",")}
        return self.KEYS if "f1" in taken else (*self.KEYS, _HELP)

    def key_table(self) -> list[tuple[str, str]]:
        """This screen's keys and what they do, for its help page."""
        return key_table(self.keys_with_help, self.settings.language)

    def action_help(self) -> None:
        """Help for what is shown, and its keys."""
        self.wizard_app.open_help(self.help_title(), self.words(self.HELP_TEXT), self.key_table())

    def help_title(self) -> str:
        """The heading of this screen's help page."""
        return self.words("app.keys.help")


class WizardScreen(_Member, SteadyScreen[Result], Generic[Result]):
    """A whole screen."""

    def on_mount(self) -> None:
        """Binds the keys; Textual calls this of every class, so a subclass need not."""
        bind(self, self.keys_with_help, self.settings.language)
        self.refresh_bindings()


class WizardDialog(_Member, SteadyScreen[Result], ModalScreen[Result], Generic[Result]):
    """A dialog above a screen, which gives one result."""

    def on_mount(self) -> None:
        """Binds the keys; Textual calls this of every class, so a subclass need not."""
        bind(self, self.keys_with_help, self.settings.language)
        self.refresh_bindings()
