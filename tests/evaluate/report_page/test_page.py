"""The report page in real headless Chromium, opened from disk."""

import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from lora_eval.judged import JudgedFolder
from lora_eval.report.page import page_html
from lora_eval.report.page.page import json_for_html
from lora_eval.report.summarising import summarise
from lora_wizard.paperdoll.draw import draw
from lora_wizard.paperdoll.traits import random_scene
from tests.evaluate.report.making import first_seeds, folder, never

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
HOSTILE = "<script>alert('x')</script> \"quoted\" & mira"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
needs_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium is installed (Debian: apt-get install chromium)"
)


def with_pictures(made: JudgedFolder, place: Path) -> JudgedFolder:
    """The folder on disk, with drawn pictures, one prompt that is hostile and one odd file name."""
    scenes = [random_scene(random.Random(number)) for number in range(6)]
    images = [draw(scene, size=64, seed=n).image.convert("RGB") for n, scene in enumerate(scenes)]
    rows = []
    for number, row in enumerate(made.rows):
        shown = row.picture
        if shown.prompt_id == "prompt-1":
            shown = shown.model_copy(update={"prompt": HOSTILE})
        if number == 70:
            shown = shown.model_copy(update={"file": f"pictures/{shown.contender}/a 'b' & c#1.png"})
        path = place / shown.file
        path.parent.mkdir(parents=True, exist_ok=True)
        images[number % 6].save(path)
        rows.append(replace(row, picture=shown))
    return replace(made, folder=str(place), rows=tuple(rows))


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("out")
    made = folder(
        {"heads": first_seeds(2), "bodies": never}, likeness={"heads": 0.8, "bodies": 0.7}
    )
    made = with_pictures(made, place)
    target = place / "report.html"
    target.write_text(page_html(summarise([made]), [made]), encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


class Watched:
    """A page, and everything it complained of or asked for."""

    def __init__(self, browser: Browser, file: Path, place: str = "") -> None:
        self.page: Page = browser.new_page(viewport={"width": 1280, "height": 900})
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(f"{file.as_uri()}{place}")

    def cells(self) -> int:
        return self.page.locator(".cell").count()


@needs_browser
def test_it_opens_quietly_and_asks_nobody(browser: Browser, page_file: Path) -> None:
    watched = Watched(browser, page_file)
    title = "heads looks more like the character than bodies"
    assert watched.page.locator("h1").inner_text() == title
    assert watched.cells() == 192
    assert watched.complaints == []
    assert {url.partition(":")[0] for url in watched.asked} <= {"file", "data"}


@needs_browser
def test_only_flagged_pictures_are_left_by_the_filter(browser: Browser, page_file: Path) -> None:
    watched = Watched(browser, page_file)
    watched.page.get_by_label("only flagged").check()
    assert watched.page.locator(".cell.flagged").count() == 16
    assert watched.page.locator("#matrix tbody tr").count() == 16
    watched.page.locator("select[name=contender]").select_option(label="bodies")
    assert watched.cells() == 0
    assert watched.page.locator("#count").inner_text() == "0 pictures"


@needs_browser
def test_a_picture_is_enlarged_with_its_boxes_and_reasons(
    browser: Browser, page_file: Path
) -> None:
    watched = Watched(browser, page_file)
    cell = watched.page.locator(".cell.flagged").first
    cell.focus()
    watched.page.keyboard.press("Enter")
    large = watched.page.locator("#large")
    assert large.is_visible()
    assert large.locator("rect.head").count() == 1
    assert "made by hand" in large.inner_text()
    first = large.locator("h3").inner_text()
    watched.page.keyboard.press("ArrowRight")
    assert large.locator("h3").inner_text() != first
    watched.page.keyboard.press("b")
    assert large.locator("rect").count() == 0
    watched.page.keyboard.press("Escape")
    assert not large.is_visible()
    assert watched.complaints == []


@needs_browser
def test_a_hostile_prompt_is_text(browser: Browser, page_file: Path) -> None:
    watched = Watched(browser, page_file)
    assert watched.page.get_by_text(HOSTILE, exact=True).first.is_visible()
    assert watched.complaints == []


@needs_browser
def test_the_view_is_in_the_address(browser: Browser, page_file: Path) -> None:
    watched = Watched(browser, page_file, "#flagged=1&prompt=prompt-2&picture=70")
    assert watched.page.get_by_label("only flagged").is_checked()
    assert watched.page.locator("#large").is_visible()
    watched.page.keyboard.press("Escape")
    assert watched.page.locator("#matrix tbody tr").count() == 2
    assert "prompt=prompt-2" in watched.page.url


@needs_browser
def test_it_is_dark_where_that_is_wished(browser: Browser, page_file: Path) -> None:
    watched = Watched(browser, page_file)

    def background() -> str:
        found = watched.page.evaluate("getComputedStyle(document.body).backgroundColor")
        return str(found)

    watched.page.emulate_media(color_scheme="light")
    light = background()
    watched.page.emulate_media(color_scheme="dark")
    assert background() != light
    watched.page.get_by_role("button", name="Light or dark").click()
    assert background() == light


@needs_browser
def test_on_a_narrow_screen_nothing_sticks_out(browser: Browser, page_file: Path) -> None:
    watched = Watched(browser, page_file)
    watched.page.set_viewport_size({"width": 360, "height": 800})
    wide = watched.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360


def test_a_thousand_large_pictures_stay_below_25_mb(tmp_path: Path) -> None:
    made = folder({f"lora-{number}": never for number in range(15)})
    rows = made.rows[:1000]
    generator = np.random.default_rng(1)
    small = generator.integers(0, 255, (32, 32, 3), dtype=np.uint8)
    base = np.asarray(Image.fromarray(small).resize((512, 512), Image.Resampling.BICUBIC), float)
    noisy = base + generator.normal(0, 6, base.shape)
    source = tmp_path / "picture.png"
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(source, compress_level=1)
    for row in rows:
        path = tmp_path / row.picture.file
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(source, path)
    many = replace(made, folder=str(tmp_path), rows=rows)
    assert len(page_html(summarise([many]), [many]).encode()) < 25_000_000


def test_json_cannot_end_its_script() -> None:
    text = json_for_html({"prompt": "</script><!-- \u2028 & '"})
    assert "<" not in text
    assert "\u2028" not in text
    assert "&" not in text
