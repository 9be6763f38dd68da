"""The page put together: templates with their data, styles and script inside.

Nothing is asked of any network: a content security policy forbids it, and lets only this very
style and script run. Prompts, labels and file names are text; the template engine escapes them,
and the script only ever sets text content.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from lora_eval import __version__
from lora_eval.judged import JudgedFolder
from lora_eval.language import Language, text
from lora_eval.report.grouping import undecided_rows
from lora_eval.report.page.charts import charts
from lora_eval.report.page.data import page_data
from lora_eval.report.page.lead import lead_of
from lora_eval.report.page.tables import main_table
from lora_eval.report.summary import Summary
from lora_wizard.output import printable


def page_html(summary: Summary, folders: Sequence[JudgedFolder]) -> str:
    """The whole page; the same report always gives the same bytes.

    Thumbnails are inside; large pictures are taken from beside the page where they are, and from
    the thumbnails where they are not.

    Args:
        folders: those of the summary, in its order; the page is meant to lie in the first.
    """
    style, script = _asset("page.css"), _asset("page.js")
    environment = Environment(
        loader=PackageLoader("lora_eval.report.page", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    data = page_data(summary, folders)
    return environment.get_template("page.html.j2").render(
        policy=_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        data=Markup(json_for_html(data)),
        summary=summary,
        lead=lead_of(summary, data),
        table=main_table(summary),
        undecided=undecided_rows(summary, grouped=False),
        open_line=_open_line(summary),
        charts=charts(summary),
        version=__version__,
        t=partial(_said, summary.language),
        between="" if summary.language == "ja" else " ",
    )


def _said(language: Language, key: str, **values: object) -> str:
    return text(f"report.{key}", language, **values)


def _open_line(summary: Summary) -> str:
    """In what no two differ clearly, by name; or in how many comparisons there is no difference."""
    clear = {each.judge for each in summary.findings}
    likeness = _said(summary.language, "likeness")
    names = [
        summary.judge_title(each.judge) if each.judge else likeness
        for each in summary.undecided
        if not each.at_same_likeness and each.judge not in clear
    ]
    if names:
        comma = "、" if summary.language == "ja" else ", "
        shown = comma.join(dict.fromkeys(names))
        return _said(summary.language, "undecided.others", names=shown)
    count = len(summary.undecided)
    return _said(summary.language, "undecided.summary", count=count) if count else ""


def _shown(value: object) -> object:
    """Text on its way into the page: steering characters, such as an override of the direction of
    writing, become escapes that can be seen."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else printable(value)


def json_for_html(data: Any) -> str:
    """JSON that cannot end the script element it stands in, whatever its strings hold."""
    found = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        found = found.replace(sign, f"\\u{ord(sign):04x}")
    return found


def _policy(style: str, script: str) -> str:
    allowed = [f"'sha256-{_digest(part)}'" for part in (style, script)]
    return (
        f"default-src 'none'; img-src data: file: 'self'; style-src {allowed[0]}; "
        f"script-src {allowed[1]}; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _asset(name: str) -> str:
    return (files("lora_eval.report.page") / "assets" / name).read_text(encoding="utf-8")
