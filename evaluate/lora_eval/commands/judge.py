"""`lora-eval judge`: what judges say of a folder of pictures, whoever made them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lora_eval.commands.character_options import character_of, character_options
from lora_eval.commands.judge_options import judge_options
from lora_eval.commands.progress import progress
from lora_wizard.output import echo

if TYPE_CHECKING:
    from lora_eval.judged import JudgedFolder
    from lora_eval.pictures import CharacterFacts, Manifest

__all__ = ["command"]

SOME_UNREADABLE = 3
"""Exit status where some pictures could not be read and the rest was judged."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--suite", "suite_name", default="", help="Whose prompts these are; or a file.")
@character_options
@judge_options
def command(folder: Path, suite_name: str, **options: Any) -> None:
    """Judge the pictures in FOLDER. Started again, it goes on where it was stopped.

    A folder that `lora-eval run` filled is judged as its manifest says. For another program's
    pictures a manifest is written first, out of what their files tell (A1111's parameters); say
    by the options what they cannot tell.

    Exit status: 0; 2 for errors; 3 where some pictures could not be read and the rest was judged.
    """
    from lora_eval.judging import judge_folder, open_backends

    manifest = manifest_for(folder, suite_name, character_of(options))
    names = {key: options[key] for key in ("detector", "clip", "tagger", "offline")}
    backends = open_backends(manifest, **names)
    for note in (*manifest.notes, *backends.notes):
        echo(f"note: {note}", err=True)
    with progress("Judging") as on_progress:
        judged = judge_folder(folder, backends, on_progress=on_progress)
    say(folder, judged)
    if any(row.problem for row in judged.rows):
        raise SystemExit(SOME_UNREADABLE)


def manifest_for(folder: Path, suite_name: str, character: CharacterFacts) -> Manifest:
    """The folder's manifest; made and written first where there is none.

    Raises:
        PicturesError: it has one, and the options say otherwise; or it holds no pictures.
        SuiteError: there is no such suite.
    """
    from lora_eval.pictures import read_manifest, write_manifest
    from lora_eval.pictures.files import MANIFEST

    if (folder / MANIFEST).exists():
        manifest = read_manifest(folder)
        _refuse_contradictions(folder, manifest.character, character)
        return manifest
    from lora_eval.pictures.foreign import manifest_of
    from lora_eval.suite import find_suite

    suite = find_suite(suite_name) if suite_name else None
    manifest = manifest_of(folder, suite=suite, character=character)
    write_manifest(folder, manifest)
    return manifest


def say(folder: Path, judged: JudgedFolder) -> None:
    """What was found, in a few lines."""
    from lora_eval.judges import registered

    unreadable = [row for row in judged.rows if row.problem]
    missing = f", {judged.missing} not there yet" if judged.missing else ""
    count = len(judged.rows) - len(unreadable)
    echo(f"{folder}: {count} {'picture' if count == 1 else 'pictures'} judged{missing}")
    for row in unreadable:
        echo(f"left out: {row.picture.file}: {row.problem}", err=True)
    for name, judge in registered().items():
        if judge.importance == "main":
            answers = [each for row in judged.rows if (each := row.by(name)) and each.applies]
            outcomes = [each.outcome for each in answers]
            known = len(outcomes) - outcomes.count("unknown")
            rest = f", {len(outcomes) - known} not decided" if known < len(outcomes) else ""
            echo(f"  {judge.title}: {outcomes.count('yes')} of {known}{rest}")
    echo(f"Compare them: lora-eval report {folder}")


def _refuse_contradictions(folder: Path, known: CharacterFacts, said: CharacterFacts) -> None:
    from lora_eval.errors import PicturesError, Problem

    problems = [
        Problem("--" + name.replace("_", "-").removesuffix("s" * (name != "training_images")),
                f"says {now!r}, the manifest {before!r}", "")
        for name, now in said
        if now and now != (before := getattr(known, name))
    ]  # fmt: skip
    if problems:
        raise PicturesError(
            "is judged as its manifest says",
            where=str(folder),
            fix="Leave these options out; or, where another program made the pictures, delete "
            "manifest.json to have it written again",
            problems=problems,
        )
