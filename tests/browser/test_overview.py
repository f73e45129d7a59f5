"""The page at `/`: all meters, searched, filtered, sorted; jobs that run; nothing there yet."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from data import Meter
from tests.browser.files import JOB_MS
from tests.platform import Platform
from tests.processes import until
from workers.ledger import Ledger

MANY = 10_000
PAGE_SIZE = 50
FLAG = {"code": "skill_below_zero", "since": "2026-11-01", "message": "worse for a week"}


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """An API alone, with ten thousand meters of which some have been scored."""
    with Platform(tmp_path_factory.mktemp("crowded"), roles=("api",)) as running:
        with running.store._writing() as db:  # type: ignore[attr-defined]
            db.executemany(
                "INSERT INTO meters (meter_type, meter_id, document) VALUES (?, ?, ?)",
                [
                    (meter.meter_type, meter.meter_id, _document(meter))
                    for meter in (_meter(number) for number in range(MANY))
                ],
            )
        running.jobs.redis.zadd("ledger:skill", {_key(1): -0.5, _key(2): 0.4, _key(3): 0.1})
        Ledger(running.jobs.redis).note(_key(6), flags=[FLAG])
        running.jobs.redis.hset(f"model:{_key(2)}", "champion", "20261101T000000123456Z-abcdef")
        yield running


def _meter(number: int) -> Meter:
    return Meter("water" if number % 2 else "electricity", f"m{number:05}", name=f"House {number}")


def _key(number: int) -> str:
    return _meter(number).key


def _document(meter: Meter) -> str:
    return json.dumps(meter.to_dict())


def test_ten_thousand_meters_come_by_the_page(crowded: Platform, page: Page) -> None:
    page.goto(crowded.url)
    expect(page.locator("#rows tr")).to_have_count(PAGE_SIZE, timeout=JOB_MS)
    expect(page.locator("#summary")).to_have_text(f"{MANY:,} meters, 1 with a model")
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#page-number")).to_have_text("Page 2 of 200", timeout=JOB_MS)


def test_a_search_finds_one_of_ten_thousand(crowded: Platform, page: Page) -> None:
    page.goto(crowded.url)
    expect(page.locator("#rows tr")).to_have_count(PAGE_SIZE, timeout=JOB_MS)
    page.get_by_role("searchbox").fill("house 4711")
    expect(page.locator("#rows tr")).to_have_count(1, timeout=JOB_MS)
    expect(page.locator("#rows")).to_contain_text("m04711")
    page.reload()
    expect(page.locator("#rows tr")).to_have_count(1, timeout=JOB_MS)
    expect(page.get_by_role("searchbox")).to_have_value("house 4711")


def test_sorting_by_skill_puts_the_worst_first_and_the_unknown_last(
    crowded: Platform, page: Page
) -> None:
    page.goto(crowded.url)
    page.get_by_role("button", name="Skill yesterday").click()
    cells = page.locator("#rows tr th")
    for place, number in enumerate((1, 3, 2)):
        expect(cells.nth(place)).to_contain_text(_meter(number).meter_id, timeout=JOB_MS)
    page.get_by_role("button", name="Skill yesterday").click()
    expect(cells.first).to_contain_text(_meter(2).meter_id, timeout=JOB_MS)


@pytest.mark.parametrize(
    ("query", "total"),
    [
        pytest.param("show=attention", 2, id="flagged-or-worse-than-the-naive"),
        pytest.param("show=untrained", MANY - 1, id="without-a-model"),
        pytest.param("show=stale&meter_type=water", MANY // 2, id="no-reading-for-two-days"),
        pytest.param("search=HOUSE%20123", 1 + 10, id="any-case"),
        pytest.param("search=nothing-like-it", 0, id="nothing-fits"),
    ],
)
def test_meters_are_filtered_by_the_server(crowded: Platform, query: str, total: int) -> None:
    answer = crowded.http.get(f"/overview/?{query}&limit=1").json()
    assert (answer["total"], answer["all"]) == (total, MANY)


def test_what_workers_left_is_in_the_row(crowded: Platform) -> None:
    marks = {"flags": json.dumps([FLAG]), "serving": '"fallback"', "yesterday": '{"mae": 1.5}'}
    crowded.jobs.redis.hset(f"ledger:meter:{_key(1)}", mapping=marks)
    row = crowded.http.get("/overview/", params={"search": _key(1)}).json()["meters"][0]
    assert row["flags"] == [FLAG]
    assert (row["serving"], row["skill"], row["yesterday"]) == ("fallback", -0.5, {"mae": 1.5})


def test_a_model_tells_its_age_by_its_version(crowded: Platform) -> None:
    row = crowded.http.get("/overview/", params={"search": _key(2)}).json()["meters"][0]
    assert datetime.fromisoformat(row["trained_at"]) == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("resolution", "points"),
    [
        pytest.param(None, 56, id="unknown"),
        pytest.param(timedelta(minutes=15), 56, id="quarter-hours"),
        pytest.param(timedelta(hours=6), 28, id="six-hours"),
        pytest.param(timedelta(days=1), 7, id="days"),
    ],
)
def test_a_sparkline_has_no_gaps_between_readings(
    crowded: Platform, resolution: timedelta | None, points: int
) -> None:
    minutes = resolution.total_seconds() / 60 if resolution else 60
    meter = Meter("water", f"spark{minutes:.0f}{resolution is None}", resolution=resolution)
    crowded.store.put_meter(meter)
    step = resolution or timedelta(hours=1)
    index = pd.date_range("2026-01-01", periods=timedelta(days=14) // step, freq=step, tz="UTC")
    crowded.store.write_readings(meter, pd.Series(1.0, index))
    query = {"search": meter.meter_id}
    rows = until(lambda: crowded.http.get("/overview/", params=query).json()["meters"], "its row")
    assert rows[0]["sparkline"] == [1.0] * points
    crowded.http.delete(f"/meters/{meter.key}")


def test_running_jobs_are_shown_live(platform: Platform, page: Page) -> None:
    platform.load_demo()
    page.goto(platform.url)
    expect(page.get_by_role("link", name=re.compile("demo_"))).not_to_have_count(0, timeout=JOB_MS)
    job = platform.submit("/test_model/", meter_type="electricity", meter_id="demo_office")
    expect(page.locator(f"#running [data-job='{job}']")).to_be_visible(timeout=JOB_MS)
    platform.ended(job)
    expect(page.locator(f"#running [data-job='{job}']")).to_have_count(0, timeout=JOB_MS)
