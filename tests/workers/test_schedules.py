"""When things are due, and that each is done once."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from celery.schedules import crontab
from redis import Redis

from config import SettingsError, load_settings
from config.cron import parse_cron
from config.errors import StoreUnavailable
from data.embedded import EmbeddedStore
from data.meters import Meter
from workers.jobs import Jobs
from workers.nightly import tasks
from workers.nightly.house import House
from workers.schedules import Schedules
from workers.serving import open_desk

ROME = ZoneInfo("Europe/Rome")
NOW = datetime(2026, 11, 23, 15, 7, 30, tzinfo=UTC)  # a Monday


@pytest.mark.parametrize(
    ("line", "after", "until"),
    [
        pytest.param("* * * * *", "2026-11-23T15:08", "2026-11-23T15:07", id="each-minute"),
        pytest.param("20 0 * * *", "2026-11-24T00:20", "2026-11-23T00:20", id="each-night"),
        pytest.param(
            "*/15 8-17 * * 1-5", "2026-11-23T15:15", "2026-11-23T15:00", id="office-hours"
        ),
        pytest.param("0 3 * * 0", "2026-11-29T03:00", "2026-11-22T03:00", id="sundays"),
        pytest.param("0 3 * * 7", "2026-11-29T03:00", "2026-11-22T03:00", id="sundays-as-seven"),
        pytest.param("5 4 1 1,7 *", "2027-01-01T04:05", "2026-07-01T04:05", id="twice-a-year"),
        pytest.param("0 0 29 2 *", "2028-02-29T00:00", "2024-02-29T00:00", id="leap-days"),
        pytest.param("10 */6 * * *", "2026-11-23T18:10", "2026-11-23T12:10", id="every-six-hours"),
    ],
)
def test_when_a_line_is_due(line: str, after: str, until: str) -> None:
    cron, zone = parse_cron(line), ZoneInfo("UTC")
    assert f"{cron.after(NOW, zone):%Y-%m-%dT%H:%M}" == after
    assert f"{cron.until(NOW, zone):%Y-%m-%dT%H:%M}" == until


def test_what_is_never_due() -> None:
    assert parse_cron("0 0 31 2 *").after(NOW, ROME) is None


def test_a_line_is_read_in_its_zone_across_a_clock_change() -> None:
    cron = parse_cron("20 0 * * *")
    summer = datetime(2026, 7, 1, tzinfo=UTC)
    assert cron.after(summer, ROME) == datetime(2026, 7, 1, 22, 20, tzinfo=UTC)
    assert cron.after(NOW, ROME) == datetime(2026, 11, 23, 23, 20, tzinfo=UTC)
    change = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)
    assert cron.after(change, ROME) == datetime(2026, 10, 25, 23, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "line", ["20 0 * * *", "*/15 8-17 * * 1-5", "0 3 * * 0", "5,35 */3 1-7 * *"]
)
def test_beat_reads_a_line_as_we_do(line: str) -> None:
    ours, beats = parse_cron(line), crontab.from_string(line)
    assert (ours.minutes, ours.hours) == (beats.minute, beats.hour)
    assert (ours.days, ours.weekdays) == (beats.day_of_month, beats.day_of_week)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        pytest.param('{"a": {"task": "forecasts", "cron": "0 25 * * *"}}', "hour '25'", id="hour"),
        pytest.param('{"a": {"task": "forecasts", "cron": "0 1 * *"}}', "4 fields", id="fields"),
        pytest.param('{"a": {"task": "dance", "cron": "0 1 * * *"}}', "not one of forecasts", id="task"),
        pytest.param('{"a": {"task": "forecasts"}}', "'a' is wrong", id="no-cron"),
        pytest.param('{"a": {"task": "forecasts", "cron": "0 1 * * *", "meter_type": "gas"}}', "'gas'", id="type"),
        pytest.param('{"a": {"task": "forecasts", "cron": "x 1 * * *"}}', "not a number", id="letters"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_named(tmp_path: Path, entry: str, words: str) -> None:
    (tmp_path / "schedules.json").write_text(entry)
    with pytest.raises(SettingsError, match=r"schedules\.json: entry 'a'") as failure:
        load_settings({"CONFIG_DIR": str(tmp_path)})
    assert words in str(failure.value)


def test_a_schedule_of_one_type(tmp_path: Path) -> None:
    line = '{"gentle": {"task": "retraining", "cron": "0 4 * * 6", "meter_type": "water"}}'
    (tmp_path / "schedules.json").write_text(line)
    settings = load_settings({"CONFIG_DIR": str(tmp_path)})
    assert settings.schedules["gentle"].meter_type == "water"
    assert list(settings.schedules) == ["gentle"]


def test_of_many_beats_one_gets_the_turn(jobs: Jobs) -> None:
    taken = []
    barrier = threading.Barrier(10)

    def take() -> None:
        barrier.wait()
        taken.append(Schedules(jobs.settings, jobs.redis).take("forecasts", NOW))

    threads = [threading.Thread(target=take) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    turns = [turn for turn in taken if turn]
    assert [turn.due for turn in turns] == [datetime(2026, 11, 23, 0, 20, tzinfo=UTC)]
    late = Schedules(jobs.settings, jobs.redis).take("forecasts", NOW + timedelta(hours=3))
    assert late is None
    assert Schedules(jobs.settings, jobs.redis).take("forecasts", NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("late", "due"),
    [
        pytest.param(timedelta(milliseconds=-10), 23, id="a-clock-behind-beats"),
        pytest.param(timedelta(milliseconds=20), 23, id="in-time"),
        pytest.param(timedelta(minutes=40), 23, id="a-busy-worker"),
        pytest.param(timedelta(minutes=-1), 22, id="the-message-of-another-day"),
    ],
)
def test_whose_turn_a_message_is(jobs: Jobs, late: timedelta, due: int) -> None:
    instant = datetime(2026, 11, 23, 0, 20, tzinfo=UTC)
    turn = Schedules(jobs.settings, jobs.redis).take("forecasts", instant + late)
    assert turn is not None
    assert turn.due == instant.replace(day=due)


def test_messages_of_each_minute_have_a_turn_each(redis_url: str, tmp_path: Path) -> None:
    """Of a worker whose clock wavers by some seconds around beat's."""
    line = '{"busy": {"task": "scoring", "cron": "* * * * *"}}'
    (tmp_path / "schedules.json").write_text(line)
    settings = load_settings({"CONFIG_DIR": str(tmp_path), "REDIS_URL": redis_url})
    redis = Redis.from_url(redis_url)
    redis.flushdb()
    schedules = Schedules(settings, redis)
    start = datetime(2026, 11, 23, 15, tzinfo=UTC)
    late = [0.02, -0.01, 5, -5, 20, -20, 0]
    turns = [
        schedules.take("busy", start + timedelta(minutes=minute, seconds=seconds))
        for minute, seconds in enumerate(late)
    ]
    assert [turn.due.minute for turn in turns if turn] == list(range(len(late)))


