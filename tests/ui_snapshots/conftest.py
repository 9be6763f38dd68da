"""The app in a folder where everything has the same name and time on every machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lora_wizard.flow import Flow, begin_with_defaults
from lora_wizard.language import Language
from lora_wizard.paperdoll.characters import DEMO_CHARACTER
from lora_wizard.paperdoll.material import write_material
from lora_wizard.ui.app import WizardApp
from lora_wizard.ui.settings import UiSettings

NOW = 1_790_000_000.0
"""Seconds since 1970, whenever the test runs."""

MakeApp = Callable[..., WizardApp]


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and a still cursor: what blinks is never the same twice."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("textual.widgets.Input._toggle_cursor", lambda self: None)
    monkeypatch.setattr("time.time", lambda: NOW)
    return tmp_path


@pytest.fixture
def make_app(room: Path) -> MakeApp:
    def make(language: Language = "en", *, ascii: bool = False) -> WizardApp:
        return WizardApp(UiSettings(language=language, root=Path("runs"), ascii=ascii))

    return make


@pytest.fixture
def flow(room: Path) -> Flow:
    """The usual start with the drawn heads, named as they lie in the working folder."""
    write_material("head-only", DEMO_CHARACTER, room / "heads")
    given = {"data.images": "heads", "model.base": "paperdoll"}
    return Flow(begin_with_defaults()).with_given(given)
