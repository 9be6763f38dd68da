"""`lora-eval report`: what judged pictures say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lora_eval.commands.speaking import language_option, spoken
from lora_eval.language import text
from lora_wizard.output import echo, printable

if TYPE_CHECKING:
    from lora_eval.report.gate import Gate
    from lora_eval.report.summary import Summary

__all__ = ["command"]

FAILED = 1
"""Exit status where a gate was not passed."""


@click.command()
@click.argument(
    "folders", nargs=-1, required=True, type=click.Path(path_type=Path, file_okay=False)
)
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where report.html, report.json and judgements.csv go; the first folder itself.",
)
@click.option(
    "--gate",
    "gates",
    multiple=True,
    metavar="WHAT<=NUMBER",
    help="Such as floating_head<=0.05 or upper:split_view<=0.1; exit status 1 where a LoRA fails.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON instead.")
@click.option("--all", "everything", is_flag=True, help="Show every judge in the table.")
@click.option("--no-page", is_flag=True, help="Write no report.html.")
@language_option
def command(
    folders: tuple[Path, ...],
    to: Path | None,
    gates: tuple[str, ...],
    as_json: bool,
    everything: bool,
    no_page: bool,
) -> None:
    """Say what goes wrong how often in FOLDERS, which LoRA is better, and how sure that is.

    Several folders are joined where suite, base and judges are the same.

    Exit status: 0; 1 where a gate was not passed; 2 for errors.
    """
    from lora_eval.judging import read_judged
    from lora_eval.report.files import to_csv, to_json, write
    from lora_eval.report.gate import parse_gates
    from lora_eval.report.summarising import summarise
    from lora_eval.report.terminal import show
    from lora_wizard.consoles import PlainTextConsole

    language = spoken()
    judged = [read_judged(folder) for folder in folders]
    summary = summarise(judged, language)
    checked = parse_gates(gates, summary, language)
    target = to or folders[0]
    write(target / "report.json", to_json(summary), language)
    write(target / "judgements.csv", to_csv(judged), language)
    written = ["report.json", "judgements.csv"]
    if not no_page:
        from lora_eval.report.page import page_html

        write(target / "report.html", page_html(summary, judged), language)
        written.insert(0, "report.html")
    if as_json:
        echo(to_json(summary), nl=False)
    else:
        show(summary, PlainTextConsole(), everything=everything)
        names = ", ".join(written)
        echo(
            f"\n{text('report.terminal.written', language, folder=printable(target), names=names)}"
        )
    if gates and not _passed(checked, summary, quiet=as_json):
        raise SystemExit(FAILED)


def _passed(gates: Sequence[Gate], summary: Summary, *, quiet: bool) -> bool:
    from lora_eval.report.gate import check_gates

    results = check_gates(gates, summary)
    for each in results:
        unknown = text("report.terminal.gate_unknown", summary.language)
        value = unknown if each.value is None else f"{each.value:.3f}"
        key = "report.terminal.gate_passed" if each.passed else "report.terminal.gate_failed"
        label = printable(summary.label(each.contender))
        values = {"gate": printable(each.gate.text), "label": label, "value": value}
        echo(text(key, summary.language, **values), err=quiet)
    return all(each.passed for each in results)
