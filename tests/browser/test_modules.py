"""The page's pure functions, called in the browser that has to run them."""

from enum import StrEnum
from typing import Any, get_args

import pytest
from playwright.sync_api import Page

from ml.readings.findings import FindingCode
from tests.platform import Platform
from workers.states import Kind, Status

HOUR = 3600


@pytest.fixture(scope="module")
def modules(platform: Platform, module_page: Page) -> Page:
    module_page.goto(platform.url)
    return module_page


def called(page: Page, module: str, expression: str, argument: Any = None) -> Any:
    """The value of a JavaScript expression over `module` (as `m`) and `argument` (as `a`)."""
    path = f"/static/js/{module}.js"
    return page.evaluate(
        f"async (a) => {{ const m = await import('{path}'); return {expression}; }}", argument
    )


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        pytest.param("m.number(12345.67)", "12,346", id="large-number-keeps-its-whole-digits"),
        pytest.param("m.number(0.0123456)", "0.01235", id="small-number-keeps-four-digits"),
        pytest.param("m.number(-1.5)", "\u22121.5", id="minus-is-a-minus"),
        pytest.param("m.number(null)", "–", id="no-number"),
        pytest.param("m.percent(0.0823)", "8.23\u00a0%", id="percent"),
        pytest.param("m.shareInColumn(0.81)", "81.0\u00a0%", id="share-in-column"),
        pytest.param("m.shareInColumn(-0.0001)", "0.0\u00a0%", id="no-minus-before-nothing"),
        pytest.param("m.inColumn([0.5, 12])(0.5)", "0.50", id="as-many-decimals-as-the-largest"),
        pytest.param("m.inColumn([-0.02, null])(-0.01)", "\u22120.01000", id="small-numbers"),
        pytest.param("m.inColumn([])(null)", "–", id="nothing-in-column"),
        pytest.param("m.inColumn([12345.6])(987.6)", "988", id="large-numbers-in-column"),
        pytest.param("m.ago(5e6, 0)", "in the future", id="a-clock-that-is-ahead"),
        pytest.param("m.counted(1, 'row')", "1 row", id="one"),
        pytest.param("m.counted(1200, 'row')", "1,200 rows", id="many"),
        pytest.param("m.quantity(3, 'm3')", "3\u00a0m³", id="unit"),
        pytest.param("m.unitPerStep('kWh', 900)", "kWh per 15 min", id="amount-per-step"),
        pytest.param("m.unitPerStep('m3', 86400)", "m³ per day", id="amount-per-day"),
        pytest.param("m.unitPerStep('kW', 3600)", "kW", id="power-is-a-rate"),
        pytest.param("m.unitPerStep('L/s', 3600)", "L/s", id="flow-is-a-rate"),
        pytest.param("m.lasting(8240)", "8.2 s", id="seconds"),
        pytest.param("m.lasting(185000)", "3 min 5 s", id="minutes"),
    ],
)
def test_values_read_as_a_person_would_write_them(
    modules: Page, expression: str, text: str
) -> None:
    assert called(modules, "format", expression) == text


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [("PT15M", 900), ("PT1H", HOUR), ("P1D", 24 * HOUR), (None, None), ("soon", None)],
)
def test_a_duration_is_seconds(modules: Page, duration: str | None, seconds: int | None) -> None:
    assert called(modules, "format", "m.seconds(a)", duration) == seconds


@pytest.mark.parametrize(
    ("instant", "local"),
    [
        pytest.param("2026-03-29T00:30:00Z", "Sun 29 Mar, 01:30", id="before-spring-forward"),
        pytest.param("2026-03-29T01:00:00Z", "Sun 29 Mar, 03:00", id="after-spring-forward"),
        pytest.param("2026-10-25T00:30:00Z", "Sun 25 Oct, 02:30", id="first-half-past-two"),
        pytest.param("2026-10-25T01:30:00Z", "Sun 25 Oct, 02:30", id="second-half-past-two"),
    ],
)
def test_times_are_the_meters(modules: Page, instant: str, local: str) -> None:
    assert called(modules, "format", "m.clock('Europe/Rome').weekdayMoment(a)", instant) == local


