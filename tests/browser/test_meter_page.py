"""The page of a meter: train, watch, forecast, test, cancel; what is known and what was known."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chart_pictures import CHANGED, SAME, picture, settled_picture
from tests.browser.files import JOB_MS, import_through_page
from tests.browsers import Screenshot
from tests.platform import Platform

HOURS_OF_A_WEEK = 7 * 24
HOUSEHOLD = "/dashboard/meters/electricity/demo_household"
OFFICE = "/dashboard/meters/electricity/demo_office"
WATER = "/dashboard/meters/water/demo_water_district"


@pytest.fixture
def demo(platform: Platform, page: Page) -> Page:
    """A page beside a platform with the meters of the demo."""
    platform.load_demo()
    return page


def opened(page: Page, url: str) -> Page:
    page.goto(url)
    expect(page.locator("#chart canvas")).to_be_visible(timeout=JOB_MS)
    return page


def test_demo_is_trained_watched_and_forecast(
    platform: Platform, demo: Page, screenshot: Screenshot
) -> None:
    page = opened(demo, platform.url + HOUSEHOLD)
    page.get_by_role("button", name="Train").click()
    job = page.locator(".job[data-kind=train]")
    expect(job).to_have_attribute("data-status", "running", timeout=JOB_MS)
    screenshot(page, "training")
    expect(job).to_have_attribute("data-status", "succeeded", timeout=JOB_MS)
    assert job.locator("progress").evaluate("bar => bar.value") == 100

    expect(page.locator("#model tr[data-metric=mae] td").nth(1)).to_have_text(re.compile(r"\d"))
    table = page.locator("#forecast-table")
    expect(table).to_be_visible(timeout=JOB_MS)
    expect(table.locator("tbody tr")).to_have_count(HOURS_OF_A_WEEK)
    expect(page.locator("#chart .u-legend")).to_contain_text("High (P90)")
    expect(page.locator("#weather canvas")).to_be_visible()
    expect(page.locator("#heat canvas")).to_be_visible(timeout=JOB_MS)
    expect(page.locator("#quality")).to_contain_text("Good enough to train on.", timeout=JOB_MS)

    page.get_by_role("button", name="Explain").click()
    expect(page.locator("#explain-body tbody tr")).not_to_have_count(0, timeout=JOB_MS)
    screenshot(page, "meter")
    page.emulate_media(color_scheme="dark")
    screenshot(page, "meter-dark")


def test_a_reload_takes_up_the_running_job(platform: Platform, demo: Page) -> None:
    page = opened(demo, platform.url + OFFICE)
    page.get_by_role("button", name="Test").click()
    expect(page.locator(".job[data-kind=test][data-status=running]")).to_be_visible(timeout=JOB_MS)
    page.reload()
    job = page.locator(".job[data-kind=test]")
    expect(job).to_have_attribute("data-status", "succeeded", timeout=JOB_MS)
    expect(page.locator("#test-result tr[data-metric=coverage_80]")).to_be_visible()


def test_a_job_is_cancelled(platform: Platform, demo: Page) -> None:
    page = opened(demo, platform.url + WATER)
    page.get_by_role("button", name="Train").click()
    job = page.locator(".job[data-kind=train]")
    job.get_by_role("button", name="Cancel").click()
    expect(job).to_have_attribute("data-status", "cancelled", timeout=JOB_MS)
    expect(page.get_by_role("button", name="Train")).to_be_enabled()


def test_the_keyboard_zooms_and_moves_the_chart(platform: Platform, demo: Page) -> None:
    page = opened(demo, platform.url + HOUSEHOLD)
    before = settled_picture(page)
    page.locator("#chart").focus()
    page.keyboard.press("+")
    page.wait_for_function(CHANGED, arg=before)
    page.keyboard.press("0")
    page.wait_for_function(SAME, arg=before)


def test_a_finger_zooms_and_moves_the_chart(platform: Platform, browser: Browser) -> None:
    platform.load_demo()
    context = browser.new_context(has_touch=True, viewport={"width": 390, "height": 844})
    page = opened(context.new_page(), platform.url + HOUSEHOLD)
    buttons = page.get_by_role("group", name="Part of the chart")
    first = settled_picture(page)
    for name in ("Zoom in", "Earlier", "Later", "Zoom out"):
        before = picture(page)
        buttons.get_by_role("button", name=name).tap()
        page.wait_for_function(CHANGED, arg=before)
    buttons.get_by_role("button", name="All").tap()
    page.wait_for_function(SAME, arg=first)
    context.close()


def test_what_was_forecast_is_laid_over_what_happened(platform: Platform, demo: Page) -> None:
    meter = {"meter_type": "electricity", "meter_id": "demo_office"}
    platform.trained(**meter)
    last = platform.http.get("/meters/electricity/demo_office").json()["readings"]["last"]
    platform.ended(platform.submit("/forecast/", **meter, **_days_before(last)))
    page = opened(demo, platform.url + OFFICE)
    expect(page.locator("#chart .u-legend")).to_contain_text("As forecast (P50)", timeout=JOB_MS)
    page.get_by_label("As known on").fill("2020-01-01T00:00")
    expect(page.locator("#chart .u-legend")).not_to_contain_text("As forecast", timeout=JOB_MS)
    page.get_by_role("button", name="Now").click()
    expect(page.locator("#chart .u-legend")).to_contain_text("As forecast (P50)", timeout=JOB_MS)


def _days_before(last: str) -> dict[str, str]:
    day = datetime.fromisoformat(last).date()
    return {
        "start_date": (day - timedelta(days=4)).isoformat(),
        "end_date": (day - timedelta(days=2)).isoformat(),
    }


def test_too_short_a_history_says_how_much_is_missing(
    platform: Platform, page: Page, screenshot: Screenshot
) -> None:
    import_through_page(page, platform.url, "too_short.csv", hours=20)
    page.get_by_role("button", name="Train").click()
    problem = page.locator(".job[data-kind=train] .problem")
    expect(problem).to_have_attribute("data-code", "insufficient_history", timeout=JOB_MS)
    screenshot(page, "too-short")


def test_a_forecast_of_too_little_says_how_much_is_missing(platform: Platform, page: Page) -> None:
    import_through_page(page, platform.url, "a_few_hours.csv", hours=20)
    page.get_by_role("button", name="Forecast").click()
    problem = page.locator("#problems .problem, .job[data-kind=forecast] .problem")
    expect(problem).to_be_visible(timeout=JOB_MS)
    expect(problem).to_contain_text("of 24 hours")


def test_an_unknown_meter_is_said(platform: Platform, page: Page, screenshot: Screenshot) -> None:
    answer = page.goto(f"{platform.url}/dashboard/meters/electricity/nobody")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading")).to_have_text("There is no meter electricity/nobody")
    expect(page.get_by_role("link", name="Import readings")).to_be_visible()
    screenshot(page, "unknown-meter")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        pytest.param("text/html,application/xhtml+xml,*/*;q=0.8", "text/html", id="browser"),
        pytest.param("*/*", "application/json", id="program"),
        pytest.param("application/json", "application/json", id="wants-json"),
    ],
)
def test_an_address_that_is_none_is_said(platform: Platform, accept: str, kind: str) -> None:
    answer = platform.http.get("/dashboard/nothing", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (404, kind)
    if kind == "text/html":
        assert "/dashboard/nothing is not an address of this server" in answer.text
    else:
        assert answer.json()["code"] == "not_found"
