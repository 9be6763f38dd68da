"""The app on drawn material, with its drafts and runs in a folder of the test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lora_wizard.language import Language
from lora_wizard.paperdoll.characters import DEMO_CHARACTER
from lora_wizard.paperdoll.material import write_material
from lora_wizard.ui.app import Opening, WizardApp
from lora_wizard.ui.settings import UiSettings

MakeApp = Callable[..., WizardApp]


@pytest.fixture(scope="session")
def heads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The 13 cut-out heads."""
    folder = tmp_path_factory.mktemp("material") / "heads"
    write_material("head-only", DEMO_CHARACTER, folder)
    return folder


@pytest.fixture
def make_app(
    heads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., WizardApp]:
    """Makes the app as `lora-wizard --images heads --base paperdoll` does."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)

    def make(
        language: Language = "en", images: Path | None = heads, *, ascii: bool = False
    ) -> WizardApp:
        settings = UiSettings(language=language, root=tmp_path / "runs", ascii=ascii)
        return WizardApp(settings, Opening(images=images, base="paperdoll"))

    return make
