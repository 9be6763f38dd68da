"""`lora-eval label`: labels by eye, one picture after another, or many on a sheet."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lora_eval.commands.speaking import language_option, said
from lora_wizard.output import echo

if TYPE_CHECKING:
    from lora_eval.label import LabelSession

__all__ = ["command"]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--initials", prompt="Your initials", help="Kept with every label.")
@click.option("--judge", "judges", multiple=True, help="What to label; the main failures.")
@click.option("--seed", default=1, show_default=True, help="Of the order.")
@click.option("--sheet", type=click.Path(path_type=Path), help="Write a numbered sheet instead.")
@click.option("--from", "start", type=click.IntRange(0), help="First number on the sheet.")
@click.option("--count", default=48, show_default=True, type=click.IntRange(1))
@click.option(
    "--take",
    type=click.Path(path_type=Path, exists=True),
    help="Read answers to the sheets, lines such as `12: floating_head split_view?` or `13: -`.",
)
@language_option
def command(
    folder: Path,
    initials: str,
    judges: tuple[str, ...],
    seed: int,
    sheet: Path | None,
    start: int | None,
    count: int,
    take: Path | None,
) -> None:
    """Label the pictures in FOLDER (a run's) by eye: they come shuffled, without their LoRA.

    A number key turns one failure from no to yes to unsure; enter accepts and shows the next
    picture; backspace goes back. Labels are in FOLDER/labels.tsv after every picture.
    """
    from lora_eval.label import open_session
    from lora_eval.label.session import MAIN

    session = open_session(
        folder,
        labeller=initials.strip(),
        date=datetime.date.today().isoformat(),
        judges=judges or MAIN,
        seed=seed,
    )
    if sheet is not None:
        _write_sheet(session, sheet, session.first_open if start is None else start, count)
    elif take is not None:
        _take(session, take)
    else:
        from lora_eval.label.app import LabelApp

        LabelApp(session).run()
    left = sum(
        any((picture.file, judge.name) not in session.said for judge in session.judges)
        for picture in session.pictures
    )
    done = len(session.pictures) - left
    echo(said("label.labelled", folder=folder, done=done, left=left))


def _write_sheet(session: LabelSession, path: Path, start: int, count: int) -> None:
    from lora_eval.label import numbered_sheet
    from lora_wizard.atomic import replacing

    pictures = session.pictures[start : start + count]
    with replacing(path) as temporary:
        numbered_sheet(session.folder, pictures, start).save(temporary, format="PNG")
    echo(said("label.sheet", path=path, first=start, last=start + len(pictures) - 1))


def _take(session: LabelSession, path: Path) -> None:
    from lora_eval.errors import LabelError
    from lora_eval.label import parse_answers
    from lora_wizard.files import read_regular

    names = [judge.name for judge in session.judges]
    try:
        text = read_regular(path, most=16 << 20).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        fix = "Give a text in UTF-8 with lines such as 12: -"
        raise LabelError(f"cannot be read ({reason})", where=str(path), fix=fix) from error
    answers = parse_answers(text, range(len(session.pictures)), names)
    for number, answer in sorted(answers.items()):
        session.say(session.pictures[number], answer)
