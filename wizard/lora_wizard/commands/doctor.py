"""`lora-wizard doctor`: what this machine has for training, and what is in its way."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from lora_wizard.consoles import PlainTextConsole
from lora_wizard.doctor import Finding, Level, Situation, examine, fix_words, title, words
from lora_wizard.language import LANGUAGES, Language, choose_language, text
from lora_wizard.output import echo, json_text
from lora_wizard.runs import DEFAULT_ROOT

__all__ = ["command"]

_COLOURS = {Level.OK: "green", Level.WARNING: "bold yellow", Level.ERROR: "bold red"}


@click.command()
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    default=DEFAULT_ROOT,
    show_default=True,
    help="The folder of runs.",
)
@click.option("--torch", "with_torch", is_flag=True, help="Try torch as well; takes seconds.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language; from LANG unless given.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")
def command(root: Path, with_torch: bool, lang: str | None, as_json: bool) -> None:
    """Look at this machine: versions, GPU, memory, disk, terminal, and what happens at logout.

    Changes nothing. Ends with exit code 1 where something keeps training from working.
    """
    size = shutil.get_terminal_size()
    situation = Situation(
        root=root,
        environment=os.environ,
        is_terminal=sys.stdout.isatty(),
        size=(size.columns, size.lines),
        encoding=sys.stdout.encoding or "ascii",
        with_torch=with_torch,
    )
    language = choose_language(lang, os.environ)
    found = []
    console = PlainTextConsole(highlight=False)
    for finding in examine(situation):
        found.append(finding)
        if not as_json:
            _show(console, finding, language)
    levels = [finding.level for finding in found]
    if as_json:
        records = [_record(finding, language) for finding in found]
        echo(json_text(records, indent=2))
    else:
        counts = {"errors": levels.count(Level.ERROR), "warnings": levels.count(Level.WARNING)}
        console.print()
        console.print(Text(text("doctor.count", language, **counts)))
    if Level.ERROR in levels:
        raise SystemExit(1)


def _show(console: Console, finding: Finding, language: Language) -> None:
    level = text(f"doctor.level.{finding.level}", language)
    line = Text.assemble(
        (level, _COLOURS[finding.level]),
        f"  {title(finding, language)}: ",
        words(finding, language),
    )
    console.print(Padding(line, (0, 0, 0, 0), expand=False))
    if fix := fix_words(finding, language):
        advice = Text(text("doctor.do", language, fix=fix))
        console.print(Padding(advice, (0, 0, 0, 4), expand=False))


def _record(finding: Finding, language: Language) -> dict[str, object]:
    """One finding for other programs; `check`, `outcome` and `level` never change with words."""
    return {
        "check": finding.check,
        "outcome": finding.outcome,
        "level": str(finding.level),
        "what": words(finding, language),
        "fix": fix_words(finding, language) or None,
        "values": {name: str(value) for name, value in finding.values.items()},
    }
