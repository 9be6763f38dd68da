"""Answers for others: saved as a preset, or written as files of sd-scripts."""

from __future__ import annotations

from pathlib import Path

from lora_wizard.atomic import atomic_write
from lora_wizard.dropped_path import dropped_path
from lora_wizard.errors import LoraWizardError
from lora_wizard.flow import to_share
from lora_wizard.interchange import export_sd_scripts
from lora_wizard.presets import own_folder, save_preset
from lora_wizard.ui.dialogs import InputDialog, TextDialog
from lora_wizard.ui.paths import PathSuggester
from lora_wizard.ui.wizard.flow_screen import FlowScreen

__all__ = ["PassingOn", "write_new"]


class PassingOn(FlowScreen):
    """A screen whose answers can be saved and exported."""

    def action_save_preset(self) -> None:
        """Asks for a name, and saves what others can use: no paths, names or prompts."""

        def problem(name: str) -> str | None:
            if not name.strip():
                return self.words("wizard.preset.no_name")
            there = (own_folder() / f"{name.strip()}.toml").exists()
            return self.words("wizard.preset.taken", name=name.strip()) if there else None

        def save(name: str | None) -> None:
            if name is None:
                return
            try:
                path = save_preset(name.strip(), to_share(self.flow))
            except LoraWizardError as error:
                self.wizard_app.report(error)
                return
            self.notify(self.words("wizard.preset.saved", path=path), timeout=10)

        title, label = self.words("wizard.keys.preset"), self.words("wizard.preset.ask")
        self.app.push_screen(InputDialog(title, label, check=problem), save)

    def action_export(self) -> None:
        """Asks for a folder, and writes the files that sd-scripts takes."""

        def write(folder: str | None) -> None:
            if folder is None:
                return
            recipe = self.flow.recipe
            made = export_sd_scripts(recipe, language=self.flow.language)
            files = {"config.toml": made.config_toml, "dataset.toml": made.dataset_toml}
            if made.prompts:
                files["prompts.txt"] = made.prompts
            try:
                paths = write_new(Path(dropped_path(folder)).expanduser(), files)
            except FileExistsError as error:
                self.notify(
                    self.words("wizard.export.taken", path=error.filename), severity="warning"
                )
                return
            except OSError as error:
                self.wizard_app.report(error)
                return
            lines = [str(path) for path in paths] + ["", *made.notes]
            self.app.push_screen(TextDialog(self.words("wizard.export.done"), "\n".join(lines)))

        title, label = self.words("wizard.keys.export"), self.words("wizard.export.ask")
        value = f"{self.flow.recipe.saving.name}-sd-scripts"
        suggester = PathSuggester(folders_only=True)
        self.app.push_screen(InputDialog(title, label, value, suggester=suggester), write)


def write_new(folder: Path, files: dict[str, str]) -> list[Path]:
    """Writes files into a folder, all or none where one of them is there.

    Raises:
        FileExistsError: One of them is there; nothing was written.
        OSError: The folder cannot be made or written.
    """
    paths = [folder / name for name in files]
    for path in paths:
        if path.exists():
            raise FileExistsError(17, "File exists", str(path))
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in zip(paths, files.values(), strict=True):
        atomic_write(path, text)
    return paths
