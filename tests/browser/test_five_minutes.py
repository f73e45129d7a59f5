"""The first five minutes of a newcomer: import, train, watch, forecast, compare, roll back."""

import re

from playwright.sync_api import Page, expect

from tests.browser.files import JOB_MS, import_through_page
from tests.platform import Platform


def test_from_a_file_to_a_trusted_forecast_and_back(platform: Platform, page: Page) -> None:
    import_through_page(page, platform.url, "five_minutes.csv", hours=120 * 24)
    expect(page.locator("#quality")).to_contain_text("Good enough to train on.", timeout=JOB_MS)

    page.get_by_role("button", name="Train").click()
    job = page.locator(".job[data-kind=train]")
    expect(job).to_have_attribute("data-status", "succeeded", timeout=JOB_MS)

    # Compare: the verdict beside the weekly naive, and the band in the chart.
    expect(page.locator("#model .verdict")).to_contain_text(re.compile("repeating last week"))
    expect(page.locator("#chart .u-legend")).to_contain_text("High (P90)", timeout=JOB_MS)
    first = page.locator("#versions-body tr").first.get_attribute("data-version")

    page.get_by_role("button", name="Train").click()
    expect(page.locator("#versions-body tr")).to_have_count(2, timeout=JOB_MS)
    newer = page.locator("#versions-body tr", has_text="champion")
    if newer.get_attribute("data-version") == first:  # the new one did not beat the old
        page.get_by_role("button", name=re.compile("^Promote ")).click()
    champion = page.locator(f"#versions-body tr[data-version='{first}'] .badge.champion")
    expect(champion).to_have_count(0, timeout=JOB_MS)

    page.get_by_role("button", name="Roll back").click()
    expect(champion).to_have_count(1, timeout=JOB_MS)
    expect(page.locator("#versions-said")).to_contain_text("Another version serves")
