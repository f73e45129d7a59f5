"""A meter of which nothing can be learnt, on the pages: forecast all the same, and told why."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect

from data.meters import Meter
from tests.browser.files import JOB_MS
from tests.platform import Platform
from tests.processes import until

METER = Meter("water", "empty_flat", unit="m3", resolution=timedelta(hours=1))
WORDS = "all 480 readings have one value"


@pytest.fixture
def empty(platform: Platform) -> Iterator[Platform]:
    platform.store.put_meter(METER)
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    index = pd.date_range(end=end, periods=480, freq="h")
    platform.store.write_readings(METER, pd.Series(0.0, index))
    yield platform
    platform.http.delete(f"/meters/{METER.key}")


def test_the_page_says_who_answers_and_why(empty: Platform, page: Page) -> None:
    page.goto(f"{empty.url}/dashboard/meters/{METER.key}")
    expect(page.locator("#model-body")).to_contain_text("None yet: train one", timeout=JOB_MS)
    page.get_by_role("button", name="Train").click()
    job = page.locator(".job[data-kind=train]")
    expect(job).to_have_attribute("data-status", "failed", timeout=JOB_MS)
    expect(page.locator("#model-body")).to_contain_text(
        f"None yet, so the weekly naive answers: nothing can be learnt: {WORDS}.", timeout=JOB_MS
    )

    page.get_by_role("button", name="Forecast", exact=True).click()
    maker = page.locator("#forecast-facts")
    expect(maker).to_contain_text("the weekly naive, because no model", timeout=JOB_MS)
    expect(maker).to_contain_text(WORDS)
    expect(page.locator("#forecast-table tbody tr")).to_have_count(7 * 24)

    page.goto(f"{empty.url}/?search={METER.meter_id}")
    row = page.locator(f"#rows tr[data-key='{METER.key}']")
    # A web process keeps its list of meters for seconds, and may have read it before this one came.
    until(lambda: _is_there(page, row), "the meter is in the list", seconds=60)
    expect(row).to_contain_text("cannot be trained", timeout=JOB_MS)
    expect(row.get_by_text("the weekly naive answers")).to_have_attribute(
        "title", f"nothing can be learnt: {WORDS}"
    )


def _is_there(page: Page, row: Locator) -> bool:
    """Whether the page shows the row soon; a page that does not is loaded anew."""
    try:
        row.wait_for(timeout=3000)
    except TimeoutError:
        page.reload()
        return False
    return True
