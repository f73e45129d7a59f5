"""What holds for every page: accessible, nothing from elsewhere, fits a phone, small, dark too."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.files import JOB_MS
from tests.browser.pages import METER_PATH, PAGES, fill, serious_faults, shown
from tests.browsers import Screenshot
from tests.platform import Platform

PHONE_WIDTHS = (390, 320)
"""A usual phone, and the narrowest that people use (WCAG 1.4.10)."""
MOST_BYTES = 300_000
every_page = pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())


@pytest.fixture(scope="module")
def filled(platform: Platform) -> Platform:
    return fill(platform)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@every_page
def test_axe_finds_no_serious_fault(
    filled: Platform, page: Page, path: str, scheme: Any, screenshot: Screenshot
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    shown(page, filled, path)
    if path == METER_PATH:
        page.get_by_role("button", name="Explain").click()
        expect(page.locator("#explain-body tbody tr").first).to_be_visible(timeout=JOB_MS)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert serious_faults(page) == []
    screenshot(page, f"{path.split('/')[-1] or 'overview'}-{scheme}")


@every_page
def test_nothing_is_wider_than_a_phone(
    filled: Platform, page: Page, path: str, screenshot: Screenshot
) -> None:
    for width in PHONE_WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        shown(page, filled, path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        screenshot(page, f"{path.split('/')[-1] or 'overview'}-phone-{width}")


@every_page
def test_a_page_is_small_and_brings_nothing_from_elsewhere(
    filled: Platform, page: Page, path: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    shown(page, filled, path)
    assert asked
    assert [url for url in asked if not url.startswith((filled.url, "blob:"))] == []
    files = [url for url in asked if "/static/" in url or "/assets/" in url]
    own = filled.http.get(path)
    size = len(own.content) + sum(len(filled.http.get(url).content) for url in set(files))
    assert size < MOST_BYTES
    assert re.findall(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)", own.text) == []


@every_page
def test_own_files_are_asked_for_at_once_and_kept_for_good(
    filled: Platform, page: Page, path: str
) -> None:
    page.goto(filled.url + path)
    page.wait_for_load_state("load")
    named = set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', filled.http.get(path).text))
    loaded = page.evaluate(
        """() => performance.getEntriesByType('resource')
          .map(({ name }) => new URL(name).pathname).filter((name) => name.startsWith('/assets/'))"""
    )
    assert set(loaded) == named  # a module that is not named in the page costs a round trip more
    for own in (name for name in named if name.count("/") > 2):
        assert "immutable" in filled.http.get(own).headers["Cache-Control"]
        other = re.sub("/assets/[0-9a-f]+/", "/assets/of-another-server/", own)
        assert filled.http.get(other).headers["Cache-Control"] == "no-store"


@every_page
def test_the_menu_says_where_one_is(filled: Platform, page: Page, path: str) -> None:
    shown(page, filled, path)
    current = page.locator("nav[aria-label=Pages] [aria-current=page]")
    assert current.count() == (0 if path == METER_PATH else 1)
