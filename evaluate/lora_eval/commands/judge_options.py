"""Which detectors and models judge, alike in `run` and `judge`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

_OPTIONS = (
    click.option(
        "--detector",
        default="auto",
        show_default=True,
        help="paperdoll, deepghs, animeface; auto goes by the base model and what is there.",
    ),
    click.option(
        "--clip",
        default="auto",
        show_default=True,
        help="paperdoll, an open_clip model as NAME:PRETRAINED (or a file), or none.",
    ),
    click.option("--tagger", default="auto", show_default=True, help="paperdoll, wd14, or none."),
    click.option("--offline", is_flag=True, help="Never download; use what is on this disk."),
)


def judge_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function
