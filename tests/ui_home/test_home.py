"""The first screen: what can be begun, the runs and how they stand, presets, and foreign files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.text import Text
from textual.pilot import Pilot
from textual.widgets import DataTable, Input, OptionList, Static

from lora_wizard.flow import begin_with_preset, draft_path, save_draft
from lora_wizard.flow.state import Flow
from lora_wizard.language import LANGUAGES, Language
from lora_wizard.presets import find_preset, list_presets
from lora_wizard.questions import Value
from lora_wizard.queue import QueueFolder, add
from lora_wizard.recipe import Recipe, recipe_to_toml, with_settings
from lora_wizard.runs import (
    Event,
    EventWriter,
    Failed,
    Finished,
    RunFolder,
    Started,
    Step,
    create_run,
)
from lora_wizard.ui.app import Opening, WizardApp
from lora_wizard.ui.dialogs import HelpScreen, TextDialog
from lora_wizard.ui.home import HomeScreen
from lora_wizard.ui.home.importing import ImportScreen
from lora_wizard.ui.home.presets import PresetsScreen
from lora_wizard.ui.monitor import MonitorScreen
from lora_wizard.ui.settings import UiSettings
from lora_wizard.ui.wizard import QuestionScreen

SIZE = (80, 24)
FILES = Path(__file__).parents[1] / "interchange" / "files"
MakeApp = Callable[..., WizardApp]


@pytest.fixture
def make_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeApp:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)

    def make(language: Language = "en") -> WizardApp:
        settings = UiSettings(language=language, root=tmp_path / "runs")
        return WizardApp(settings, Opening(base="paperdoll"))

    return make


def make_run(root: Path, name: str, *events: Event) -> RunFolder:
    folder = create_run(root / name, Recipe())
    log = EventWriter(folder.events_path)
    for event in events:
        log.write(event)
    log.close()
    return folder


async def settled(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def choose(pilot: Pilot[None], name: str) -> None:
    entries = pilot.app.screen.query_one(OptionList)
    entries.highlighted = entries.get_option_index(name)
    await pilot.press("enter")
    await settled(pilot)


def lines(pilot: Pilot[None]) -> list[str]:
    entries = pilot.app.screen.query_one("#entries", OptionList)
    return [str(entries.get_option_at_index(n).prompt) for n in range(entries.option_count)]


def detail(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen.query_one("#detail", Static).content)


async def test_the_cursor_is_on_a_new_lora_and_enter_begins_it(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert "3200 steps" in detail(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
        assert pilot.app.screen.flow.value("model.base") == "paperdoll"


async def test_runs_are_listed_with_how_they_stand(make_app: MakeApp, tmp_path: Path) -> None:
    root = tmp_path / "runs"
    make_run(root, "new-one")
    steps = [Step(step, 1, 0.1, 1e-4, 0.5) for step in range(1, 6)]
    begun = Started(1, None, 10, 1, 13, 1)
    make_run(root, "broken-one", begun, *steps, Failed("the loss is not finite", "", ""))
    make_run(root, "good-one", begun, *steps, Finished("good-one.safetensors", 10, 5.0))
    async with make_app().run_test(size=SIZE) as pilot:
        await settled(pilot)
        words = "\n".join(lines(pilot))
        for expected in ("never started", "failed", "finished", "50 %"):
            assert expected in words
        await pilot.press("down", "down", "down")
        await pilot.pause()
        seen = [detail(pilot)]
        for _ in range(2):
            await pilot.press("down")
            await pilot.pause()
            seen.append(detail(pilot))
        assert any("the loss is not finite" in one for one in seen)
        assert any("good-one.safetensors" in one for one in seen)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, MonitorScreen)


async def test_a_run_that_waits_in_the_queue_is_queued(make_app: MakeApp, tmp_path: Path) -> None:
    root = tmp_path / "runs"
    add(QueueFolder.of_root(root), make_run(root, "kasumi"), now=1.0)
    async with make_app().run_test(size=SIZE) as pilot:
        await settled(pilot)
        (line,) = [one for one in lines(pilot) if "  kasumi" in one]
        assert "queued" in line
        await pilot.press("down", "down", "down")
        await pilot.pause()
        assert "It waits in the queue" in detail(pilot)


async def test_an_unfinished_draft_comes_first_and_can_be_thrown_away(make_app: MakeApp) -> None:
    app = make_app()
    flow = Flow(begin_with_preset("head-only-alpha1")).with_given({"network.rank": 32})
    save_draft(flow, draft_path())
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert "1 of them" in detail(pilot)
        await pilot.press("delete")
        await pilot.pause()
        await pilot.press("y")
        await settled(pilot)
        assert not draft_path().exists()
        assert not any("left off" in line for line in lines(pilot))


async def test_other_pictures_than_those_of_the_draft_begin_anew(
    make_app: MakeApp, tmp_path: Path
) -> None:
    for name in ("mira", "kasumi"):
        (tmp_path / name).mkdir()
    save_draft(Flow().with_given({"data.images": str(tmp_path / "mira")}), draft_path())
    app = make_app()
    app.opening = Opening(images=Path("kasumi"))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert any("left off" in line for line in lines(pilot)), "the draft is there as well"
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
        flow = pilot.app.screen.flow
        assert flow.value("data.images") == str(tmp_path / "kasumi")
        assert flow.given == {"data.images": str(tmp_path / "kasumi")}


async def test_the_pictures_of_the_draft_go_on_with_it(make_app: MakeApp, tmp_path: Path) -> None:
    (tmp_path / "mira").mkdir()
    answers: dict[str, Value] = {"data.images": str(tmp_path / "mira"), "network.rank": 8}
    save_draft(Flow().with_given(answers), draft_path())
    app = make_app()
    app.opening = Opening(images=Path("mira"))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
        assert pilot.app.screen.flow.value("network.rank") == 8


async def test_a_preset_is_chosen_from_what_is_known_of_it(make_app: MakeApp) -> None:
    names = [preset.name for preset in list_presets().presets]
    place = names.index("head-only-alpha1")
    async with make_app().run_test(size=SIZE) as pilot:
        await settled(pilot)
        await choose(pilot, "preset")
        assert isinstance(pilot.app.screen, PresetsScreen)
        await pilot.press(*["down"] * place)
        await pilot.pause()
        words = str(pilot.app.screen.query_one("#preset-text", Static).content)
        assert find_preset("head-only-alpha1").evidence in words
        assert "alpha = 1.0" in words
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
        assert pilot.app.screen.flow.begin.name == "head-only-alpha1"


async def test_presets_can_be_left_without_one(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await settled(pilot)
        await choose(pilot, "preset")
        await pilot.press("pagedown", "pageup", "escape")
        await settled(pilot)
        assert isinstance(pilot.app.screen, HomeScreen)


async def open_file(pilot: Pilot[None], path: Path) -> None:
    await settled(pilot)
    await choose(pilot, "file")
    pilot.app.screen.query_one(Input).value = str(path)
    await pilot.press("enter")
    await settled(pilot)


async def test_another_programs_file_is_shown_with_what_became_of_it(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await open_file(pilot, FILES / "kohya_gui.json")
        assert isinstance(pilot.app.screen, ImportScreen)
        table: DataTable[Text] = pilot.app.screen.query_one(DataTable)
        assert table.row_count > 20
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
        assert pilot.app.screen.flow.begin.kind == "import"


async def test_our_own_recipe_and_preset_are_taken_as_they_are(
    make_app: MakeApp, tmp_path: Path
) -> None:
    recipe = with_settings(Recipe(), {"network.rank": "48"})
    (tmp_path / "own.toml").write_text(recipe_to_toml(recipe))
    async with make_app().run_test(size=SIZE) as pilot:
        await open_file(pilot, tmp_path / "own.toml")
        assert isinstance(pilot.app.screen, QuestionScreen)
        assert pilot.app.screen.flow.value("network.rank") == 48
        await pilot.press("escape")
        await open_file(pilot, find_preset("head-only-alpha1").path)
        assert isinstance(pilot.app.screen, QuestionScreen)
        assert pilot.app.screen.flow.value("network.alpha") == 1


async def test_a_file_that_is_none_of_them_says_why(make_app: MakeApp, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text("[1, 2")
    async with make_app().run_test(size=SIZE) as pilot:
        await settled(pilot)
        await choose(pilot, "file")
        await pilot.press(*"nowhere", "enter")
        await pilot.pause()
        assert "no such file" in str(pilot.app.screen.query_one(".problem", Static).content)
        pilot.app.screen.query_one(Input).value = "odd.json"
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, TextDialog)


async def test_the_language_changes_at_once(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("f8")
        await settled(pilot)
        assert any("新しい LoRA" in line for line in lines(pilot))
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
        assert pilot.app.screen.flow.language == "ja"


async def test_help_names_every_key_and_q_leaves(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("f1")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("escape", "f5", "j", "k", "q")
        await pilot.pause()
    assert not app.is_running


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
async def test_list_and_detail_are_seen_on_every_terminal(
    make_app: MakeApp, size: tuple[int, int], language: Language
) -> None:
    async with make_app(language).run_test(size=size) as pilot:
        await settled(pilot)
        entries = pilot.app.screen.query_one("#entries").region
        below = pilot.app.screen.query_one("#detail").region
        assert entries.height >= 6 and below.height >= 4
        assert below.bottom <= size[1] - 1
