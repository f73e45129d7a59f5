"""The pages where a proxy answers for an API that restarts behind it, or another program does."""

import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.files import JOB_MS, csv_file
from tests.platform import Platform

Answer = tuple[int, str]
HTML = (502, "<html><h1>502 Bad Gateway</h1></html>")
EMPTY = (502, "")
NOT_OURS = (503, '{"message": "no upstream"}')
NO_ROUTE = (404, "404 page not found")
GATEWAYS = pytest.mark.parametrize(
    "gateway", [HTML, EMPTY, NOT_OURS, NO_ROUTE], ids=["page", "empty", "json", "no-route"]
)
JOB = "00000000-0000-4000-8000-000000000000"
UNKNOWN = (404, json.dumps({"code": "unknown_job", "message": "There is no such job."}))


def tell(answer: Answer) -> Callable[[Route], None]:
    status, body = answer
    return lambda route: route.fulfill(status=status, body=body)


def in_turn(*answers: Answer) -> Callable[[Route], None]:
    """Each answer once; after them the server is there again."""
    rest: Iterator[Answer] = iter(answers)

    def take(route: Route) -> None:
        answer = next(rest, None)
        if answer is None:
            route.continue_()
        else:
            tell(answer)(route)

    return take


@pytest.mark.parametrize(
    ("path", "asked", "shown", "gateway"),
    [
        pytest.param("/", "/overview/", "#rows tr", HTML, id="overview"),
        pytest.param("/dashboard/jobs", "/jobs/", "#rows tr", EMPTY, id="jobs"),
        pytest.param("/dashboard/health", "/health/", "#checks tr", EMPTY, id="health"),
        pytest.param("/dashboard/meters/electricity/demo_household", "/meters/",
                     "#chart canvas", NOT_OURS, id="meter"),
    ],
)  # fmt: skip
def test_a_page_opened_in_an_outage_goes_on_by_itself(
    platform: Platform, page: Page, path: str, asked: str, shown: str, gateway: Answer
) -> None:
    platform.load_demo()
    page.goto(platform.url)  # its files are kept: the page itself is not what is missing
    page.route(lambda url: urlsplit(url).path.startswith(asked), tell(gateway))
    page.goto(platform.url + path)
    problem = page.locator(".problem[data-code]")
    expect(problem).to_have_attribute("data-code", "unexpected_answer", timeout=JOB_MS)
    expect(problem).to_contain_text(str(gateway[0]))
    page.unroute_all()
    expect(page.locator(shown).first).to_be_visible(timeout=JOB_MS)
    expect(problem).to_have_count(0, timeout=JOB_MS)


@GATEWAYS
def test_a_training_is_followed_through_an_outage(
    platform: Platform, page: Page, gateway: Answer
) -> None:
    platform.load_demo()
    page.goto(f"{platform.url}/dashboard/meters/electricity/demo_household")
    expect(page.locator("#chart canvas")).to_be_visible(timeout=JOB_MS)
    page.route(re.compile("/test_model/.+"), tell(gateway))  # its status and its stream
    page.get_by_role("button", name="Test").click()
    job = page.locator(".job[data-kind=test]")
    expect(job).to_have_attribute("data-status", "reconnecting", timeout=JOB_MS)
    page.unroute_all()
    expect(job).to_have_attribute("data-status", "succeeded", timeout=JOB_MS)


def test_a_large_import_outlasts_an_outage(platform: Platform, page: Page) -> None:
    page.route(re.compile("/jobs/.*/stream"), tell(HTML))
    page.route(re.compile("/jobs/[^/]+$"), in_turn(HTML, EMPTY))
    start_import(page, platform, "through_an_outage", hours=150_000)
    expect(page.get_by_text("150,000 readings stored")).to_be_visible(timeout=JOB_MS)


@pytest.mark.parametrize(
    ("posted", "job", "stored", "stays"),
    [
        pytest.param(HTML, [], 0, True, id="an-answer-that-was-lost"),
        pytest.param(UNKNOWN, [], 0, False, id="refused"),
        pytest.param(UNKNOWN, [], 3, True, id="refused-and-another-sent-readings"),
        pytest.param(None, [HTML, EMPTY, "succeeded"], 0, True, id="stored"),
        pytest.param(None, [HTML, "failed"], 0, False, id="failed-with-nothing-stored"),
        pytest.param(None, ["failed"], 3, True, id="failed-half-way"),
        pytest.param(None, [UNKNOWN], 0, True, id="lost-sight-of"),
    ],
)
def test_a_new_meter_goes_only_where_nothing_will_be_stored(
    platform: Platform,
    page: Page,
    request: pytest.FixtureRequest,
    posted: Answer | None,
    job: list[Answer | str],
    stored: int,
    stays: bool,
) -> None:
    name = re.sub(r"\W", "_", request.node.callspec.id)
    path = f"/meters/electricity/{name}"
    started = json.dumps({"task_id": JOB, "status_url": f"/jobs/{JOB}", "stream_url": "/nowhere"})

    def take(route: Route) -> None:
        readings = [{"time": f"2026-01-01T0{hour}:00Z", "value": 1} for hour in range(stored)]
        assert not readings or platform.post(f"{path}/readings", readings).is_success
        tell(posted or (202, started))(route)

    page.route(re.compile(f"{path}/readings"), take)
    page.route(re.compile(f"/jobs/{JOB}"), in_turn(*map(as_answer, job)))
    start_import(page, platform, name, hours=24)
    if "succeeded" in job:
        expect(page.get_by_text("24 readings stored")).to_be_visible(timeout=JOB_MS)
    else:
        expect(page.locator("#import-problems .problem")).to_be_visible(timeout=JOB_MS)
    assert (platform.http.get(path).status_code == 200) is stays


def as_answer(job: Answer | str) -> Answer:
    """What the API says of a job with this status."""
    if not isinstance(job, str):
        return job
    error = {"code": "no_readings", "message": "Nothing in it could be read."}
    outcome = {"result": {"accepted": 24, "refused": 0}} if job == "succeeded" else {"error": error}
    return 200, json.dumps({"task_id": JOB, "status": job, "progress": 100, **outcome})


def start_import(page: Page, platform: Platform, name: str, *, hours: int) -> None:
    page.goto(f"{platform.url}/dashboard/import")
    page.get_by_label("File of readings").set_input_files(csv_file(f"{name}.csv", hours))  # type: ignore[arg-type]
    expect(page.locator("#preview-words")).to_contain_text("one reading per hour", timeout=JOB_MS)
    page.get_by_role("button", name="Import", exact=True).click()
