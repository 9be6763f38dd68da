"""The server without a browser: what it answers, and what it does with an app that fails."""

import asyncio
import json
import shlex
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from lora_wizard.commands.app import served_command
from lora_wizard.errors import LoraWizardError
from lora_wizard.web import serve
from lora_wizard.web.access import Access
from lora_wizard.web.serving import make_server
from tests.web.browsing import free_port

APP = f"{sys.executable} -m lora_wizard"
LISTENS = shlex.join(
    [sys.executable, "-c", "import os\nwhile b'quit' not in (os.read(0, 1 << 20) or b'quit'): pass"]
)
"""Takes whatever is sent to it, and ends when it is told to."""
DEAF = shlex.join([sys.executable, "-c", "import time; time.sleep(600)"])
WAIT = 30


@asynccontextmanager
async def running(command: str, place: Path) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    """A client of a running server, and the address with the token."""
    access = Access()
    server = make_server(command, access, language="en", errors=place / "stderr")
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port := free_port())
    await site.start()
    origin = f"http://127.0.0.1:{port}"
    try:
        async with aiohttp.ClientSession(headers={"Origin": origin}) as client:
            yield client, f"{origin}/{access.token}"
    finally:
        await runner.cleanup()


async def test_every_answer_carries_the_policy(tmp_path: Path) -> None:
    async with running("true", tmp_path) as (client, address):
        for path in ("/", "/page.js", "/textual.js", "/xterm.css", "/state", "/no-such-file"):
            async with client.get(address + path) as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert policy.startswith("default-src 'none'; script-src 'self';"), path
                assert answer.headers["Referrer-Policy"] == "no-referrer"
                assert answer.headers["X-Frame-Options"] == "DENY"
                assert answer.status == (404 if path == "/no-such-file" else 200), path


@pytest.mark.parametrize(
    "path", ["/../serving.py", "/..%2f..%2fserving.py", "/%2e%2e/serving.py", "/page.html"]
)
async def test_no_other_file_is_served(tmp_path: Path, path: str) -> None:
    async with (
        running("true", tmp_path) as (client, address),
        client.get(address + path) as answer,
    ):
        assert answer.status in (403, 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_nothing_but_reading_is_allowed(tmp_path: Path, method: str) -> None:
    async with (
        running("true", tmp_path) as (client, address),
        client.request(method, f"{address}/") as answer,
    ):
        assert answer.status == 405
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_websocket_without_an_origin_is_refused(tmp_path: Path) -> None:
    async with running("true", tmp_path) as (_, address), aiohttp.ClientSession() as client:
        with pytest.raises(aiohttp.WSServerHandshakeError) as raised:
            await client.ws_connect(f"{address}/ws")
        assert raised.value.status == 403


async def test_a_second_viewer_is_refused_and_the_next_one_let_in(tmp_path: Path) -> None:
    async with running(f"{APP} --root {tmp_path}", tmp_path) as (client, address):
        first = await client.ws_connect(f"{address}/ws")
        await asyncio.wait_for(first.receive_bytes(), WAIT)
        second = await client.ws_connect(f"{address}/ws")
        assert (await asyncio.wait_for(second.receive(), WAIT)).data == 4409
        async with client.get(f"{address}/state") as answer:
            assert await answer.json() == {"busy": True}
        await first.close()
        third = await client.ws_connect(f"{address}/ws")
        assert await asyncio.wait_for(third.receive_bytes(), WAIT)
        await third.close()


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{}",
        "[]",
        "nonsense",
        '["stdin"]',
        '["stdin", 7]',
        '["stdin", "\\ud800"]',
        '["resize", {"width": "x", "height": null}]',
        '["resize", {"width": 1e9, "height": -3}]',
        '["resize", 3]',
        '["ping", {}]',
        "[" * 100_000,
    ],
    ids=range(12),
)
async def test_a_message_that_is_none_ends_nothing(tmp_path: Path, message: str) -> None:
    async with running(LISTENS, tmp_path) as (client, address):
        page = await client.ws_connect(f"{address}/ws")
        await page.send_str(message)
        await page.send_json(["ping", "4"])
        assert json.loads(await asyncio.wait_for(page.receive_str(), WAIT)) == ["pong", "4"]
        await page.close()


async def test_an_app_that_fails_closes_its_page_and_says_why_on_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    failing = shlex.join([sys.executable, "-c", "import sys; sys.exit('no \\x1b[2Jluck')"])
    async with running(failing, tmp_path) as (client, address):
        page = await client.ws_connect(f"{address}/ws")
        message = await asyncio.wait_for(page.receive(), WAIT)
        assert message.type is aiohttp.WSMsgType.CLOSE
        async with client.get(f"{address}/state") as answer:
            assert await answer.json() == {"busy": False}
        await page.close()
    assert "no \\x1b[2Jluck" in capfd.readouterr().err


async def test_an_app_that_does_not_listen_is_ended_with_its_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lora_wizard.web.viewing._PATIENCE", 0.2)
    async with running(DEAF, tmp_path) as (client, address):
        for _ in range(2):  # the second one needs that the first is gone
            page = await client.ws_connect(f"{address}/ws")
            await page.send_json(["ping", "4"])
            assert await asyncio.wait_for(page.receive_str(), WAIT) == '["pong", "4"]'
            await page.close()


def test_a_port_that_is_taken_is_an_error_that_names_another() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LoraWizardError, match=rf"port {port} .*--port {port % 65535 + 1}"):
            serve("true", port=port)


def test_the_app_gets_every_option_of_the_command() -> None:
    command = served_command(
        lang="ja",
        ascii=True,
        slow=True,
        mouse=None,
        root=Path("/runs of mira"),
        images=Path("/a'b"),
        base="paperdoll",
    )
    assert shlex.split(command)[1:] == [
        "-m",
        "lora_wizard",
        "--root",
        "/runs of mira",
        "--lang",
        "ja",
        "--ascii",
        "--slow",
        "--mouse",
        "--images",
        "/a'b",
        "--base",
        "paperdoll",
    ]
