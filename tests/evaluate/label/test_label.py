"""Labelling: the keys, going on where one stopped, sheets and answers."""

import random
from pathlib import Path

import pytest
from click.testing import CliRunner

from lora_eval.calibrate.labels import LABELS, Label, read_labels, write_labels
from lora_eval.cli import main
from lora_eval.errors import LabelError
from lora_eval.label import LabelSession, open_session, parse_answers
from lora_eval.label.app import LabelApp
from lora_eval.pictures import Contender, Manifest, Picture, read_manifest, write_manifest
from lora_wizard.paperdoll.draw import draw
from lora_wizard.paperdoll.traits import random_scene


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pictures = []
    for number in range(4):
        name = f"pictures/mira/{number}.png"
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        draw(random_scene(random.Random(number)), size=64, seed=number).image.save(tmp_path / name)
        pictures.append(
            Picture(file=name, contender="mira", prompt_id="p", prompt="secretly mira",
                    seed=number, strength=1.0)
        )  # fmt: skip
    contenders = (Contender(id="mira", label="the lora's name"),)
    manifest = Manifest(suite="s", suite_sha256="", base="b", contenders=contenders,
                        pictures=tuple(pictures))  # fmt: skip
    write_manifest(tmp_path, manifest)
    return tmp_path


def session(folder: Path, labeller: str = "AB") -> LabelSession:
    return open_session(folder, labeller=labeller, date="2026-01-02")


async def test_keys_answer_and_every_answer_is_on_the_disk(folder: Path) -> None:
    app = LabelApp(session(folder))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("1", "2", "2", "enter")
        await pilot.pause()
        first = app.session.pictures[0].file
        said = {each.judge: each.label for each in read_labels(folder / LABELS)}
        assert said == {"floating_head": "yes", "split_view": "unsure", "outfit_leak": "no"}
        assert {each.file for each in read_labels(folder / LABELS)} == {first}
        await pilot.press("enter", "backspace")
        assert app.place == 1
        shown = str(app.query_one("#asked").render())
        assert "secretly mira" in shown
        assert "the lora's name" not in shown


async def test_it_goes_on_where_one_stopped_and_ends(folder: Path) -> None:
    begun = session(folder)
    begun.say(begun.pictures[0], begun.answers(begun.pictures[0]))
    app = LabelApp(session(folder))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.place == 1
        await pilot.press("enter", "enter", "enter", "enter")
        await pilot.pause()
        assert "All pictures are labelled" in str(app.query_one("#picture").render())
    assert session(folder).first_open == 4


async def test_a_prompt_with_brackets_is_no_markup(folder: Path) -> None:
    manifest = read_manifest(folder)
    odd = "mira [/] [red] a\u202eb"
    pictures = tuple(each.model_copy(update={"prompt": odd}) for each in manifest.pictures)
    (folder / "manifest.json").unlink()
    write_manifest(folder, manifest.model_copy(update={"pictures": pictures}))
    app = LabelApp(session(folder))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        assert "mira [/] [red] a\\u202eb" in str(app.query_one("#asked").render())


def test_other_peoples_labels_stay(folder: Path) -> None:
    write_labels(folder / LABELS, [Label("pictures/mira/0.png", "noise", "yes", "CD", "")])
    mine = session(folder)
    mine.say(mine.pictures[0], {"floating_head": "yes"})
    assert {each.labeller for each in read_labels(folder / LABELS)} == {"AB", "CD"}


def test_a_sheet_is_written_and_its_answers_are_taken(folder: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    sheet = tmp_path / "sheet.png"
    base = ["label", str(folder), "--initials", "AB"]
    assert runner.invoke(main, [*base, "--sheet", str(sheet)]).exit_code == 0
    assert sheet.is_file()
    answers = tmp_path / "answers.txt"
    answers.write_text("0: floating_head split_view?\n# a note\n2: -\n")
    result = runner.invoke(main, [*base, "--take", str(answers)])
    assert result.exit_code == 0, result.output
    assert "2 labelled, 2 left" in result.output
    labels = {(each.file, each.judge): each.label for each in read_labels(folder / LABELS)}
    first = session(folder).pictures[0].file
    assert labels[first, "floating_head"] == "yes"
    assert labels[first, "split_view"] == "unsure"


def test_answers_that_are_not_understood_are_all_told() -> None:
    with pytest.raises(LabelError) as error:
        parse_answers("0: floating\n9: -\nnonsense", range(3), ["floating_head"])
    text = str(error.value)
    assert "Did you mean floating_head?" in text
    assert "line 2" in text
    assert "line 3" in text


def test_a_judge_that_is_not_there_is_refused(folder: Path) -> None:
    with pytest.raises(LabelError, match="no judge"):
        open_session(folder, labeller="AB", date="", judges=["nonsense"])
