"""One page that shows the app: its process, and what goes between the two."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from lora_wizard.parsing import ParseError, parse_json

__all__ = ["OneViewer", "show", "size_of"]

_LEAST, _MOST = 1, 1000  # cells of a terminal's side
_PATIENCE = 5.0
"""Seconds that the app has to end when it is told to, and again when nothing can reach it."""


class OneViewer:
    """Lets one page at a time use the app.

    Args:
        patience: Seconds that a page waits for the one before it: a page that is loaded again comes
            while its own last connection is still closing.
    """

    def __init__(self, patience: float = 3.0) -> None:
        self._lock = asyncio.Lock()
        self._patience = patience
        self._current: web.WebSocketResponse | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a page is using the app."""
        return self._current is not None and not self._current.closed

    async def enter(self, websocket: web.WebSocketResponse) -> bool:
        """Whether this page may use the app. If so, it has to call `leave`."""
        try:
            await asyncio.wait_for(self._lock.acquire(), self._patience)
        except TimeoutError:
            return False
        self._current = websocket
        return True

    def leave(self) -> None:
        """The page that uses the app is gone."""
        self._current = None
        self._lock.release()


class _Service(AppService):
    """The app's process. When it ends, however it ends, its page is told."""

    async def run(self) -> None:
        try:
            await super().run()
        finally:
            await self.remote_close()


async def show(websocket: web.WebSocketResponse, command: str, size: tuple[int, int]) -> None:
    """Runs the app until its page or the app itself is gone.

    Args:
        websocket: Of the page.
        command: A shell's command line that opens the app.
        size: The terminal's columns and rows.
    """

    async def close() -> None:
        await websocket.close()

    service = _Service(
        command,
        write_bytes=websocket.send_bytes,
        write_str=websocket.send_str,
        close=close,
        download_manager=DownloadManager(),
    )
    await service.start(*size)
    try:
        async for message in websocket:
            if message.type is WSMsgType.TEXT:
                await _pass_on(message.data, websocket, service)
    finally:
        await _end(service)


def size_of(width: object, height: object) -> tuple[int, int] | None:
    """Columns and rows as a page names them, or None where they are no size of a terminal."""
    try:
        sides = int(str(width)), int(str(height))
    except ValueError:
        return None
    return sides if all(_LEAST <= side <= _MOST for side in sides) else None


async def _pass_on(data: str, websocket: web.WebSocketResponse, service: AppService) -> None:
    """One message of the page: `[kind]` or `[kind, content]`. What is neither is ignored."""
    match _read(data):
        case ["stdin", str(keys)]:
            await service.send_bytes(keys.encode("utf-8", "replace"))
        case ["resize", {"width": width, "height": height}]:
            if (size := size_of(width, height)) is not None:
                await service.set_terminal_size(*size)
        case ["ping", str(stamp)]:
            await websocket.send_json(["pong", stamp])
        case ["blur", *_]:
            await service.blur()
        case ["focus", *_]:
            await service.focus()


def _read(data: str) -> Any:
    try:
        return parse_json(data)
    except ParseError:
        return None


async def _end(service: AppService) -> None:
    """Ends the app, by force where it does not end by itself. Its trainers go on."""
    process = service._process  # textual-serve has no other way to a process that does not listen
    with suppress(TimeoutError):
        await asyncio.wait_for(service.stop(), _PATIENCE)
    if process is None:
        return
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), _PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()
