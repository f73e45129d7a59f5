"""The pages of the dashboard, with something on them."""

from playwright.sync_api import Page, expect

from tests.browser.files import JOB_MS
from tests.browser.nights import METER_ID, METER_TYPE, live_through_nights
from tests.browser.nights import PATH as METER_PATH
from tests.platform import ROOT, Platform

AXE = ROOT / "app" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = {
    "overview": "/",
    "meter": METER_PATH,
    "jobs": "/dashboard/jobs",
    "import": "/dashboard/import",
    "health": "/dashboard/health",
}


def fill(platform: Platform) -> Platform:
    """The platform with the demo, models, nights of forecasts with their scores, and some jobs."""
    live_through_nights(platform)
    meter = {"meter_type": METER_TYPE, "meter_id": METER_ID}
    last = platform.http.get(f"/meters/{METER_TYPE}/{METER_ID}").json()["readings"]["last"]
    days = {"start_date": last[:10], "end_date": last[:10]}
    platform.ended(platform.submit("/forecast/", **meter, **days))
    return platform


def shown(page: Page, platform: Platform, path: str) -> None:
    """Open a page and wait until what it asked for has come."""
    page.goto(platform.url + path)
    page.wait_for_load_state("load")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=JOB_MS)
    loaded = {
        "/": "#rows tr",
        "/dashboard/jobs": "#rows tr",
        "/dashboard/health": "#checks tr",
        METER_PATH: "#heat canvas",
    }.get(path)
    if loaded:
        expect(page.locator(loaded).first).to_be_visible(timeout=JOB_MS)
    if path == METER_PATH:
        expect(page.locator("#accuracy tbody tr").first).to_be_visible(timeout=JOB_MS)
        expect(page.locator("#versions-body tr").first).to_be_visible(timeout=JOB_MS)


def serious_faults(page: Page) -> list[str]:
    """What axe finds on a page that somebody could not get past."""
    # Evaluated by the debugger, which the page's own policy on scripts does not bind.
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    return [
        f"{fault['id']}: {node['html'][:120]} {node['failureSummary'][:300]}"
        for fault in found
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"]
    ]
