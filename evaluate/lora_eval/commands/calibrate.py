"""`lora-eval calibrate`: how often the judges are right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lora_eval.commands.judge_options import judge_options
from lora_eval.commands.progress import progress
from lora_wizard.output import echo

if TYPE_CHECKING:
    from lora_eval.calibrate.evidence import Labelled
    from lora_eval.calibrate.result import Calibration
    from lora_eval.judging import Backends

__all__ = ["command"]

BEGIN, END = "<!-- calibration:begin -->", "<!-- calibration:end -->"


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--held-out",
    "held_out",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Further folders of labelled pictures, none of which is ever tuned on.",
)
@click.option(
    "--constructions",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Also so many drawn pictures of each kind, whose truth is known.",
)
@judge_options
@click.option("--tune", is_flag=True, help="Propose thresholds, by one half of the LoRAs.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the result.")
@click.option("--readme", type=click.Path(path_type=Path, exists=True), help="Renew its table.")
def command(
    folders: tuple[Path, ...], held_out: tuple[Path, ...], constructions: int, **options: Any
) -> None:
    """Judge labelled pictures in FOLDERS (manifest.json, labels.tsv, pictures) and count.

    LoRAs are dealt to two halves: thresholds may be tuned on one, and numbers of the other one
    are what counts. `lora-eval label` makes labels.
    """
    from lora_eval.calibrate.calibrating import calibrate
    from lora_eval.calibrate.evidence import evidence_of, read_labelled
    from lora_eval.errors import LabelError
    from lora_eval.judging import open_backends

    if not folders and not held_out and not constructions:
        raise LabelError("There is nothing to judge", fix="Give folders, or --constructions 300")
    sets = [read_labelled(folder) for folder in (*folders, *held_out)]
    names = {key: options[key] for key in ("detector", "clip", "tagger", "offline")}
    manifest = sets[0].manifest if sets else None
    if manifest is None and names["detector"] == "auto":
        names |= {"detector": "paperdoll", "clip": "paperdoll", "tagger": "paperdoll"}
    backends = open_backends(manifest, **names)
    judged = []
    for each in sets:
        with progress(f"Judging {each.folder.name}") as on_progress:
            judged.append(evidence_of(each, backends, on_progress))
    found = calibrate(
        [each for part in judged[: len(folders)] for each in part],
        _constructed(constructions, backends),
        backends,
        never_tuned=[each for part in judged[len(folders) :] for each in part],
        tune=options["tune"],
    )
    show(found)
    if options["json_file"]:
        _write_json(options["json_file"], found)
    if options["readme"]:
        _renew(options["readme"], found)


def show(found: Calibration) -> None:
    """A table of all parts, and proposed thresholds."""
    from lora_eval.calibrate.result import to_markdown

    for row in found.rows:
        q = row.quality
        if q.positives:
            echo(
                f"{row.part:12} {row.judge:18} {q.pictures:5} pictures {q.positives:5} with it  "
                f"P {q.precision.value:.2f}  R {q.recall.value:.2f}  F1 {q.f1.value:.3f} "
                f"({q.f1.low:.2f} to {q.f1.high:.2f})  kappa {q.kappa.value:.2f}  "
                f"decided {q.coverage:.0%}"
            )
        else:
            wrong = f"{q.wrong_yes} of {q.pictures} flagged"
            echo(f"{row.part:12} {row.judge:18} none with it; {wrong}")
    echo()
    echo(to_markdown(found))
    for judge, change in found.proposed.items():
        for name, value in change.items():
            echo(f"proposed: [{judge}.{found.detector}] {name} = {value:g}")


def _constructed(count: int, backends: Backends) -> list[Labelled]:
    from lora_eval.calibrate.evidence import evidence_of_constructed
    from lora_eval.constructions import construct

    if not count:
        return []
    with progress("Judging constructed pictures") as on_progress:
        return evidence_of_constructed(list(construct(count)), backends, on_progress)


def _write_json(path: Path, found: Calibration) -> None:
    from lora_eval.calibrate.result import to_json
    from lora_wizard.atomic import atomic_write

    atomic_write(path, to_json(found))
    echo(f"Written: {path}")


def _renew(path: Path, found: Calibration) -> None:
    """Puts the table between the markers of a Markdown file."""
    from lora_eval.calibrate.result import to_markdown
    from lora_eval.errors import LabelError
    from lora_wizard.atomic import atomic_write

    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        fix = f"Put {BEGIN} and {END} where the table belongs"
        raise LabelError("has no place for the table", where=str(path), fix=fix)
    atomic_write(path, f"{before}{BEGIN}\n{to_markdown(found)}\n{END}{after}")
    echo(f"Renewed: {path}")
