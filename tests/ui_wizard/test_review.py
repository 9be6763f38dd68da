"""The review: every answer, what they come to, and everything that can be done with them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from lora_wizard.flow import Flow, begin_with_file
from lora_wizard.presets import find_preset
from lora_wizard.questions import Value
from lora_wizard.recipe import Recipe, recipe_to_toml, with_settings
from lora_wizard.runs import RunState, find_runs, run_status
from lora_wizard.ui.app import WizardApp
from lora_wizard.ui.dialogs import ConfirmDialog, InputDialog, TextDialog
from lora_wizard.ui.wizard import QuestionScreen, ReviewScreen
from lora_wizard.ui.wizard.passing_on import write_new

from .conftest import MakeApp
from .steps import asking, begin, reviewing, settled, shown, to_review, type_instead

SIZE = (80, 24)


async def open_review(pilot: Pilot[None]) -> ReviewScreen:
    await begin(pilot)
    return await to_review(pilot)


async def choose(pilot: Pilot[None], key: str) -> None:
    answers = pilot.app.screen.query_one("#answers", OptionList)
    answers.highlighted = answers.get_option_index(key)
    await pilot.press("enter")
    await settled(pilot)


def row(pilot: Pilot[None], key: str) -> str:
    answers = pilot.app.screen.query_one("#answers", OptionList)
    return str(answers.get_option(key).prompt)


def dialog_text(pilot: Pilot[None]) -> str:
    assert isinstance(pilot.app.screen, TextDialog), pilot.app.screen
    return str(pilot.app.screen.query_one(".body", Static).content)


async def test_it_shows_whose_each_answer_is_and_what_all_come_to(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        screen = await open_review(pilot)
        assert "paperdoll" in row(pilot, "model.base") and "yours" in row(pilot, "model.base")
        assert "changed" in row(pilot, "network.alpha")
        assert "suggested" in row(pilot, "network.rank")
        keys = {question.key for question in screen.flow.reviewed}
        answers = screen.query_one("#answers", OptionList)
        shown_keys = {answers.get_option_at_index(n).id for n in range(answers.option_count)}
        assert keys <= shown_keys
        sums = shown(pilot, "#sums-text")
        assert "Pictures 13" in sums and "468 steps" in sums and "Steps 3276" in sums
        assert "no earlier run" in sums
        assert "Heads only" in sums


async def test_a_row_asks_its_question_and_comes_back(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await open_review(pilot)
        await choose(pilot, "network.rank")
        assert asking(pilot).flow.place == "network.rank"
        await type_instead(pilot, "16")
        await pilot.press("enter")
        await settled(pilot)
        assert reviewing(pilot).flow.value("network.rank") == 16
        assert "16" in row(pilot, "network.rank") and "yours" in row(pilot, "network.rank")
        await choose(pilot, "model.clip_skip")
        await pilot.press("escape")
        await settled(pilot)
        assert reviewing(pilot).flow.place == "review"


async def test_escape_is_the_last_question(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await open_review(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert asking(pilot).flow.place == "start.more"


async def test_a_start_with_a_problem_leads_to_its_question(
    make_app: MakeApp, tmp_path: Path
) -> None:
    async with make_app(images=None).run_test(size=SIZE) as pilot:
        await open_review(pilot)
        await pilot.press("s")
        await settled(pilot)
        assert asking(pilot).flow.place == "data.images"
    assert find_runs(tmp_path / "runs") == ()


async def test_a_start_on_a_folder_without_pictures_is_refused_in_words(
    make_app: MakeApp, tmp_path: Path
) -> None:
    (tmp_path / "bad" / "10_mio").mkdir(parents=True)
    async with make_app(images=tmp_path / "bad").run_test(size=SIZE) as pilot:
        await open_review(pilot)
        await pilot.press("s")
        await settled(pilot)
        page = pilot.app.screen
        assert isinstance(page, QuestionScreen)
        assert page.flow.place == "data.images"
        said = str(page.query_one("#check", Static).content)
        assert "here are no pictures in" in " ".join(said.split())
    assert find_runs(tmp_path / "runs") == ()


async def test_the_answers_become_a_preset_of_ones_own(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await open_review(pilot)
        await pilot.press("p")
        await pilot.pause()
        assert isinstance(pilot.app.screen, InputDialog)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, InputDialog), "a preset needs a name"
        await pilot.press(*"mine", "enter")
        await settled(pilot)
        preset = find_preset("mine")
        assert preset.recipe.network.alpha == 1
        assert preset.recipe.data.images == ""
        await pilot.press("p")
        await pilot.pause()
        await pilot.press(*"mine", "enter")
        await pilot.pause()
        assert "mine" in str(pilot.app.screen.query_one(".problem", Static).content)


async def test_the_answers_are_written_for_sd_scripts_and_never_over_others(
    make_app: MakeApp, tmp_path: Path
) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await open_review(pilot)
        await pilot.press("e")
        await pilot.pause()
        pilot.app.screen.query_one(Input).value = "for-kohya"
        await pilot.press("enter")
        await settled(pilot)
        assert "config.toml" in dialog_text(pilot)
        config = tomllib.loads((tmp_path / "for-kohya" / "config.toml").read_text())
        assert config["network_dim"] == 128 and config["network_alpha"] == 1
        await pilot.press("escape", "e")
        await pilot.pause()
        pilot.app.screen.query_one(Input).value = "for-kohya"
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, ReviewScreen)


def test_files_are_written_all_or_none(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("mine")
    with pytest.raises(FileExistsError, match="exists"):
        write_new(tmp_path, {"a": "1", "b": "2"})
    assert not (tmp_path / "a").exists() and (tmp_path / "b").read_text() == "mine"
    assert [path.name for path in write_new(tmp_path / "new", {"a": "1"})] == ["a"]


async def test_the_command_line_does_the_same(make_app: MakeApp, heads: Path) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await open_review(pilot)
        await pilot.press("c")
        await pilot.pause()
        line = dialog_text(pilot)
        assert line.startswith("lora-wizard train") and f"--images {heads}" in line
        assert "network.alpha=1" in line


async def test_all_advice_is_one_page(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        screen = await open_review(pilot)
        await pilot.press("a")
        await pilot.pause()
        words = dialog_text(pilot)
        for one in screen.material.advice(screen.flow):
            assert one.title in words


@pytest.mark.parametrize("first", [(), ("a",)], ids=["on the page", "in the list of advice"])
async def test_f4_follows_the_first_advice(make_app: MakeApp, first: tuple[str, ...]) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        screen = await open_review(pilot)
        screen.set_flow(screen.flow.with_given({"network.alpha": 128.0}))
        await settled(pilot)
        await pilot.press(*first, "f4")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ConfirmDialog)
        assert "128 -> 1" in str(pilot.app.screen.query_one(".body", Static).content)
        await pilot.press("n")
        await settled(pilot)
        assert reviewing(pilot).flow.value("network.alpha") == 128
        await pilot.press(*first, "f4")
        await pilot.pause()
        await pilot.press("y")
        await settled(pilot)
        assert reviewing(pilot).flow.value("network.alpha") == 1
        assert "yours" in row(pilot, "network.alpha")


async def test_values_of_a_file_are_marked_until_they_are_changed(
    make_app: MakeApp, tmp_path: Path
) -> None:
    recipe = with_settings(Recipe(), {"network.rank": "16", "training.learning_rate": "3e-4"})
    path = tmp_path / "mira.toml"
    path.write_text(recipe_to_toml(recipe), encoding="utf-8")
    async with make_app().run_test(size=SIZE) as pilot:
        screen = await open_review(pilot)
        pictures = {"data.images": screen.flow.value("data.images")}
        screen.wizard_app.open_review(Flow(begin_with_file(path)).with_given(pictures).to_review())
        await settled(pilot)
        assert "from file" in row(pilot, "network.rank")
        assert "from file" in row(pilot, "training.learning_rate")
        assert "suggested" in row(pilot, "training.batch_size")
        await choose(pilot, "network.rank")
        assert "From your file." in shown(pilot, "#suggestion")
        await type_instead(pilot, "8")
        await pilot.press("enter")
        await settled(pilot)
        assert "yours" in row(pilot, "network.rank")


async def test_time_is_measured_when_asked(make_app: MakeApp) -> None:
    app = make_app()
    small: dict[str, Value] = {"network.rank": 4}
    async with app.run_test(size=SIZE) as pilot:
        screen = await open_review(pilot)
        screen.set_flow(screen.flow.with_given(small))
        await pilot.press("m")
        await settled(pilot)
        assert len(app.measured) == 1
        assert "(measured)" in shown(pilot, "#sums-text")


async def test_a_second_press_breaks_the_measurement_off(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await open_review(pilot)
        await pilot.press("m", "m")
        await settled(pilot)
        assert app.measured == ()
        assert "Measuring" not in shown(pilot, "#sums-text")


async def test_start_makes_the_run_and_its_trainer_goes_on_without_the_app(
    make_app: MakeApp, tmp_path: Path
) -> None:
    app: WizardApp = make_app()
    few: dict[str, Value] = {"network.rank": 4, "training.length": "2 steps"}
    async with app.run_test(size=SIZE) as pilot:
        screen = await open_review(pilot)
        screen.set_flow(screen.flow.with_given({**few, "sampling.prompts": ()}))
        await pilot.press("s")
        await settled(pilot)
        (trainer,) = app.trainers
    (folder,) = find_runs(tmp_path / "runs")
    assert run_status(folder).state is RunState.RUNNING
    assert trainer.wait() == 0
    assert run_status(folder).state is RunState.FINISHED
