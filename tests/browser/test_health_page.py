"""The health page while the server is away."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.files import JOB_MS
from tests.platform import Platform

HEAR_ALERTS = """
window.written = 0;
const alerts = document.getElementById('page-problems');
new MutationObserver(() => { window.written += 1; }).observe(
  alerts, { childList: true, subtree: true, characterData: true });
"""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with Platform(tmp_path_factory.mktemp("health"), roles=("api",), API_WORKERS="1") as running:
        yield running


def test_an_outage_is_said_once(api: Platform, page: Page) -> None:
    """A screen reader reads an alert whenever it is written anew."""
    page.goto(f"{api.url}/dashboard/health")
    expect(page.locator("#checks tr").first).to_be_visible(timeout=JOB_MS)
    page.evaluate(HEAR_ALERTS)
    failed: list[str] = []

    def hear(request: Request) -> None:
        if request.url.endswith("/health/"):
            failed.append(request.url)

    page.on("requestfailed", hear)
    api.stop("api")
    problem = page.locator("#page-problems .problem")
    expect(problem).to_have_attribute("data-code", "unreachable", timeout=JOB_MS)
    while len(failed) < 3:
        page.wait_for_event("requestfailed", timeout=JOB_MS)
    expect(problem).to_be_visible()
    assert page.evaluate("window.written") == 1

    api.start("api")
    expect(problem).to_have_count(0, timeout=JOB_MS)
    assert page.evaluate("window.written") == 2


def test_what_was_dismissed_stays_away_until_something_else_is_wrong(
    api: Platform, page: Page
) -> None:
    page.goto(f"{api.url}/dashboard/health")
    expect(page.locator("#checks tr").first).to_be_visible(timeout=JOB_MS)
    page.route("**/health/", lambda route: route.abort())
    problem = page.locator("#page-problems .problem")
    expect(problem).to_have_attribute("data-code", "unreachable", timeout=JOB_MS)
    page.get_by_role("button", name="Dismiss").click()
    page.wait_for_event("requestfailed", timeout=JOB_MS)
    expect(problem).to_have_count(0)

    page.unroute("**/health/")
    page.route("**/health/", lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"))
    expect(problem).to_have_attribute("data-code", "unexpected_answer", timeout=JOB_MS)