def test_a_gap_breaks_the_line_and_the_forecast_follows(modules: Page) -> None:
    history = {
        "times": ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", "2026-01-01T05:00:00Z"],
        "values": [1.0, 2.0, 3.0],
    }
    points = [{"time": "2026-01-01T06:00:00Z", "p10": 3.5, "p50": 4.0, "p90": 4.5}]
    times, *columns = called(
        modules, "chart-data", f"m.columns(a[0], a[1], {HOUR})", [history, points]
    )
    assert [(time - times[0]) // HOUR for time in times] == [0, 1, 4, 5, 6]
    assert columns == [
        [1, 2, None, 3, None],
        [None, None, None, None, 4],
        [None, None, None, None, 3.5],
        [None, None, None, None, 4.5],
    ]


def test_every_finding_of_a_report_has_words(modules: Page) -> None:
    words = called(modules, "quality-view", "Object.keys(m.FINDINGS)")
    assert set(words) == set(get_args(FindingCode))


@pytest.mark.parametrize(("name", "words"), [("KINDS", Kind), ("STATUSES", Status)])
def test_every_word_of_a_job_has_words(modules: Page, name: str, words: type[StrEnum]) -> None:
    assert called(modules, "words", f"Object.keys(m.{name})") == [word.value for word in words]


@pytest.mark.parametrize("status", Status)
def test_a_job_has_ended_where_its_status_says_so(modules: Page, status: Status) -> None:
    assert called(modules, "watch", "m.hasEnded({status: a})", status) is status.is_terminal


def test_each_grade_of_the_weather_is_said_once(modules: Page) -> None:
    stretches = [{"grade": grade} for grade in ("forecast", "climatology", "forecast")]
    words = called(modules, "words", "m.weatherText(a)", stretches)
    assert words == "weather forecast; then typical weather of the season"


@pytest.mark.parametrize(
    ("answer", "is_passing"),
    [
        pytest.param({"status": 502}, True, id="not-json"),
        pytest.param({"status": 502, "data": None}, True, id="no-body"),
        pytest.param({"status": 504, "data": "timeout"}, True, id="a-text"),
        pytest.param({"status": 429, "data": {"code": "too_many_requests"}}, True, id="too-many"),
        pytest.param({"status": 503, "data": {}}, True, id="no-code"),
        pytest.param({"status": 404, "data": None}, True, id="a-proxy-without-a-route"),
        pytest.param({"status": 404, "data": {"code": "unknown_job"}}, False, id="unknown"),
        pytest.param({"status": 500, "data": {"code": "internal_error"}}, False, id="a-fault"),
        pytest.param({"status": 401, "data": {"code": "unauthorized"}}, False, id="no-key"),
        pytest.param({"status": 200}, False, id="a-page-for-an-answer"),
    ],
)
def test_any_answer_is_an_error_with_words_that_passes_or_stays(
    modules: Page, answer: dict[str, Any], is_passing: bool
) -> None:
    code, passing = called(
        modules, "http", "[m.errorOf(a).code, m.isPassing(m.errorOf(a))]", answer
    )
    data = answer.get("data")
    own = data.get("code") if isinstance(data, dict) else None
    assert code == (own or "unexpected_answer")
    assert passing is is_passing
    assert called(modules, "http", "m.errorOf(a) instanceof Error", answer)


def test_a_fault_in_showing_a_job_does_not_lose_it(platform: Platform, modules: Page) -> None:
    """Its stream is refused as well, so that it is asked for."""
    job = platform.submit("/demo/")
    watched = "m.watch({ stream_url: '/nowhere', status_url: `/jobs/${a}` }, () => { throw Error('ours'); })"
    assert called(modules, "watch", f"(await {watched}.finished).status", job) == "succeeded"
