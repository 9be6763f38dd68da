"""The gate that all printed text passes."""

import io
import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from lora_wizard.consoles import PlainTextConsole
from lora_wizard.output import (
    echo,
    json_text,
    prepare_streams,
    printable,
    printable_lines,
    steering,
)

TEXTS = st.text(st.characters(codec=None), max_size=60)
"""Any text, halves of surrogate pairs included."""

JOINERS = "\u200c\u200d"


def test_every_control_and_format_character_is_known_to_steer() -> None:
    missed = [
        hex(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        and chr(code) not in JOINERS
        and not steering.fullmatch(chr(code))
    ]
    assert missed == []


@pytest.mark.parametrize("letter", [" ", "a", "é", "ミ", "\u3000", "\u00a0", "😀", *JOINERS])
def test_ordinary_characters_stay(letter: str) -> None:
    assert printable(letter) == letter


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b31m", "\\x9b31m"),
        ("a\u202eb", "a\\u202eb"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\udce3\udc81", "\\xe3\\x81"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("\u2028", "\\u2028"),
    ],
)
def test_a_steering_character_is_shown_as_its_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(TEXTS)
def test_printable_text_steers_nothing_and_can_be_encoded(text: str) -> None:
    shown = printable(text)
    assert not steering.search(shown)
    assert printable(shown) == shown
    shown.encode()


@given(TEXTS)
def test_lines_keep_newlines_and_tabs_only(text: str) -> None:
    shown = printable_lines(text)
    assert {match.group() for match in steering.finditer(shown)} <= {"\n", "\t"}
    assert shown.count("\n") == text.count("\n")


@given(st.recursive(TEXTS | st.floats() | st.integers(), lambda each: st.lists(each), max_leaves=9))
def test_json_is_ascii_and_holds_finite_numbers_only(value: object) -> None:
    text = json_text({"value": value})
    assert text.isascii()
    assert text.isprintable()
    json.loads(text, parse_constant=pytest.fail)


@given(TEXTS)
def test_a_console_lets_no_text_steer(text: str) -> None:
    file = io.StringIO()
    console = PlainTextConsole(file=file, width=60, force_terminal=True, color_system="truecolor")
    table = Table(title=text)
    table.add_column(text)
    table.add_row(Text(text, style="bold"))
    table.add_row(text)
    console.print(table, Panel(text), Text(text), text, markup=False)
    # What is left of escapes are Rich's own colours.
    own = file.getvalue().replace("\n", "")
    rest = "".join(part.partition("m")[2] for part in ("m" + own).split("\x1b["))
    assert not steering.search(rest)


@pytest.mark.parametrize("name", ["[/]", "mira [red]", "mira[bold]", ":star:", "[link=x]a[/link]"])
def test_names_are_no_markup_on_a_console(name: str) -> None:
    file = io.StringIO()
    PlainTextConsole(file=file, width=60).print(name)
    assert file.getvalue() == f"{name}\n"


def test_a_locale_without_the_character_gets_a_likeness(monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(content, encoding="iso-8859-1"))
    prepare_streams()
    print("caf\u00e9 \u2013 \u2026 \u65e5 \udce3 \u2500")
    sys.stdout.flush()
    assert content.getvalue().decode("iso-8859-1") == "caf\u00e9 - ... \\u65e5 \\xe3 -\n"


def test_echo_prints_through_the_gate(capsys: pytest.CaptureFixture[str]) -> None:
    echo("a\x1b]0;b\x07\nc")
    echo("\x9b", err=True, nl=False)
    assert capsys.readouterr() == ("a\\x1b]0;b\\x07\nc\n", "\\x9b")
