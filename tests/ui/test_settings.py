"""How screens are shown follows from what was asked for and from the terminal."""

from pathlib import Path

import pytest

from lora_wizard.errors import LoraWizardError
from lora_wizard.ui.launching import check_terminal
from lora_wizard.ui.settings import UiSettings, choose_settings, is_remote, terminal_environment


def chosen(encoding: str = "utf-8", **changes: object) -> UiSettings:
    wishes = {"language": None, "ascii": None, "slow": False, "environment": {}} | changes
    return choose_settings(root=Path("runs"), encoding=encoding, **wishes)  # type: ignore[arg-type]


def test_a_terminal_without_unicode_gets_plain_characters_and_no_pictures() -> None:
    plain = UiSettings(ascii=True, pictures="off", encoding="ANSI_X3.4-1968")
    assert chosen("ANSI_X3.4-1968") == plain
    assert chosen("UTF-8") == UiSettings(encoding="UTF-8")
    for encoding in ("EUC-JP", "ISO-8859-1", "no-such-encoding"):
        assert chosen(encoding).ascii
    assert not chosen("utf8").ascii
    assert chosen("UTF-8", ascii=True).ascii
    assert not chosen("ascii", ascii=False).ascii


def test_only_a_line_between_or_a_slow_one_is_paced() -> None:
    assert not chosen().paced
    assert chosen(slow=True).paced and chosen(environment={"SSH_TTY": "/dev/pts/1"}).paced


def test_no_color_turns_pictures_off_for_they_are_nothing_but_colour() -> None:
    assert chosen(environment={"NO_COLOR": "1"}).pictures == "off"


def test_the_language_is_the_terminals_unless_asked() -> None:
    assert chosen(environment={"LANG": "ja_JP.UTF-8"}).language == "ja"
    assert chosen(environment={"LANG": "ja_JP.UTF-8"}, language="en").language == "en"


def test_a_slow_line_gets_fewer_redraws() -> None:
    assert chosen(slow=True).redraw_seconds > chosen().redraw_seconds >= 1


def test_frames_are_fewer_over_ssh_and_fewest_on_slow_lines() -> None:
    local = terminal_environment({}, slow=False)
    remote = terminal_environment({"SSH_TTY": "/dev/pts/1"}, slow=False)
    slow = terminal_environment({}, slow=True)
    assert int(slow["TEXTUAL_FPS"]) < int(remote["TEXTUAL_FPS"]) < int(local["TEXTUAL_FPS"])
    assert {found["TEXTUAL_ANIMATIONS"] for found in (local, remote, slow)} == {"none"}
    assert is_remote({"SSH_CONNECTION": "a b"}) and not is_remote({"SSH_TTY": ""})


def test_what_the_user_set_for_textual_counts() -> None:
    assert "TEXTUAL_FPS" not in terminal_environment({"TEXTUAL_FPS": "60"}, slow=True)


def test_without_a_terminal_the_error_names_what_works_without_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: False, raising=False)
    with pytest.raises(LoraWizardError, match="attach --plain"):
        check_terminal()
    monkeypatch.setenv("TEXTUAL_DRIVER", "textual.drivers.web_driver:WebDriver")
    check_terminal()
