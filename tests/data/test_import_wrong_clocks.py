"""Times that cannot be, and hours and days that clocks repeat or leave out."""

import json
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from config.errors import InvalidReadings
from data import Meter, Store
from data.embedded import EmbeddedStore
from data.importers import import_json, import_lines, import_table
from tests.data.samples import read_text, source

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOME = Meter("electricity", "home", timezone="Europe/Rome")


@pytest.mark.parametrize(
    ("wrong", "reason", "words"),
    [
        pytest.param("2026-01-03T00:00:00Z", "time_in_future", "in the future", id="day after"),
        pytest.param("2035-01-01T00:00:00Z", "time_in_future", "in the future", id="2035"),
        pytest.param("1970-01-01T00:10:00Z", "time_too_early", "not set", id="1970"),
        pytest.param("1980-01-06T00:00:00Z", "time_too_early", "not set", id="1980"),
    ],
)
def test_times_of_a_wrong_clock_are_left_out(
    embedded: EmbeddedStore, wrong: str, reason: str, words: str
) -> None:
    right = "2026-01-01T00:00:00Z"
    stamps = [int(pd.Timestamp(text).timestamp()) for text in (right, wrong)]
    summaries = [
        import_table(embedded, HOME, source(f"time,value\n{right},1\n{wrong},2\n"), now=NOW),
        import_json(
            embedded,
            HOME,
            source(json.dumps([{"time": right, "value": 1}, {"time": wrong, "value": 2}])),
            now=NOW,
        ),
        import_lines(
            embedded,
            HOME,
            source("".join(f"m value={at} {at}\n" for at in stamps)),
            precision="s",
            now=NOW,
        ),
    ]

    for summary in summaries:
        assert dict(summary.dropped) == {reason: 1}
        assert words in summary.problems[0]
    assert len(embedded.readings(HOME)) == 1


def test_a_clock_of_another_zone_is_not_in_the_future(embedded: EmbeddedStore) -> None:
    text = "time,value\n2026-01-02T11:00:00Z,1\n"
    assert import_table(embedded, HOME, source(text), now=NOW).accepted == 1


def test_a_file_of_the_future_alone_is_refused(embedded: EmbeddedStore) -> None:
    with pytest.raises(InvalidReadings) as raised:
        import_table(embedded, HOME, source("time,value\n2035-01-01,1\n"), now=NOW)
    assert "is in the future" in raised.value.hint
    assert embedded.meters() == []


# -- hours that come twice, one body each


def send(store: Store, clock: str, value: float, *, ends: bool = False, **when: datetime) -> None:
    body = f'[{{"time": "2024-10-27T{clock}", "value": {value}}}]'
    import_json(store, store.meter("electricity", "home"), source(body), interval_end=ends, **when)


@pytest.mark.parametrize("ends", [False, True], ids=["starts", "ends"])
@pytest.mark.parametrize(
    ("minutes", "clocks"),
    [
        pytest.param(30, ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"], id="halves"),
        pytest.param(60, ["01:00", "02:00", "02:00", "03:00"], id="hours"),
    ],
)
def test_a_repeated_hour_that_comes_one_by_one(
    embedded: EmbeddedStore, minutes: int, clocks: list[str], ends: bool
) -> None:
    step = timedelta(minutes=minutes)
    embedded.put_meter(Meter("electricity", "home", timezone="Europe/Rome", resolution=step))

    for value, clock in enumerate(clocks):
        send(embedded, clock, value, ends=ends)

    readings = embedded.readings(HOME)
    assert readings.tolist() == list(range(len(clocks)))
    assert set(pd.Series(readings.index).diff().dropna()) == {step}


def test_a_reading_that_is_sent_again_before_the_hour_repeats_is_the_same(
    embedded: EmbeddedStore,
) -> None:
    step = timedelta(minutes=30)
    embedded.put_meter(Meter("electricity", "home", timezone="Europe/Rome", resolution=step))
    summer = datetime(2024, 10, 27, 0, 35, tzinfo=UTC)

    for value in (1.0, 2.0):
        send(embedded, "02:30", value, now=summer)

    assert embedded.readings(HOME).tolist() == [2.0]


# -- days


@pytest.mark.parametrize(
    ("zone", "day", "first"),
    [
        pytest.param("America/Santiago", "2024-09-08", "2024-09-08 04:00", id="Santiago"),
        pytest.param("Africa/Cairo", "2024-04-26", "2024-04-25 22:00", id="Cairo"),
    ],
)
def test_a_day_without_midnight_begins_with_its_first_instant(
    zone: str, day: str, first: str
) -> None:
    before, after = (pd.Timestamp(day) + timedelta(days=shift) for shift in (-1, 1))
    rows = [f"{at:%Y-%m-%d},{value}" for value, at in enumerate([before, pd.Timestamp(day), after])]

    readings, _, summary = read_text("\n".join(["date,value", *rows]), timezone=zone)

    assert not summary.dropped
    assert readings.index[1] == pd.Timestamp(first, tz="UTC")


def test_an_hour_that_there_is_not_stays_out_of_a_file_of_hours() -> None:
    rows = [f"2024-09-08 {hour:02}:00,1" for hour in range(3)]
    _, _, summary = read_text("\n".join(["time,value", *rows]), timezone="America/Santiago")
    assert dict(summary.dropped) == {"time_nonexistent": 1}


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        pytest.param("Europe/Rome", "2024-03-28", "2024-04-03", id="spring"),
        pytest.param("Europe/Rome", "2024-10-25", "2024-10-30", id="autumn"),
        pytest.param("America/Santiago", "2024-09-06", "2024-09-11", id="without midnight"),
        pytest.param("America/Havana", "2024-11-01", "2024-11-06", id="two midnights"),
    ],
)
def test_daily_ends_are_a_calendar_day_after_their_starts(
    embedded: EmbeddedStore, zone: str, first: str, last: str
) -> None:
    meter = Meter("electricity", "home", timezone=zone)
    days = pd.date_range(first, last)
    rows = [f"{day + timedelta(days=1):%Y-%m-%d},{value}" for value, day in enumerate(days)]

    import_table(embedded, meter, source("\n".join(["date,value", *rows])), interval_end=True)

    index = pd.DatetimeIndex(embedded.readings(meter).index).tz_convert(zone)
    second_before = (index - timedelta(seconds=1)).strftime("%Y-%m-%d")
    assert list(index.strftime("%Y-%m-%d")) == list(days.strftime("%Y-%m-%d"))
    assert list(second_before) == list((days - timedelta(days=1)).strftime("%Y-%m-%d"))


def test_days_of_utc_end_after_24_hours(embedded: EmbeddedStore) -> None:
    days = pd.date_range("2024-03-29", periods=5, tz="UTC")
    rows = [f"{day.isoformat()},1" for day in days]

    import_table(embedded, HOME, source("\n".join(["time,value", *rows])), interval_end=True)

    assert list(embedded.readings(HOME).index) == list(days - timedelta(days=1))
