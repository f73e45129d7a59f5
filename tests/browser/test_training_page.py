"""The page at `/`, used as a newcomer would: load, train, watch, see the forecast."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Screenshot
from tests.platform import Platform

JOB_MS = 120_000
"""A training on a busy two-core machine, with room."""
HOURS_OF_A_WEEK = 7 * 24
PHONE_WIDTH = 390
DEMO_METERS = 4


def csv_file(name: str, hours: int) -> dict[str, str | bytes]:
    """An upload of hourly readings with a daily rhythm, and one row that has no number."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("timestamp", "value"))
    for hour in range(hours):
        at = start + timedelta(hours=hour)
        writer.writerow((at.isoformat(), 5 + at.hour % 12 + 2 * (at.weekday() > 4)))
    writer.writerow(((start + timedelta(hours=hours)).isoformat(), "broken"))
    return {"name": name, "mimeType": "text/csv", "buffer": text.getvalue().encode()}


def import_through_page(page: Page, name: str, hours: int) -> None:
    page.get_by_role("button", name=re.compile("^Import…")).click()
    page.get_by_label("CSV file").set_input_files(csv_file(name, hours))  # type: ignore[arg-type]
    page.get_by_label("Time zone").fill("Europe/Rome")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text(f"{hours:,} readings stored")).to_be_visible(timeout=JOB_MS)


@pytest.fixture
def demo_page(platform: Platform, page: Page) -> Page:
    """The page with the meters of the demo."""
    if platform.http.get("/meters/electricity/demo_household").status_code == 404:
        assert platform.ended(platform.submit("/demo/"))["status"] == "succeeded"
    page.goto(platform.url)
    expect(page.get_by_role("link", name=re.compile("demo_"))).to_have_count(DEMO_METERS)
    return page


def test_a_newcomer_loads_the_demo(
    own_platform: Platform, page: Page, screenshot: Screenshot
) -> None:
    page.goto(own_platform.url)
    expect(page.get_by_role("heading", name="No meters yet")).to_be_visible()
    expect(page.get_by_text("energy demo")).to_be_visible()
    screenshot(page, "empty")
    page.get_by_role("button", name="Load the demo").click()
    links = page.get_by_role("link", name=re.compile("demo_"))
    expect(links).to_have_count(DEMO_METERS, timeout=JOB_MS)
    expect(page.locator("#chart canvas")).to_be_visible()
    expect(page.get_by_role("heading", name="No meters yet")).to_be_hidden()


def test_a_server_that_went_away_is_waited_for(own_platform: Platform, page: Page) -> None:
    page.goto(own_platform.url)
    import_through_page(page, "a_year.csv", hours=365 * 24)
    expect(page.locator("#quality")).to_contain_text("Good enough to train on.", timeout=JOB_MS)
    # Nobody works on the job until the page has noticed: a training may be quicker than that.
    own_platform.stop("worker-training")
    page.get_by_role("button", name="Train").click()
    job = page.locator(".job[data-kind=train]")
    expect(job).to_have_attribute("data-status", "queued", timeout=JOB_MS)
    own_platform.stop("api")
    expect(job).to_have_attribute("data-status", "reconnecting", timeout=JOB_MS)
    own_platform.start("api")
    own_platform.start("worker-training")
    expect(job).to_have_attribute("data-status", "succeeded", timeout=JOB_MS)


def test_demo_is_trained_watched_and_forecast(demo_page: Page, screenshot: Screenshot) -> None:
    page = demo_page
    page.get_by_role("link", name=re.compile("demo_household")).click()
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
    expect(page.locator("#chart canvas")).to_be_visible()
    expect(page.locator("#chart .u-legend")).to_contain_text("High (P90)")
    screenshot(page, "forecast")
    page.emulate_media(color_scheme="dark")
    screenshot(page, "forecast-dark")


