"""`lora-wizard inspect`: what a LoRA file is made of, how it was trained, what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from lora_wizard.consoles import PlainTextConsole
from lora_wizard.language import LANGUAGES, Language, choose_language, text
from lora_wizard.lora.inspecting import Inspection, Part, inspect_file
from lora_wizard.lora.inspecting.header import always, base_model, settings, tags, triggers
from lora_wizard.output import echo, json_text

__all__ = ["command"]

_COLOURS = {"error": "bold red", "warning": "bold yellow", "hint": "bold cyan"}
_FAMILIES = {
    "sd1": "Stable Diffusion 1.x",
    "sd2": "Stable Diffusion 2.x",
    "sdxl": "Stable Diffusion XL",
}
_TAGS_SHOWN = 24


@click.command(name="inspect")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language; from LANG unless given.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")
def command(file: Path, lang: str | None, as_json: bool) -> None:
    """Look at a LoRA FILE of any trainer: family, rank, triggers, settings, problems.

    Changes nothing. Ends with exit code 1 where the file cannot work.
    """
    seen = inspect_file(file)
    language = choose_language(lang, os.environ)
    if as_json:
        echo(json_text(_record(seen, language), indent=2))
    else:
        _show(seen, language)
    if any(finding.severity == "error" for finding in seen.findings):
        raise SystemExit(1)


def _record(seen: Inspection, language: Language) -> dict[str, Any]:
    """All of it for other programs; what is not known is null."""
    base, base_hash = base_model(seen.metadata)
    return {
        "path": str(seen.path),
        "bytes": seen.size_bytes,
        "method": seen.method or None,
        "naming": seen.naming,
        "family": seen.family,
        "types": list(seen.types),
        "parts": [
            {
                "name": part.name,
                "layers": part.layers,
                "ranks": {str(rank): count for rank, count in part.ranks.items()},
                "alphas": {f"{alpha:g}": count for alpha, count in part.alphas.items()},
                "change": part.change,
            }
            for part in seen.parts
        ],
        "base": base or None,
        "base_hash": base_hash or None,
        "triggers": list(triggers(seen.metadata)),
        "in_every_caption": list(always(seen.metadata)),
        "tags": dict(tags(seen.metadata)),
        "settings": settings(seen.metadata),
        "sha256": seen.sha256,
        "autov2": seen.sha256[:10],
        "autov3": seen.tensor_sha256[:12],
        "problems": [
            {"key": each.key, "severity": each.severity, "what": _said(each, language)}
            for each in seen.findings
        ],
        "metadata": dict(seen.metadata),
    }


def _show(seen: Inspection, language: Language) -> None:
    console = PlainTextConsole(highlight=False)
    family = _FAMILIES.get(seen.family or "", seen.family)
    title = text(
        "inspect.title",
        language,
        method=seen.method or text("inspect.unknown_method", language),
        family=family or text("inspect.unknown_family", language),
    )
    console.print(Text.assemble((seen.path.name, "bold"), "  ", title))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, words in _lines(seen, language):
        # As text: what a file says is no markup, and `:m:` in it no picture.
        table.add_row(text(f"inspect.label.{label}", language), Text.assemble(words))
    console.print(table)


def _lines(seen: Inspection, language: Language) -> Iterator[tuple[str, str | Text]]:
    """Label and words of each line; what the file does not tell has none."""
    types = ", ".join(seen.types)
    size = f"{seen.size_bytes / 2**20:.1f} MiB"
    values = {"naming": seen.naming, "types": types, "size": size}
    yield "file", text("inspect.names", language, **values)
    yield "parts", "\n".join(_part(part, language) for part in seen.parts)
    yield "use", f"<lora:{seen.metadata.get('ss_output_name') or seen.path.stem}:1>"
    label = "trigger" if seen.metadata.get("modelspec.trigger_phrase") else "triggers"
    yield from _words(label, ", ".join(triggers(seen.metadata)))
    yield from _words("always", ", ".join(always(seen.metadata)))
    yield from _words("base", "  ".join(filter(None, base_model(seen.metadata))))
    yield from _words("dates", _dates(seen.metadata))
    chosen = settings(seen.metadata).items()
    yield from _words("settings", ", ".join(f"{key} {value}" for key, value in chosen))
    yield from _words("tags", _tags(seen.metadata, language))
    comment = seen.metadata.get("ss_training_comment", "None")
    yield from _words("comment", "" if comment == "None" else comment)
    yield "hashes", f"AutoV2 {seen.sha256[:10]}  AutoV3 {seen.tensor_sha256[:12]}"
    yield "problems", _problems(seen, language)


def _words(label: str, words: str) -> Iterator[tuple[str, str]]:
    if words:
        yield label, words


def _part(part: Part, language: Language) -> str:
    name = text(f"inspect.part.{part.name}", language)
    if not part.ranks:
        return text("inspect.layers_other", language, part=name, layers=part.layers)
    words = text(
        "inspect.layers",
        language,
        part=name,
        layers=part.layers,
        ranks=_several(list(part.ranks), language),
        alphas=_several(list(part.alphas), language),
    )
    if part.change is None:
        return words
    return text("inspect.with_change", language, layers=words, change=part.change)


def _several(values: list[int] | list[float], language: Language) -> str:
    """The commonest value, and that there are others."""
    shown = [f"{value:g}" for value in values]
    if len(shown) < 2:
        return "".join(shown) or "-"
    others = ", ".join(shown[1:5]) + (", ..." if shown[5:] else "")
    return text("inspect.several", language, common=shown[0], others=others)


def _dates(metadata: Mapping[str, str]) -> str:
    """When it was trained and how long that took, as far as the header tells."""
    times = []
    for key in ("ss_training_started_at", "ss_training_finished_at"):
        try:
            times.append(datetime.fromtimestamp(float(metadata.get(key, "")), UTC))
        except (ValueError, OverflowError, OSError):
            return metadata.get("modelspec.date", "")
    began, ended = times
    return f"{began:%Y-%m-%d %H:%M} – {ended:%H:%M} UTC"


def _tags(metadata: Mapping[str, str], language: Language) -> str:
    found = tags(metadata)
    shown = [f"{tag} {count}" for tag, count in found[:_TAGS_SHOWN]]
    if len(found) > _TAGS_SHOWN:
        shown.append(text("inspect.more", language, count=len(found) - _TAGS_SHOWN))
    return ", ".join(shown)


def _problems(seen: Inspection, language: Language) -> Text:
    lines = [
        Text.assemble(
            (text(f"inspect.level.{each.severity}", language), _COLOURS[each.severity]),
            f"  {_said(each, language)}",
        )
        for each in seen.findings
    ]
    return Text("\n").join(lines) if lines else Text(text("inspect.none", language))


def _said(finding: Any, language: Language) -> str:
    values = dict(finding.values)
    for key in ("told", "is", "family"):
        if key in values:
            values[key] = _FAMILIES.get(str(values[key]), values[key])
    if "part" in values:
        values["part"] = text(f"inspect.part.{values['part']}", language)
    return text(f"inspect.problem.{finding.key}", language, **values)
