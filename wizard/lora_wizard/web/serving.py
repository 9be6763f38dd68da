"""The server of `lora-wizard --web`: a page, the files that it loads, and its WebSocket."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from shlex import quote
from typing import Final

from aiohttp import WSCloseCode, web

from lora_wizard.errors import LoraWizardError
from lora_wizard.language import Language, text
from lora_wizard.output import echo
from lora_wizard.web.access import Access
from lora_wizard.web.page import app_page, refusal_page, security_headers, statics
from lora_wizard.web.viewing import OneViewer, show, size_of

__all__ = ["make_server", "serve"]

HOST: Final = "127.0.0.1"
_DEFAULT_SIZE = (80, 24)
_BUSY = 4409  # of the codes that WebSocket leaves to applications
_MOST_ERRORS = 20_000  # characters of what the app wrote to standard error
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def serve(command: str, *, port: int, language: Language = "en") -> None:
    """Serves the app until Ctrl-C or SIGTERM. Prints the address that opens it.

    Args:
        command: A shell's command line that opens the app on its terminal.
        port: Of 127.0.0.1.
        language: Of the page and of what is printed.

    Raises:
        LoraWizardError: The port cannot be had.
    """
    asyncio.run(_serve(command, port, language))


async def _serve(command: str, port: int, language: Language) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    access = Access()
    with tempfile.TemporaryDirectory(prefix="lora-wizard-web-") as place:
        server = make_server(command, access, language=language, errors=Path(place, "stderr"))
        runner = web.AppRunner(server, access_log=None, shutdown_timeout=15)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError as error:
            await runner.cleanup()
            raise LoraWizardError(
                f"port {port} of this machine cannot be used: {error.strerror or error}",
                where="--port",
                fix="Name another one, such as --port " + str(port % 65535 + 1),
            ) from error
        address = f"http://{HOST}:{port}/{access.token}/"
        echo(text("web.printed.open", language, address=address))
        echo(text("web.printed.private", language))
        echo(text("web.printed.remote", language, port=port))
        try:
            await ended.wait()
        finally:
            await runner.cleanup()


def make_server(
    command: str, access: Access, *, language: Language, errors: Path
) -> web.Application:
    """The application that `serve` runs.

    Args:
        command: A shell's command line that opens the app.
        access: Who is let in.
        language: Of the page.
        errors: A file that does not exist yet, for what the app writes to standard error.
    """
    served = _Served(f"exec {command} 2> {quote(str(errors))}", access, language, errors)
    server = web.Application(middlewares=[_checked(access, language)])
    server.on_shutdown.append(served.close)
    server.add_routes(
        [
            web.get("/{token}/", served.page),
            web.get("/{token}/ws", served.socket),
            web.get("/{token}/state", served.state),
            web.get("/{token}/{file}", served.file),
        ]
    )
    return server


def _checked(access: Access, language: Language) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Refuses every request that `access` refuses, whether or not its path exists."""

    @web.middleware
    async def check(request: web.Request, handler: _Handler) -> web.StreamResponse:
        refusal = access.refusal(
            request.path,
            hosts=request.headers.getall("Host", []),
            origins=request.headers.getall("Origin", []),
            asks_origin="Upgrade" in request.headers,
        )
        if refusal is not None:
            body = refusal_page(refusal, language)
            found: web.StreamResponse = web.Response(
                text=body, content_type="text/html", status=web.HTTPForbidden.status_code
            )
        else:
            try:
                found = await handler(request)
            except web.HTTPException as error:
                error.headers.update(security_headers(request.host))
                raise
        if not found.prepared:  # a WebSocket's answer is sent already
            host = "" if refusal == "host" else request.host
            found.headers.update(security_headers(host))
        return found

    return check


class _Served:
    """The answers to requests that were let in."""

    def __init__(self, command: str, access: Access, language: Language, errors: Path) -> None:
        self._command = command
        self._access = access
        self._language = language
        self._errors = errors
        self._viewer = OneViewer()
        self._statics = statics()
        self._open: set[web.WebSocketResponse] = set()

    async def page(self, request: web.Request) -> web.Response:
        address = f"ws://{request.host}/{self._access.token}/ws"
        size = request.query.get("fontsize", "")
        return web.Response(
            text=app_page(address, self._language, font_size=size), content_type="text/html"
        )

    async def state(self, request: web.Request) -> web.Response:
        """Whether another page is using the app, for a page whose connection was closed."""
        return web.json_response({"busy": self._viewer.is_busy})

    async def file(self, request: web.Request) -> web.StreamResponse:
        found = self._statics.get(request.match_info["file"])
        if found is None:
            raise web.HTTPNotFound
        return web.FileResponse(found)

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse(heartbeat=15)
        await websocket.prepare(request)
        if not await self._viewer.enter(websocket):
            await websocket.close(code=_BUSY)
            return websocket
        self._open.add(websocket)
        asked = request.query.get("width"), request.query.get("height")
        try:
            await show(websocket, self._command, size_of(*asked) or _DEFAULT_SIZE)
        finally:
            self._open.discard(websocket)
            self._viewer.leave()
            self._say_errors()
        return websocket

    async def close(self, server: web.Application) -> None:
        """Closes the page that uses the app, which ends it."""
        for websocket in list(self._open):
            await websocket.close(code=WSCloseCode.GOING_AWAY)

    def _say_errors(self) -> None:
        """On the terminal of the command: what the app wrote to standard error, if anything."""
        try:
            with self._errors.open(encoding="utf-8", errors="replace") as source:
                words = source.read(_MOST_ERRORS).strip()
        except OSError:
            return
        if words:
            echo(words, err=True)