def test_a_reload_takes_up_the_running_job(demo_page: Page) -> None:
    page = demo_page
    page.get_by_role("link", name=re.compile("office", re.IGNORECASE)).click()
    page.get_by_role("button", name="Test").click()
    expect(page.locator(".job[data-kind=test][data-status=running]")).to_be_visible(timeout=JOB_MS)
    page.reload()
    job = page.locator(".job[data-kind=test]")
    expect(job).to_have_attribute("data-status", "succeeded", timeout=JOB_MS)
    expect(page.locator("#test-result tr[data-metric=coverage_80]")).to_be_visible()


def test_a_job_is_cancelled(demo_page: Page) -> None:
    page = demo_page
    page.get_by_role("link", name=re.compile("water", re.IGNORECASE)).click()
    page.get_by_role("button", name="Train").click()
    job = page.locator(".job[data-kind=train]")
    job.get_by_role("button", name="Cancel").click()
    expect(job).to_have_attribute("data-status", "cancelled", timeout=JOB_MS)
    expect(page.get_by_role("button", name="Train")).to_be_enabled()


def test_a_csv_file_is_imported_and_too_short_is_said(
    platform: Platform, page: Page, screenshot: Screenshot
) -> None:
    page.goto(platform.url)
    import_through_page(page, "short story.csv", hours=48)
    expect(page.get_by_role("heading", name="short_story")).to_be_visible()
    expect(page.get_by_text("1 row left out: 1 value not readable.")).to_be_visible()
    page.get_by_role("button", name="Train").click()
    problem = page.locator(".job[data-kind=train] .problem")
    expect(problem).to_have_attribute("data-code", "insufficient_history", timeout=JOB_MS)
    screenshot(page, "too-short")


def test_a_file_without_readings_leaves_no_meter(platform: Platform, page: Page) -> None:
    page.goto(platform.url)
    page.get_by_role("button", name=re.compile("^Import…")).click()
    page.get_by_label("CSV file").set_input_files(
        {"name": "nothing.csv", "mimeType": "text/csv", "buffer": b"timestamp,value\nnever,none\n"}
    )
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#import-problems .problem")).to_be_visible()
    assert platform.http.get("/meters/electricity/nothing").status_code == 404


def test_a_forecast_without_a_model_says_what_to_do(platform: Platform, page: Page) -> None:
    page.goto(platform.url)
    import_through_page(page, "untrained.csv", hours=72)
    page.get_by_role("button", name="Forecast").click()
    expect(page.locator("#problems .problem")).to_have_attribute("data-code", "model_not_trained")
    expect(page.locator("#problems .problem")).to_contain_text("Train it first")


def test_an_unknown_meter_is_said(platform: Platform, page: Page, screenshot: Screenshot) -> None:
    page.goto(f"{platform.url}/#electricity/nobody")
    problem = page.get_by_role("alert")
    expect(problem).to_have_attribute("data-code", "unknown_meter")
    expect(page.locator("#meter")).to_be_hidden()
    screenshot(page, "unknown-meter")


def test_nothing_is_wider_than_a_phone(demo_page: Page, screenshot: Screenshot) -> None:
    page = demo_page
    page.set_viewport_size({"width": PHONE_WIDTH, "height": 844})
    expect(page.locator("#chart canvas")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE_WIDTH
    screenshot(page, "phone")


def test_the_page_brings_nothing_from_elsewhere(platform: Platform, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(platform.url, wait_until="networkidle")
    assert asked
    assert [url for url in asked if not url.startswith(platform.url)] == []
    markup = platform.http.get("/").text
    assert re.findall(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)", markup) == []


def test_a_large_file_is_stored_by_a_job(platform: Platform, page: Page) -> None:
    hours = 150_000
    size = len(csv_file("large.csv", hours)["buffer"])
    assert size > platform.settings.inline_upload_mb * 2**20
    page.goto(platform.url)
    expect(page.locator("#empty, #meter").filter(visible=True)).to_be_visible()

    import_through_page(page, "large.csv", hours)

    expect(page.get_by_role("heading", name="large")).to_be_visible()
