"""The three pictures of the README, as the pages are now.

    python -m tests.browser.pictures [docs/images]

On a platform of its own, where all four meters of the demo have nights behind them.
"""

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.files import JOB_MS
from tests.browser.nights import PATH, live_through_nights
from tests.browsers import FLAGS, LOCALE
from tests.platform import Platform
from tests.processes import needed

WIDTH = 1200
METERS = (
    ("electricity", "demo_household"),
    ("electricity", "demo_office"),
    ("electricity", "demo_city_district"),
    ("water", "demo_water_district"),
)


def main(folder: Path) -> None:
    """Take them all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as state, Platform(Path(state)) as platform:
        for meter_type, meter_id in METERS:
            live_through_nights(platform, meter_type, meter_id)
        with sync_playwright() as playwright:
            system = needed("chromium", "chromium")
            browser = playwright.chromium.launch(executable_path=system, args=list(FLAGS))
            meter(opened(browser, platform.url + PATH, height=1020), folder / "meter.png")
            overview(opened(browser, platform.url, height=460), folder / "overview.png")
            page = opened(browser, f"{platform.url}/dashboard/jobs", height=560)
            jobs(platform, page, folder / "jobs.png")
            browser.close()


def opened(browser: Browser, url: str, *, height: int) -> Page:
    """A page in the zone of the demo's meters."""
    page = browser.new_page(
        viewport={"width": WIDTH, "height": height}, locale=LOCALE, timezone_id="Europe/Rome"
    )
    page.goto(url)
    return page


def meter(page: Page, path: Path) -> None:
    """Readings, what was forecast for them, what is to come, the model and what drives it."""
    expect(page.locator("#accuracy tbody tr").first).to_be_visible(timeout=JOB_MS)
    page.get_by_role("button", name="Explain").click()
    expect(page.locator("#explain-body tbody tr").first).to_be_visible(timeout=JOB_MS)
    expect(page.locator("#heat canvas")).to_be_visible(timeout=JOB_MS)
    page.screenshot(path=path)


def overview(page: Page, path: Path) -> None:
    """Every meter with its last week, its model and how it did."""
    expect(page.locator("#rows tr")).to_have_count(len(METERS), timeout=JOB_MS)
    page.screenshot(path=path)


def jobs(platform: Platform, page: Page, path: Path) -> None:
    """A batch in the middle, opened to its members."""
    batch = platform.submit("/trainmodel/batch", all=True)
    row = page.locator(f"tr[data-job='{batch}']")
    row.get_by_role("button", name="Members").click(timeout=JOB_MS)
    expect(row).to_contain_text(re.compile("[12] of 4 done"), timeout=JOB_MS)
    expect(page.locator("tr.member[data-status=running] .soft").first).to_contain_text(
        "Fitting", timeout=JOB_MS
    )
    page.mouse.move(WIDTH / 2, 0)
    page.screenshot(path=path)
    platform.ended(batch)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images"))
