"""What the question page and the review share: a flow, and a look at the pictures beside it.

Pictures and the base's file are read in threads: a folder on a network disk never holds a key up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from textual import work
from textual.app import SystemCommand

from lora_wizard.dataset import Dataset, scan
from lora_wizard.dataset.advice import Advice, gather_facts
from lora_wizard.errors import DatasetError
from lora_wizard.explaining import joined
from lora_wizard.flow import Flow, ScanKey, draft_path, look_at_base, save_draft
from lora_wizard.recipe import DataSettings, ValidationSettings
from lora_wizard.ui.base import WizardScreen
from lora_wizard.ui.dialogs import ConfirmDialog
from lora_wizard.ui.wizard.material import Material, answers_of
from lora_wizard.ui.wizard.wording import shown_value

__all__ = ["FlowScreen"]


class FlowScreen(WizardScreen[None]):
    """Shows a state of the flow; each step makes the next state.

    Args:
        flow: Where one stands.
        material: What is known of the pictures already.
    """

    CSS_PATH = "wizard.tcss"

    def __init__(self, flow: Flow, material: Material | None = None) -> None:
        super().__init__()
        self.flow = flow
        self.material = material or Material()
        self._base_seen: str | None = None
        self._draft_failed = False

    @property
    def is_looking(self) -> bool:
        """Whether the pictures are still being looked at."""
        return bool(self.flow.scan_key[0]) and not self.material.fits(self.flow)

    def on_mount(self) -> None:
        """Begins to look."""
        self.look()

    def show(self) -> None:
        """Draws what follows from flow and material anew; what is typed stays."""

    def set_flow(self, flow: Flow) -> None:
        """The next state: kept as a draft, and looked at where it names other folders."""
        self.flow = flow
        self._keep_draft()
        self.look()

    def look(self) -> None:
        """Looks at pictures and base where the answers name others than before."""
        key = self.flow.scan_key
        if key[0] and not self.material.fits(self.flow):
            self._look_at_pictures(self.flow.recipe.data, self.flow.recipe.validation, key)
        base = self.flow.recipe.model.base
        if base != self._base_seen:
            self._base_seen = base
            self._look_at_base(base)

    @work(thread=True, exclusive=True, group="pictures", exit_on_error=False)
    def _look_at_pictures(
        self, data: DataSettings, validation: ValidationSettings, key: ScanKey
    ) -> None:
        dataset: Dataset | None = None
        trouble: DatasetError | None = None
        try:
            dataset = scan(data, validation)
        except DatasetError as error:
            trouble = error
        found = Material(key, gather_facts(data), trouble)
        self.app.call_from_thread(self._know_pictures, dataset, found)

    def _know_pictures(self, dataset: Dataset | None, found: Material) -> None:
        if found.key != self.flow.scan_key:
            return  # other folders were named meanwhile; they are being looked at
        self.material = found
        self.flow = self.flow.with_dataset(dataset, found.key)
        self.show()

    @work(thread=True, exclusive=True, group="base", exit_on_error=False)
    def _look_at_base(self, base: str) -> None:
        family = look_at_base(base)

        def know() -> None:
            if base == self.flow.recipe.model.base:
                self.flow = self.flow.with_base_family(family)
                self.show()

        self.app.call_from_thread(know)

    def _keep_draft(self) -> None:
        try:
            save_draft(self.flow, draft_path())
        except OSError as error:
            if not self._draft_failed:  # once is enough: a full disk stays full
                words = self.words("wizard.draft_failed", reason=error.strerror or str(error))
                self.notify(words, severity="warning", timeout=10)
            self._draft_failed = True

    def offer(self, advice: Sequence[Advice], then: Callable[[], Awaitable[None]]) -> None:
        """Asks whether to follow the first advice that changes settings; `then` shows the result.

        Args:
            advice: What the pictures say; nothing happens where none of it changes anything.
            then: Called after the answers have changed.
        """
        offers = [one for one in advice if answers_of(one.changes)]
        if not offers:
            return
        chosen, language = offers[0], self.flow.language
        answers = answers_of(chosen.changes)
        lines = [joined(chosen.what, chosen.fix), ""]
        for one in self.flow.reviewed:
            if one.key in answers:
                before = shown_value(one, self.flow.value(one.key), language)
                after = shown_value(one, answers[one.key], language)
                lines.append(f"{one.title(language)}  {before} -> {after}")

        async def follow(sure: bool | None) -> None:
            if sure:
                self.set_flow(self.flow.with_given(answers))
                await then()

        follow_words, no = self.words("wizard.follow"), self.words("app.keys.no")
        self.app.push_screen(
            ConfirmDialog(chosen.title, "\n".join(lines), follow_words, no), follow
        )

    def question_commands(self) -> Iterable[SystemCommand]:
        """For the command palette: every question that applies, with its answer."""
        language = self.flow.language
        for one in self.flow.reviewed:
            value = shown_value(one, self.flow.value(one.key), language)
            title = self.words("wizard.go_to", title=one.title(language))
            yield SystemCommand(title, value, lambda key=one.key: self.go_to(key))

    def go_to(self, key: str) -> None:
        """Shows a question; what stands in a field is not taken."""
        self.set_flow(self.flow.jump(key))
        self.wizard_app.open_questions(self.flow, self.material)

    def action_leave(self) -> None:
        """Leaves the app; the answers are kept."""
        self._keep_draft()
        self.wizard_app.leave("" if self._draft_failed else self.words("wizard.left"))

    def action_home(self) -> None:
        """To the first screen; the answers are kept."""
        self._keep_draft()
        self.wizard_app.open_home()
