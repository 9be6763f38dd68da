"""The question page: every key, every kind of field, and what is checked while one types."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from textual import events
from textual.widgets import Input, OptionList, Static, TextArea

from lora_wizard.flow import draft_path, read_draft
from lora_wizard.language import LANGUAGES, Language
from lora_wizard.ui.dialogs import HelpScreen
from lora_wizard.ui.home import HomeScreen
from lora_wizard.ui.wizard import QuestionScreen

from .conftest import MakeApp
from .steps import asking, begin, reviewing, settled, shown, to_question, type_instead

SIZE = (80, 24)


async def test_accepting_everything_leads_to_the_review_in_few_keys(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        presses = 1
        while isinstance(app.screen, QuestionScreen):
            await pilot.press("enter")
            await pilot.pause()
            presses += 1
        await settled(pilot)
        assert presses + 1 <= 30  # one more starts it
        assert reviewing(pilot).flow.problems == {}
        assert set(reviewing(pilot).flow.given) == {"data.images", "model.base"}


async def test_the_pictures_are_looked_at_and_say_what_they_are(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await begin(pilot)
        await to_question(pilot, "data.images")
        assert "13 pictures" in shown(pilot, "#pictures")
        screen = await to_question(pilot, "network.alpha")
        assert screen.flow.value("network.alpha") == 1
        assert "heads" in shown(pilot, "#suggestion")


async def test_going_back_keeps_every_answer(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await begin(pilot)
        await to_question(pilot, "network.rank")
        await type_instead(pilot, "16")
        await pilot.press("enter", "escape", "escape", "escape")
        await pilot.pause()
        assert asking(pilot).flow.place == "training.batch_size"
        assert asking(pilot).flow.value("network.rank") == 16
        await to_question(pilot, "network.rank")
        assert pilot.app.screen.query_one(Input).value == "16"


async def test_a_suggestion_follows_an_earlier_answer_and_an_own_answer_does_not(
    make_app: MakeApp,
) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await begin(pilot)
        screen = await to_question(pilot, "training.length")
        before = screen.flow.suggestion("training.length").value
        await pilot.press("escape")
        await pilot.pause()
        await type_instead(pilot, "4")
        await pilot.press("enter")
        await settled(pilot)
        assert asking(pilot).flow.suggestion("training.length").value != before
        await type_instead(pilot, "3 epochs")
        await pilot.press("enter", "escape", "escape")
        await pilot.pause()
        await type_instead(pilot, "2")
        await pilot.press("enter")
        await settled(pilot)
        assert asking(pilot).flow.value("training.length") == "3 epochs"


async def test_what_will_not_do_is_said_and_blocks(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await begin(pilot)
        await to_question(pilot, "training.learning_rate")
        await type_instead(pilot, "fast")
        assert "Not yet" in shown(pilot, "#check")
        await pilot.press("enter")
        await pilot.pause()
        assert asking(pilot).flow.place == "training.learning_rate"
        await type_instead(pilot, "2e-4")
        assert "Not yet" not in shown(pilot, "#check")
        await pilot.press("enter")
        await pilot.pause()
        assert asking(pilot).flow.recipe.training.learning_rate == 2e-4


async def test_f2_puts_the_suggestion_back(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await begin(pilot)
        await to_question(pilot, "network.rank")
        await type_instead(pilot, "16")
        assert "Suggested: 128" in shown(pilot, "#suggestion")
        await pilot.press("enter", "escape", "f2")
        await pilot.pause()
        assert pilot.app.screen.query_one(Input).value == "128"
        assert not asking(pilot).flow.is_given("network.rank")


async def test_a_folder_that_is_wrong_says_everything_that_is_wrong(
    make_app: MakeApp, tmp_path: Path
) -> None:
    (tmp_path / "bad" / "10_mio").mkdir(parents=True)
    async with make_app(images=tmp_path / "bad").run_test(size=SIZE) as pilot:
        await begin(pilot)
        await to_question(pilot, "data.images")
        assert "Nothing can be trained" in shown(pilot, "#pictures")
        assert "without pictures" in shown(pilot, "#pictures")


async def test_advice_is_shown_and_f4_follows_it_after_a_question(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        await to_question(pilot, "network.alpha")
        await type_instead(pilot, "128")
        await pilot.press("enter", "escape")
        await settled(pilot)
        assert shown(pilot, "#pictures").endswith("F4 sets network.alpha = 1")
        await pilot.press("f4")
        await pilot.pause()
        await pilot.press("n")
        await pilot.pause()
        assert asking(pilot).flow.value("network.alpha") == 128
        await pilot.press("f4")
        await pilot.pause()
        await pilot.press("y")
        await settled(pilot)
        assert asking(pilot).flow.value("network.alpha") == 1
        assert pilot.app.screen.query_one(Input).value == "1"


async def test_f4_is_not_offered_where_there_is_nothing_to_follow(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        screen = await begin(pilot)
        assert screen.check_action("advice", ()) is False
        await pilot.press("f4")
        await pilot.pause()
        assert pilot.app.screen is screen


@pytest.mark.parametrize("key", ["f1", "question_mark"])
async def test_help_opens_outside_a_text_field(make_app: MakeApp, key: str) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await begin(pilot)
        await to_question(pilot, "training.scheduler")
        await pilot.press(key)
        await pilot.pause()
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert asking(pilot).flow.place == "training.scheduler"


async def test_a_choice_is_made_with_arrows_or_letters(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await begin(pilot)
        screen = await to_question(pilot, "training.scheduler")
        field = screen.query_one(OptionList)
        first = field.highlighted or 0
        await pilot.press("j", "down", "k", "enter")
        await pilot.pause()
        chosen = asking(pilot).flow.value("training.scheduler")
        assert field.highlighted == first + 1
        assert chosen == screen.flow.recipe.training.scheduler != "cosine_with_restarts"


async def test_prompts_are_lines_and_enter_goes_on(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await begin(pilot)
        screen = await to_question(pilot, "sampling.prompts")
        screen.query_one(TextArea).text = ""
        await pilot.press("a", "ctrl+j", "b", "enter")
        await pilot.pause()
        assert asking(pilot).flow.value("sampling.prompts") == ("a", "b")


async def test_leaving_keeps_the_answers_and_the_first_screen_offers_them(
    make_app: MakeApp,
) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        await to_question(pilot, "network.rank")
        await type_instead(pilot, "16")
        await pilot.press("enter", "ctrl+q")
        await pilot.pause()
    kept = read_draft(draft_path())
    assert kept is not None and kept.value("network.rank") == 16
    async with make_app().run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert asking(pilot).flow.place == "network.alpha"
        assert asking(pilot).flow.value("network.rank") == 16


async def test_back_from_the_first_question_is_the_first_screen(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await begin(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert isinstance(pilot.app.screen, HomeScreen)


async def test_more_questions_leads_to_the_expert_answers(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await begin(pilot)
        await to_question(pilot, "start.more")
        await pilot.press("up", "enter")
        await settled(pilot)
        screen = reviewing(pilot)
        answers = screen.query_one("#answers", OptionList)
        assert answers.highlighted is not None
        first = next(one.key for one in screen.flow.reviewed if one.expert)
        assert answers.get_option_at_index(answers.highlighted).id == first


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
@pytest.mark.parametrize("language", ["en", "ja"])
async def test_field_and_check_are_seen_on_every_terminal(
    make_app: MakeApp, size: tuple[int, int], language: Language
) -> None:
    async with make_app(language).run_test(size=size) as pilot:
        await begin(pilot)
        for key in ("data.images", "training.length", "network.alpha", "saving.name"):
            screen = await to_question(pilot, key)
            for part in ("#title", "#field-room", "#check"):
                region = screen.query_one(part).region
                assert region.bottom <= size[1] - 1 and region.right <= size[0], (key, part)
                assert region.height >= 1, (key, part)


async def test_every_question_can_be_shown_in_both_languages(make_app: MakeApp) -> None:
    for language in LANGUAGES:
        async with make_app(language).run_test(size=SIZE) as pilot:
            await begin(pilot)
            screen = asking(pilot)
            for question in screen.flow.reviewed:
                screen.set_flow(screen.flow.jump(question.key))
                await screen.ask()
                assert shown(pilot, "#title") == question.title(language)
                assert shown(pilot, "#why") == question.why(language)
                assert screen.field.answer == screen.flow.value(question.key)
                assert "Enter" in shown(pilot, "#check")


@pytest.mark.parametrize("burst", ["\x15hello", "\x15\x15hello", "x\x7f\x15hello"])
async def test_what_comes_behind_ctrl_u_in_one_burst_is_kept(make_app: MakeApp, burst: str) -> None:
    names = {"\x15": "ctrl+u", "\x7f": "backspace"}
    async with make_app().run_test(size=SIZE) as pilot:
        await begin(pilot)
        keys = [events.Key(names.get(one, one), None if one in names else one) for one in burst]
        for key in keys:  # all before the app looks at the first one
            pilot.app.post_message(key)
        await pilot.pause()
        await pilot.pause()
        assert pilot.app.screen.query_one("#field-room Input", Input).value == "hello"


@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
async def test_question_and_field_stay_in_sight_however_long_the_advice(
    make_app: MakeApp, size: tuple[int, int]
) -> None:
    async with make_app().run_test(size=size) as pilot:
        await begin(pilot)
        page = await to_question(pilot, "network.alpha")
        page.query_one("#pictures", Static).update("advice\n" * 60)
        await pilot.press("pagedown", "pagedown")
        await pilot.pause()
        for name in ("#title", "#field-room > *"):
            assert page.query_one(name).region.y in range(1, 12)


@pytest.mark.parametrize("kind", ["empty folder", "LoRA"])
async def test_a_wrong_path_is_said_at_its_own_question(
    make_app: MakeApp, tmp_path: Path, kind: str
) -> None:
    empty, lora = tmp_path / "empty", tmp_path / "lora.safetensors"
    empty.mkdir()
    save_file({"lora_unet_x.lora_down.weight": torch.zeros(1, 1)}, lora)
    key, path = ("data.images", empty) if kind == "empty folder" else ("model.base", lora)
    async with make_app().run_test(size=SIZE) as pilot:
        page = await begin(pilot)
        await to_question(pilot, key)
        await type_instead(pilot, str(path))
        await pilot.press("enter")
        await pilot.pause()
        assert page.flow.place == key
        said = str(page.query_one("#check", Static).content)
        assert ("no pictures" if kind == "empty folder" else "a LoRA") in " ".join(said.split())
