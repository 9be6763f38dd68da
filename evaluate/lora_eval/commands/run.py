"""`lora-eval run`: the same pictures with each LoRA and with none, and what judges say of them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lora_eval.commands.character_options import character_of, character_options
from lora_eval.commands.judge_options import judge_options
from lora_eval.commands.progress import progress
from lora_eval.commands.speaking import language_option, said
from lora_wizard.output import echo

if TYPE_CHECKING:
    from lora_eval.generate.processes import Process
    from lora_eval.generate.running import RunResult, RunWish
    from lora_eval.suite import Suite

__all__ = ["command"]

INCOMPLETE = 3
"""Exit status where something was left out and the rest was done."""


@click.command()
@click.option("--suite", "suite_name", default="standard", show_default=True, help="Or a file.")
@click.option(
    "--base",
    default="paperdoll",
    show_default=True,
    help="A checkpoint, a diffusers folder, or `paperdoll`, the small model of this package.",
)
@click.option("--vae", default="", help="Another VAE than the base's own: a file or a folder.")
@click.option("--family", type=click.Choice(["auto", "sd1", "sd2", "sdxl"]), default="auto")
@click.option(
    "--v-prediction/--epsilon",
    default=None,
    help="What the base predicts, where its file does not say so or is mistaken.",
)
@click.option(
    "--zero-terminal-snr/--no-zero-terminal-snr",
    default=None,
    help="Whether its noise schedule ends in pure noise, likewise.",
)
@click.option(
    "--lora",
    "loras",
    metavar="FILE[:STRENGTH]",
    multiple=True,
    help="A LoRA; its strength multiplies the suite's. May be repeated. The base alone is always "
    "drawn, too.",
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
@character_options
@click.option("--seeds", type=click.IntRange(1), help="How many, in place of the suite's.")
@click.option("--strength", "strengths", type=float, multiple=True, help="In place of the suite's.")
@click.option("--steps", type=click.IntRange(1, 1000), help="In place of the suite's.")
@click.option(
    "--batch",
    type=click.IntRange(1),
    help="Pictures drawn at once; fewer need less memory. It may change when a run goes on.",
)
@click.option("--precision", type=click.Choice(["auto", "fp32", "bf16", "fp16"]), default="auto")
@click.option(
    "--device",
    default="auto",
    show_default=True,
    help="cpu, cuda:0 or what else PyTorch knows; auto takes a GPU where there is one.",
)
@judge_options
@click.option("--no-judge", is_flag=True, help="Make the pictures only.")
@language_option
def command(suite_name: str, loras: tuple[str, ...], no_judge: bool, **options: Any) -> None:
    """Draw a suite with each LoRA and with none, and judge the pictures.

    Started again with the same options it goes on where it was stopped: nothing is made twice.
    With other options it refuses: two runs are never mixed in one folder. What LoRA headers and
    training captions tell of trigger and outfits is used where you say nothing. Several devices
    or hosts share the work by `accelerate launch -m lora_eval run ...`.

    Exit status: 0; 2 for errors; 3 where some LoRAs could not take part, or some pictures could
    not be read, and the rest was drawn and judged.
    """
    from lora_eval.generate.contenders import parse_wanted
    from lora_eval.generate.processes import this_process
    from lora_eval.generate.running import RunWish
    from lora_eval.suite import find_suite

    character = character_of(options)
    suite = changed(find_suite(suite_name), options)
    wish = RunWish(
        suite=suite,
        base=options["base"],
        loras=tuple(parse_wanted(text) for text in loras),
        out=options["out"],
        character=character,
        family=options["family"],
        vae=options["vae"],
        v_prediction=options["v_prediction"],
        zero_terminal_snr=options["zero_terminal_snr"],
        precision=options["precision"],
        device=options["device"],
        batch=options["batch"] or 0,
    )
    process = this_process()
    result = make(wish, process)
    if not process.is_main:
        return
    unreadable = False
    if no_judge:
        judge = f"lora-eval judge {shlex.quote(str(wish.out))}"
        echo(said("run.judge_next", command=judge))
    else:
        unreadable = _judge(wish.out, options)
    if result.refused or unreadable:
        raise SystemExit(INCOMPLETE)


def changed(suite: Suite, options: dict[str, Any]) -> Suite:
    """The suite with what the command line says otherwise.

    Raises:
        SuiteError: it cannot be so, such as a strength of 9.
    """
    from pydantic import ValidationError

    from lora_eval.errors import Problem, SuiteError

    changes: dict[str, Any] = {}
    if options["seeds"]:
        changes["seeds"] = tuple(range(suite.seeds[0], suite.seeds[0] + options["seeds"]))
    if options["strengths"]:
        changes["strengths"] = tuple(dict.fromkeys(options["strengths"]))
    if options["steps"]:
        changes["steps"] = options["steps"]
    if not changes:
        return suite
    try:
        return type(suite).model_validate({**suite.model_dump(), **changes})
    except ValidationError as error:
        problems = [Problem(f"--{each['loc'][0]}", each["msg"], "") for each in error.errors()]
        raise SuiteError("The suite cannot be changed so:", problems=problems) from error


def make(wish: RunWish, process: Process) -> RunResult:
    """Makes the pictures; the main process says what was made."""
    from lora_eval.generate.running import NOT_DRAWN, make_pictures

    with progress(said("drawing")) if process.is_main else nullcontext(None) as on_progress:
        result = make_pictures(wish, process=process, on_progress=on_progress)
    if process.is_main:
        for line in summary_of(wish.out, result, process.count):
            echo(line)
        for note in result.manifest.notes:
            if not note.startswith(NOT_DRAWN):  # what refused it says more, and what to do
                echo(said("note", text=note), err=True)
        for error in result.refused:
            echo(said("left_out", text=error), err=True)
    return result


def summary_of(out: Path, result: RunResult, processes: int) -> Iterator[str]:
    """What was made, and of whom."""
    manifest = result.manifest
    total, loras = len(manifest.pictures), len(manifest.contenders) - 1
    made = "" if processes > 1 else said("run.now", made=result.made)
    key = "run.drawn_one" if loras == 1 else "run.drawn"
    yield said(key, folder=out, total=total, loras=loras) + made
    character = manifest.character
    if character.trigger:
        worn = ", ".join(character.training_outfits) or said("run.unknown_outfits")
        yield said("run.trigger", trigger=character.trigger, outfits=worn)


def _judge(out: Path, options: dict[str, Any]) -> bool:
    """Judges the folder; returns whether some pictures could not be read."""
    from lora_eval.commands.judge import say
    from lora_eval.judging import judge_folder, open_backends
    from lora_eval.pictures import read_manifest

    names = {key: options[key] for key in ("detector", "clip", "tagger", "offline")}
    backends = open_backends(read_manifest(out), **names)
    for note in backends.notes:
        echo(said("note", text=note), err=True)
    with progress(said("judging")) as on_progress:
        judged = judge_folder(out, backends, on_progress=on_progress)
    for note in judged.notes:
        echo(f"note: {note}", err=True)
    say(out, judged)
    return any(row.problem for row in judged.rows)
