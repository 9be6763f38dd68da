"""Everything that Textual and Rich wrap is broken as Japanese is."""

import io
from itertools import pairwise

import pytest
import rich.text
import textual.content
from rich.console import Console
from rich.table import Table
from textual.app import App, ComposeResult
from textual.widgets import Markdown, OptionList, Static

from lora_wizard.language.line_breaks import NOT_AT_END, NOT_AT_START
from lora_wizard.terminal_lines import use_line_breaks
from lora_wizard.ui.base import WizardScreen

WORDS = (
    "学習率は、1ステップでどれだけ変えるかを表します。「高すぎる」と壊れ、低すぎると覚えません。"
    "キャラクターのデータセット(画像)は、ファイルごとに1つのキャプションを持ちます。"
)


def assert_well_broken(lines: list[str]) -> None:
    found = [line.strip("│┃ •▎▌") for line in lines]
    found = [line for line in found if line]
    assert len(found) > 3
    for before, after in pairwise(found):
        assert after[0] not in NOT_AT_START, (before, after)
        assert before[-1] not in NOT_AT_END, (before, after)


class _Words(App[None]):
    def __init__(self, kind: type) -> None:
        super().__init__()
        self.kind = kind

    def compose(self) -> ComposeResult:
        yield self.kind(WORDS)


@pytest.mark.parametrize("width", range(19, 40, 3))
@pytest.mark.parametrize("kind", [Static, Markdown, OptionList])
async def test_no_widget_begins_a_line_with_what_may_not_be_there(kind: type, width: int) -> None:
    app = _Words(kind)
    async with app.run_test(size=(width, 30)) as pilot:
        await pilot.pause()
        shown = [strip.text for strip in app.screen._compositor.render_strips()]
    assert WORDS in "".join(line.strip("│┃ •▎▌▔▁█▊") for line in shown).replace(" ", "")
    assert_well_broken([line for line in shown if not set(line) <= set(" ▔▁▊▎█")])


@pytest.mark.parametrize("width", range(19, 40, 3))
def test_nor_does_a_table_or_a_line_on_the_terminal(width: int) -> None:
    for shown in (WORDS, rich.text.Text(WORDS)):
        stream = io.StringIO()
        Console(file=stream, width=width).print(shown)
        assert_well_broken(stream.getvalue().splitlines())
        assert stream.getvalue().replace("\n", "").replace(" ", "") == WORDS
    table = Table.grid()
    table.add_row(WORDS)
    stream = io.StringIO()
    Console(file=stream, width=width).print(table)
    assert_well_broken(stream.getvalue().splitlines())


def test_both_libraries_still_decide_in_the_function_that_is_replaced() -> None:
    assert WizardScreen is not None  # whose module replaces it
    for module in (rich.text, textual.content):
        assert vars(module)["divide_line"].__module__ == "lora_wizard.terminal_lines"
    with pytest.raises(AttributeError, match="has no divide_line"):
        use_line_breaks(io)
