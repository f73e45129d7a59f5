"""The pages while the platform comes and goes; in order, on one platform that begins empty."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.files import JOB_MS, import_through_page
from tests.browsers import Screenshot
from tests.platform import Platform
from tests.processes import until

DEMO_METERS = 4


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform of this module's own."""
    with Platform(tmp_path_factory.mktemp("fragile")) as running:
        yield running


def test_a_newcomer_loads_the_demo(fragile: Platform, page: Page, screenshot: Screenshot) -> None:
    page.goto(fragile.url)
    expect(page.get_by_role("heading", name="No meters yet")).to_be_visible()
    expect(page.get_by_text("energy demo")).to_be_visible()
    screenshot(page, "empty")
    page.get_by_role("button", name="Load the demo").click()
    links = page.get_by_role("link", name=re.compile("demo_"))
    expect(links).to_have_count(DEMO_METERS, timeout=JOB_MS)
    expect(page.locator(".sparkline path")).to_have_count(DEMO_METERS)
    expect(page.get_by_role("heading", name="No meters yet")).to_be_hidden()


def test_a_server_that_went_away_is_waited_for(fragile: Platform, page: Page) -> None:
    import_through_page(page, fragile.url, "a_year.csv", hours=365 * 24)
    # Nobody works on the job until the page has noticed: a training may be quicker than that.
    fragile.stop("worker-training")
    page.get_by_role("button", name="Train").click()
    job = page.locator(".job[data-kind=train]")
    expect(job).to_have_attribute("data-status", "queued", timeout=JOB_MS)
    fragile.stop("api")
    expect(job).to_have_attribute("data-status", "reconnecting", timeout=JOB_MS)
    fragile.start("api")
    fragile.start("worker-training")
    expect(job).to_have_attribute("data-status", "succeeded", timeout=JOB_MS)


def test_a_restart_of_the_server_is_survived(fragile: Platform, page: Page) -> None:
    page.goto(f"{fragile.url}/dashboard/jobs")
    expect(page.locator("#rows tr")).not_to_have_count(0, timeout=JOB_MS)
    fragile.stop("api")
    expect(page.locator("#connection")).to_be_visible(timeout=JOB_MS)
    fragile.start("api")
    expect(page.locator("#connection")).to_be_hidden(timeout=JOB_MS)
    job = fragile.submit("/demo/")
    expect(page.locator(f"tr[data-job='{job}']")).to_have_attribute(
        "data-status", "succeeded", timeout=JOB_MS
    )


def test_a_job_that_ends_in_a_gap_of_the_log_is_not_shown_as_running(
    fragile: Platform, page: Page
) -> None:
    fragile.load_demo()
    fragile.stop("worker-training")
    meter = {"meter_type": "electricity", "meter_id": "demo_household"}
    job = fragile.submit("/trainmodel/", **meter, force=True)
    page.goto(f"{fragile.url}/dashboard/jobs")
    row = page.locator(f"tr[data-job='{job}']")
    expect(row).to_have_attribute("data-status", "queued", timeout=JOB_MS)
    fragile.stop("api")
    fragile.start("worker-training")
    redis = fragile.jobs.redis
    until(lambda: fragile.jobs.read(job).record["finished_at"], "the job ends", seconds=90)
    redis.xtrim("jobs:events", maxlen=0, approximate=False)
    redis.xadd("jobs:events", {"d": '{"task_id": "later", "status": "running", "progress": 1}'})
    fragile.start("api")
    expect(row).to_have_attribute("data-status", "succeeded", timeout=JOB_MS)


@pytest.mark.parametrize("path", ["/", "/dashboard/jobs"], ids=["overview", "jobs"])
def test_pages_opened_in_an_outage_go_on_by_themselves(
    fragile: Platform, page: Page, path: str
) -> None:
    fragile.stop_redis()
    page.goto(fragile.url + path)
    problem = page.locator("#page-problems .problem")
    expect(problem).to_have_attribute("data-code", "queue_unavailable", timeout=JOB_MS)
    fragile.start_redis()
    expect(page.locator("#rows tr")).not_to_have_count(0, timeout=JOB_MS)
    expect(problem).to_have_count(0, timeout=JOB_MS)
    # And live again, not just filled: a job that is asked for now comes and goes.
    job = fragile.submit("/demo/")
    where = f"#running [data-job='{job}']" if path == "/" else f"tr[data-job='{job}']"
    expect(page.locator(where)).to_be_visible(timeout=JOB_MS)
    fragile.ended(job)


def test_health_says_what_is_missing(fragile: Platform, page: Page) -> None:
    page.goto(f"{fragile.url}/dashboard/health")
    expect(page.locator("#state")).to_have_text("Everything answers.", timeout=JOB_MS)
    fragile.stop("worker-forecasts")
    expect(page.locator("#state")).to_contain_text("Something needs you", timeout=JOB_MS)
    expect(page.locator("#queues")).to_contain_text("start energy worker forecasts", timeout=JOB_MS)
    fragile.stop("api")
    expect(page.locator("#state")).to_contain_text("does not answer", timeout=JOB_MS)
