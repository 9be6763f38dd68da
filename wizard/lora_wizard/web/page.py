"""The pages that the server sends, and the files that they load from it."""

from __future__ import annotations

import html
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

import textual_serve

from lora_wizard.language import Language, text
from lora_wizard.web.access import Refusal

__all__ = ["app_page", "refusal_page", "security_headers", "statics"]

_FONT_SIZE: Final = 16
_FONT_SIZES: Final = range(6, 49)  # pixels
_OWN = ("page.css", "page.js")
_THEIRS = (
    "js/textual.js",
    "css/xterm.css",
    "fonts/RobotoMono-VariableFont_wght.ttf",
    "fonts/RobotoMono-Italic-VariableFont_wght.ttf",
)


def statics() -> dict[str, Path]:
    """The files that a page may load, by the last part of their address."""
    ours = Path(str(files(__package__).joinpath("static")))
    theirs = Path(textual_serve.__path__[0], "static")
    return {name: ours / name for name in _OWN} | {
        Path(name).name: theirs / name for name in _THEIRS
    }


def app_page(websocket: str, language: Language, *, font_size: str = "") -> str:
    """The page that shows the app.

    Args:
        websocket: The address of its WebSocket.
        language: Of its few words.
        font_size: In pixels, as the address asks; anything else is the usual size.
    """
    pixels = int(font_size) if font_size.isascii() and font_size.isdecimal() else _FONT_SIZE
    words = {
        name: text(f"web.page.{name}", language)
        for name in ("title", "loading", "again", "ended", "busy", "lost", "cannot")
    }
    return _filled(
        "page.html",
        language=language,
        websocket=websocket,
        font_size=str(pixels if pixels in _FONT_SIZES else _FONT_SIZE),
        **words,
    )


def refusal_page(refusal: Refusal, language: Language) -> str:
    """The page for a request that is refused: what to do. It loads nothing."""
    return _filled(
        "refused.html",
        language=language,
        title=text("web.page.title", language),
        words=text(f"web.refused.{refusal}", language),
    )


def security_headers(host: str) -> dict[str, str]:
    """What a browser is to keep to: nothing from elsewhere, in no frame, the address for nobody.

    Args:
        host: Of the request, checked; empty where it was refused.
    """
    socket = f" ws://{host}" if host else ""
    # xterm.js sets the size and colours of its cells by style elements that it makes.
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        f"font-src 'self'; img-src 'self' data:; connect-src 'self'{socket}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def _filled(name: str, **values: str) -> str:
    source = files(__package__).joinpath("static", name).read_text(encoding="utf-8")
    return Template(source).substitute({key: html.escape(value) for key, value in values.items()})
