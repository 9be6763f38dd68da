"""`lora-eval` writes in the language that is asked for, or in the environment's."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from lora_eval.cli import main
from tests.evaluate.report.making import folder, never


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        (["--lang", "ja", "suites"], {"LC_ALL": "C"}, "内容の表示"),
        (["suites", "--lang", "ja"], {"LC_ALL": "C"}, "内容の表示"),
        (["--lang", "en", "suites", "--lang", "ja"], {"LC_ALL": "C"}, "内容の表示"),
        (["suites"], {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "ja_JP.UTF-8"}, "内容の表示"),
        (["suites"], {"LC_ALL": "C"}, "Show one:"),
        (["--lang", "en", "suites"], {"LC_ALL": "ja_JP.UTF-8"}, "Show one:"),
    ],
)
def test_the_language_is_the_one_asked_for_or_the_environments(
    arguments: list[str], environment: dict[str, str], expected: str
) -> None:
    result = CliRunner(env=environment).invoke(main, arguments)
    assert result.exit_code == 0
    assert expected in result.output


@pytest.mark.parametrize("command", ["run", "judge", "report", "suites", "label"])
def test_commands_that_speak_to_people_take_a_language(command: str) -> None:
    assert "--lang" in CliRunner().invoke(main, [command, "--help"]).output


def test_an_error_begins_in_the_language(tmp_path: Path) -> None:
    arguments = ["report", str(tmp_path / "a\u202eb")]
    japanese = CliRunner().invoke(main, ["--lang", "ja", *arguments])
    assert japanese.exit_code == 2
    assert japanese.output.startswith("エラー：")
    assert r"a\u202eb" in japanese.output
    english = CliRunner(env={"LC_ALL": "C"}).invoke(main, arguments)
    assert english.output.startswith("Error: ")


def test_a_language_that_is_not_there_is_refused() -> None:
    result = CliRunner().invoke(main, ["--lang", "de", "suites"])
    assert result.exit_code == 2


def test_folders_that_cannot_be_compared_are_refused_in_japanese() -> None:
    from lora_eval.errors import PicturesError
    from lora_eval.report.summarising import summarise

    with pytest.raises(PicturesError) as error:
        summarise([folder({"a": never}), folder({"b": never}, suite="other")], "ja")
    assert "これらのフォルダーは比較できません" in str(error.value)
    assert not re.search("These|cannot", str(error.value))
