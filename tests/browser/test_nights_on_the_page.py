"""The page of a meter that has nights behind it: what was issued, how it turned out, who serves."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.files import JOB_MS
from tests.browser.nights import NIGHTS, PATH, live_through_nights
from tests.browsers import Screenshot
from tests.platform import Platform


@pytest.fixture(scope="module")
def lived(platform: Platform) -> Platform:
    live_through_nights(platform)
    return platform


@pytest.fixture
def meter_page(lived: Platform, page: Page) -> Page:
    page.goto(lived.url + PATH)
    expect(page.locator("#accuracy tbody tr").first).to_be_visible(timeout=JOB_MS)
    return page


def test_issued_forecasts_are_scored_by_lead_and_day(
    meter_page: Page, screenshot: Screenshot
) -> None:
    accuracy = meter_page.locator("#accuracy")
    expect(accuracy.locator(".verdict")).to_contain_text(re.compile(r"kWh mean error, .+ values"))
    leads = accuracy.locator("tbody th")
    assert leads.first.inner_text() == "0–6 h"
    for cell in accuracy.locator("#accuracy-body > .scroll tbody td").all_inner_texts():
        assert re.search(r"\d", cell), "every lead time has its figures"
    accuracy.locator("summary").click()
    assert accuracy.locator("details tbody tr").count() >= NIGHTS  # and today, as far as it is
    screenshot(meter_page, "accuracy")


def test_what_was_issued_lies_over_what_happened(meter_page: Page) -> None:
    legend = meter_page.locator("#chart .u-legend")
    expect(legend).to_contain_text("As forecast (P50)", timeout=JOB_MS)
    expect(legend).to_contain_text("Forecast (P50)")
    meter_page.locator("#chart").hover(position={"x": 400, "y": 150})
    measured, issued = (
        meter_page.locator("#chart .u-series", has_text=name).locator(".u-value").inner_text()
        for name in ("Measured", "As forecast")
    )
    assert re.search(r"\d", measured)
    assert re.search(r"\d", issued)


def test_versions_are_promoted_and_rolled_back(meter_page: Page) -> None:
    # Two that the nights trained; scores that raised a flag may have brought one more.
    expect(meter_page.locator("#versions-body tr").nth(1)).to_be_visible()
    champion = meter_page.locator("#versions-body tr:has(.badge.champion)")
    before = champion.get_attribute("data-version")
    meter_page.get_by_role("button", name=re.compile("^Promote ")).first.click()
    expect(meter_page.locator("#versions-said")).to_contain_text("Another version serves")
    assert champion.get_attribute("data-version") != before
    meter_page.get_by_role("button", name="Roll back").click()
    expect(meter_page.locator(f"[data-version='{before}'] .badge.champion")).to_have_count(1)
    meter_page.locator("#audit summary").click()
    expect(meter_page.locator("#audit-list li").first).to_contain_text("roll")


def test_the_causes_of_a_forecast_add_up(meter_page: Page, screenshot: Screenshot) -> None:
    meter_page.get_by_role("button", name="Explain").click()
    rows = meter_page.locator("#explain-body tbody tr")
    expect(rows.first).to_be_visible(timeout=JOB_MS)
    whole = _first_number(meter_page.locator("#explain-body p").first.inner_text().split(":")[-1])
    parts = [_first_number(text) for text in rows.locator("td:last-child").all_inner_texts()]
    assert sum(parts) == pytest.approx(whole, rel=0.02)
    screenshot(meter_page, "meter-with-nights")
    meter_page.emulate_media(color_scheme="dark")
    screenshot(meter_page, "meter-with-nights-dark")


def _first_number(text: str) -> float:
    found = re.search(r"[+\u2212-]?[\d,]*\.?\d+", text)
    assert found, text
    return float(found.group().replace("\u2212", "-").replace(",", ""))
