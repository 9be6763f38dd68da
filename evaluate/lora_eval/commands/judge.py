"""`lora-eval judge`: what judges say of a folder of pictures, whoever made them."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lora_eval.commands.character_options import character_of, character_options
from lora_eval.commands.judge_options import judge_options
from lora_eval.commands.progress import progress
from lora_eval.commands.speaking import language_option, said, spoken
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
@language_option
def command(folder: Path, suite_name: str, **options: Any) -> None:
    """Judge the pictures in FOLDER. Started again, it goes on where it was stopped.

    A folder that `lora-eval run` filled is judged as its manifest says. For another program's
    pictures a manifest is written first, out of what their files hold (texts of A1111, Forge,
    SwarmUI, Fooocus, InvokeAI and ComfyUI); give by the options what they do not hold.

    Exit status: 0; 2 for errors; 3 where some pictures could not be read and the rest was judged.
    """
    from lora_eval.judging import judge_folder, open_backends
    from lora_eval.pictures.foreign_files import LEFT_OUT

    character = character_of(options)
    manifest = manifest_for(folder, suite_name, character)
    names = {key: options[key] for key in ("detector", "clip", "tagger", "offline")}
    backends = open_backends(manifest, **names)
    for note in (*manifest.notes, *backends.notes):
        echo(said("note", text=note), err=True)
    with progress(said("judging")) as on_progress:
        judged = judge_folder(
            folder,
            backends,
            training_images=character.training_images,
            on_progress=on_progress,
        )
    for note in judged.notes:
        echo(said("note", text=note), err=True)
    say(folder, judged)
    left_out = any(note.startswith(LEFT_OUT) for note in manifest.notes)
    if left_out or any(row.problem for row in judged.rows):
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
    missing = said("judge.missing", missing=judged.missing) if judged.missing else ""
    count = len(judged.rows) - len(unreadable)
    key = "judge.judged_one" if count == 1 else "judge.judged"
    echo(said(key, folder=folder, count=count, missing=missing))
    for row in unreadable:
        echo(said("left_out", text=f"{row.picture.file}: {row.problem}"), err=True)
    for name, judge in registered().items():
        if judge.importance == "main":
            answers = [each for row in judged.rows if (each := row.by(name)) and each.applies]
            outcomes = [each.outcome for each in answers]
            known = len(outcomes) - outcomes.count("unknown")
            open_ones = len(outcomes) - known
            rest = said("judge.undecided", count=open_ones) if open_ones else ""
            counts = {"count": outcomes.count("yes"), "known": known, "rest": rest}
            echo(said("judge.found", title=judge.titled(spoken()), **counts))
    echo(said("judge.report_next", command=f"lora-eval report {shlex.quote(str(folder))}"))


def _refuse_contradictions(folder: Path, known: CharacterFacts, asked: CharacterFacts) -> None:
    from lora_eval.errors import PicturesError, Problem

    problems = [
        Problem("--" + name.replace("_", "-").removesuffix("s" * (name != "training_images")),
                f"says {now!r}, the manifest {before!r}", "")
        for name, now in asked
        if now and now != (before := getattr(known, name))
        # Training pictures that have moved may be given anew.
        and not (name == "training_images" and before and not Path(before).is_dir())
    ]  # fmt: skip
    if problems:
        raise PicturesError(
            "is judged as its manifest says",
            where=str(folder),
            fix="Leave these options out; or, where another program made the pictures, delete "
            "manifest.json to have it written again",
            problems=problems,
        )
