"""What the page shows first, on a desk and on a phone, in both languages."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from lora_eval.judged import JudgedFolder
from lora_eval.language import Language
from lora_eval.pictures import Contender
from lora_eval.report.page import page_html
from lora_eval.report.summarising import summarise
from tests.evaluate.report.making import first_seeds, folder, never
from tests.evaluate.report_page.test_page import Watched, browser, needs_browser, with_pictures

__all__ = ["browser"]  # the fixture of the module beside this one


def written(made: JudgedFolder, place: Path, language: Language = "en") -> Path:
    made = with_pictures(made, place)
    target = place / "report.html"
    target.write_text(page_html(summarise([made], language), [made]), encoding="utf-8")
    return target


def two(**likeness: float) -> JudgedFolder:
    return folder({"weak": never, "good": never}, likeness=likeness)


@needs_browser
def test_a_difference_in_likeness_is_in_the_first_screen_with_pictures_and_what_is_open(
    browser: Browser, tmp_path: Path
) -> None:
    watched = Watched(browser, written(two(weak=0.18, good=0.57, base=0.05), tmp_path))
    page = watched.page
    assert page.locator("h1").inner_text() == "good looks more like the character than weak"
    assert "0.57 against 0.18, a difference of +0.39" in page.locator(".lead").inner_text()
    assert page.locator(".shown img").count() == 8
    assert "No clear difference in: floating head" in page.locator(".open").inner_text()
    assert "Everything was judged." in page.locator(".open").inner_text()
    for part in (".bars", ".shown >> nth=7", ".open"):
        box = page.locator(part).bounding_box()
        assert box is not None and box["y"] + box["height"] <= 900, part
    page.locator(".shown").first.click()
    assert page.locator("#large").is_visible()
    assert watched.complaints == []


@needs_browser
def test_on_a_phone_every_value_has_its_loras_name_and_nothing_is_hidden_at_the_side(
    browser: Browser, tmp_path: Path
) -> None:
    watched = Watched(browser, written(two(weak=0.18, good=0.57), tmp_path))
    watched.page.set_viewport_size({"width": 390, "height": 844})
    page = watched.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for cell in page.locator(".rates tbody tr").first.locator("td").all():
        assert cell.locator(".who").is_visible()
        box = cell.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert page.locator("#matrix .who").first.is_visible()
    assert page.locator(".stacked thead").first.bounding_box() != {"width": 390}
    watched.page.set_viewport_size({"width": 1280, "height": 900})
    assert not page.locator("#matrix .who").first.is_visible()


@needs_browser
def test_a_wide_table_shows_that_it_goes_on_and_keeps_its_first_column(
    browser: Browser, tmp_path: Path
) -> None:
    loras = {f"mira-with-a-long-name-{number}": first_seeds(number % 3) for number in range(9)}
    page = Watched(browser, written(folder(loras), tmp_path)).page
    wide = page.locator(".wide").first
    assert wide.evaluate("each => each.scrollWidth > each.clientWidth")
    assert wide.evaluate("each => getComputedStyle(each).backgroundImage.includes('gradient')")
    wide.evaluate("each => { each.scrollLeft = 400 }")
    first = page.locator(".rates tbody th").first.bounding_box()
    outer = wide.bounding_box()
    assert first is not None and outer is not None
    assert first["x"] == pytest.approx(outer["x"], abs=1)


@needs_browser
def test_the_page_is_japanese_throughout(browser: Browser, tmp_path: Path) -> None:
    watched = Watched(browser, written(two(weak=0.18, good=0.57), tmp_path, "ja"))
    page = watched.page
    assert page.locator("html").get_attribute("lang") == "ja"
    assert page.locator("h1").inner_text() == "good は weak よりキャラクターに似ています"
    assert page.locator("#count").inner_text() == "192 枚"
    page.locator(".cell").first.click()
    # What a judge wrote about each picture is kept as it was judged, and is not translated.
    page.evaluate("for (const each of document.querySelectorAll('small')) each.remove()")
    words = set(re.findall(r"[A-Za-z]{3,}", page.locator("body").inner_text()))
    assert not words & {"and", "the", "with", "picture", "likeness", "difference"}
    assert watched.complaints == []


@needs_browser
def test_names_that_hold_markup_or_overrides_are_shown_as_they_are(
    browser: Browser, tmp_path: Path
) -> None:
    labels = ("<b>mira</b>", "x\u202egnp.y\x1b[2J\u009b")
    members = {
        f"lora-{number}": Contender(
            id=f"lora-{number}", label=label, path=label, sha256=str(number), series=label
        )
        for number, label in enumerate(labels)
    }
    made = folder({"lora-0": never, "lora-1": first_seeds(3)}, contenders=members)
    file = written(replace(made, notes=("note \u2066of a file",)), tmp_path)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]",
                         file.read_text(encoding="utf-8"))  # fmt: skip
    watched = Watched(browser, file)
    title = watched.page.locator("h1").inner_text()
    assert title == r"<b>mira</b> shows floating heads less often than x\u202egnp.y\x1b[2J\x9b"
    assert watched.page.locator("#matrix thead").inner_text().count(r"\u202e") == 1
    assert watched.complaints == []
