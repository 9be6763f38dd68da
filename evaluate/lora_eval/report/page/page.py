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
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from lora_eval import __version__
from lora_eval.judged import JudgedFolder
from lora_eval.report.page.charts import charts
from lora_eval.report.page.data import page_data
from lora_eval.report.page.tables import main_table
from lora_eval.report.summary import Summary
from lora_eval.report.wording import brief, headline


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
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2").render(
        policy=_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        data=Markup(json_for_html(page_data(summary, folders))),
        summary=summary,
        table=main_table(summary),
        charts=charts(summary),
        headline=brief(headline(summary.sentences)),
        clear=[text for text in summary.sentences if "no clear difference" not in text.lower()],
        unclear=[text for text in summary.sentences if "no clear difference" in text.lower()],
        version=__version__,
    )


def json_for_html(data: Any) -> str:
    """JSON that cannot end the script element it stands in, whatever its strings hold."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


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