@pytest.mark.parametrize(
    ("times", "status"),
    [pytest.param(2, "running", id="comes-back"), pytest.param(99, "failed", id="stays-away")],
)
def test_a_schedule_that_is_due_while_the_store_is_away(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, status: str
) -> None:
    away = iter(range(times))

    class Coming(EmbeddedStore):
        def meters(self, meter_type: str | None = None) -> list[Meter]:
            if next(away, None) is not None:
                raise StoreUnavailable("The store does not answer.")
            return super().meters(meter_type)

    store = Coming(tmp_path / "readings.db")
    store.put_meter(Meter("water", "m1"))
    house = House(jobs.settings, store, open_desk(jobs, store))
    monkeypatch.setattr(tasks, "process_jobs", lambda pid: jobs)
    monkeypatch.setattr(tasks, "process_house", lambda pid: house)

    tasks.run_scheduled.apply(args=["forecasts"])

    rows = {row["name"]: row for row in Schedules(jobs.settings, jobs.redis).listing(NOW)}
    assert rows["forecasts"]["last_run"]["status"] == status
    assert jobs.redis.scard("rounds:open") == (status == "running")


def test_the_listing(jobs: Jobs) -> None:
    schedules = Schedules(jobs.settings, jobs.redis)
    assert schedules.take("scoring", NOW)
    schedules.note(
        "scoring", started_at=NOW, status="succeeded", finished_at=NOW, summary={"total": 2}
    )
    rows = {row["name"]: row for row in schedules.listing(NOW)}
    assert set(rows) == {"weather", "forecasts", "scoring", "retraining", "retention", "sweep"}
    assert rows["forecasts"]["next_run"] == "2026-11-24T00:20:00.000Z"
    assert rows["forecasts"]["last_run"] is None
    assert rows["scoring"]["last_run"]["status"] == "succeeded"
    assert rows["scoring"]["last_run"]["summary"] == {"total": 2}
