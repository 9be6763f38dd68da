"""`lora-wizard --web` in real headless Chromium: for its user, and against hostile pages."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.web.browsing import (
    ARGUMENTS,
    CHROMIUM,
    REBOUND,
    Served,
    another_site,
    needs_browser,
    serving,
)

pytestmark = needs_browser

HOSTILE = """<!DOCTYPE html><title>waiting</title><script>
const opened = [];
async function attack(addresses) {
  for (const address of addresses) {
    await new Promise((done) => {
      const socket = new WebSocket(address);
      socket.onopen = () => { opened.push(address); socket.send('["stdin","\\\\r"]'); };
      socket.onclose = done;
      socket.onmessage = () => { opened.push("screen of " + address); done(); };
    });
  }
  document.title = opened.length ? "in: " + opened : "refused";
}
async function read(address) {
  try { return await (await fetch(address)).text(); } catch { return "unreadable"; }
}
</script>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("web")) as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1000, "height": 700})
    yield opened
    opened.close()


def open_app(page: Page, address: str) -> list[bytes]:
    """Opens the app and waits for its first screen. What it sends from then on is gathered."""
    received: list[bytes] = []

    def gather(message: str | bytes) -> None:
        received.append(message if isinstance(message, bytes) else message.encode())

    page.on("websocket", lambda socket: socket.on("framereceived", gather))
    page.goto(address)
    expect(page.locator("body")).to_have_class(re.compile("-first-byte"), timeout=30_000)
    wait_for(page, received, b"LoRA")
    return received


def wait_for(page: Page, received: list[bytes], words: bytes) -> None:
    for _ in range(300):
        if words in b"".join(received):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{words!r} was not shown")


def test_the_address_opens_the_app_and_keys_reach_it(page: Page, served: Served) -> None:
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("request", lambda request: asked.append(request.url))
    received = open_app(page, served.address)
    assert page.title() == "LoRA Wizard"
    assert page.locator("#notice").is_hidden()
    page.locator("#terminal").click()
    received.clear()
    page.keyboard.press("F8")
    wait_for(page, received, "新しい".encode())
    assert {urlsplit(url).netloc for url in asked if not url.startswith("data:")} == {
        f"127.0.0.1:{served.port}"
    }
    assert [words for words in complaints if not words.startswith("log: ping=")] == []
    assert page.evaluate("document.fonts.check('16px \"Roboto Mono\"')")


def test_the_page_says_that_the_app_has_ended(page: Page, served: Served) -> None:
    open_app(page, served.address)
    page.locator("#terminal").click()
    page.keyboard.press("Control+q")
    expect(page.locator("#words")).to_contain_text("The app has ended", timeout=15_000)
    page.locator("#again").click()
    expect(page.locator("#notice")).to_be_hidden(timeout=30_000)


def test_a_second_page_is_refused_in_words_until_the_first_is_closed(
    browser: Browser, page: Page, served: Served
) -> None:
    open_app(page, served.address)
    second = browser.new_page()
    second.goto(served.address)
    expect(second.locator("#words")).to_contain_text("open in another window", timeout=15_000)
    assert page.locator("#notice").is_hidden()
    page.goto("about:blank")
    second.locator("#again").click()
    expect(second.locator("body")).to_have_class(re.compile("-first-byte"), timeout=30_000)
    second.close()


def test_the_page_opens_again_when_it_is_loaded_again(page: Page, served: Served) -> None:
    open_app(page, served.address)
    page.reload()
    expect(page.locator("#notice")).to_be_hidden(timeout=30_000)


@pytest.mark.parametrize("path", ["", "wrong/", "ws", "static/js/textual.js", "{token}x/"])
def test_an_address_without_the_token_says_what_to_do(
    page: Page, served: Served, path: str
) -> None:
    answer = page.goto(f"http://127.0.0.1:{served.port}/" + path.format(token=served.token))
    assert answer is not None
    assert answer.status == 403
    assert "address that `lora-wizard --web` printed" in page.inner_text("body")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def attacked(page: Page, port: int) -> list[str]:
    """The addresses that a hostile page tries that knows the port, and no token."""
    place = f"ws://127.0.0.1:{port}"
    return [f"{place}/ws?width=80&height=24", f"{place}/", f"{place}/{'A' * 43}/ws"]


def test_a_page_of_another_origin_cannot_open_the_websocket(page: Page, served: Served) -> None:
    with another_site(HOSTILE) as port:
        for site in ("127.0.0.1", "localhost", REBOUND):
            page.goto(f"http://{site}:{port}/")
            page.evaluate("attack", attacked(page, served.port))
            expect(page).to_have_title("refused")


def test_a_page_of_another_origin_is_refused_even_with_the_token(
    page: Page, served: Served
) -> None:
    address = served.address.replace("http:", "ws:") + "ws?width=80&height=24"
    with another_site(HOSTILE) as port:
        for site in ("127.0.0.1", "localhost", REBOUND):
            page.goto(f"http://{site}:{port}/")
            page.evaluate("attack", [address])
            expect(page).to_have_title("refused")
            assert page.evaluate("read", served.address) == "unreadable"


def test_a_page_without_an_origin_of_its_own_is_refused(page: Page, served: Served) -> None:
    address = served.address.replace("http:", "ws:") + "ws?width=80&height=24"
    with another_site(HOSTILE, policy="sandbox allow-scripts") as port:
        page.goto(f"http://127.0.0.1:{port}/")
        assert page.evaluate("origin") == "null"
        page.evaluate("attack", [address])
        expect(page).to_have_title("refused")


def test_a_name_that_was_pointed_at_this_machine_is_refused(page: Page, served: Served) -> None:
    answer = page.goto(f"http://{REBOUND}:{served.port}/{served.token}/")
    assert answer is not None
    assert answer.status == 403
    assert "127.0.0.1 and localhost" in page.inner_text("body")


def test_no_page_can_put_the_app_into_a_frame(page: Page, served: Served) -> None:
    with another_site(f'<iframe src="{served.address}"></iframe>') as port:
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_timeout(500)
        assert page.frames[1].locator("#terminal").count() == 0


def test_the_pages_words_are_japanese_with_the_option(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path, "--lang", "ja") as served:
        page = browser.new_page()
        received = open_app(page, served.address)
        wait_for(page, received, "新しい".encode())
        page.goto(f"http://127.0.0.1:{served.port}/")
        assert "拒否しました" in page.inner_text("body")
        page.close()
