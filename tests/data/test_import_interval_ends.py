"""Files whose times mark where intervals end: 24:00, summer time, both stores' first intervals."""

from datetime import timedelta

import pandas as pd
import pytest

from config.errors import InvalidRequest
from data import Meter, Store
from data.embedded import EmbeddedStore
from data.importers import import_json, import_table
from tests.data.samples import read_text, source

HOME = Meter("electricity", "home", timezone="Europe/Rome", resolution=timedelta(hours=1))


def starts(store: Store, meter: Meter = HOME) -> list[str]:
    index = pd.DatetimeIndex(store.readings(meter).index).tz_convert(meter.timezone)
    return list(index.strftime("%Y-%m-%d %H:%M%z"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2024-12-31 24:00", "2025-01-01 00:00", id="ISO 8601"),
        pytest.param("2024-02-28T24:00:00", "2024-02-29 00:00", id="with T and seconds"),
        pytest.param("31.12.2024 24:00", "2025-01-01 00:00", id="day first"),
        pytest.param("12/31/2024 24:00:00", "2025-01-01 00:00", id="month first"),
    ],
)
def test_24_00_is_the_end_of_its_day(text: str, expected: str) -> None:
    readings, _, summary = read_text(f"time,value\n{text.replace('24:00', '23:00')},1\n{text},2\n")

    assert readings.index[-1] == pd.Timestamp(expected, tz="UTC")
    assert not summary.refused


def test_24_30_is_no_time() -> None:
    _, _, summary = read_text("time,value\n2024-12-31 23:00,1\n2024-12-31 24:30,2\n")

    assert dict(summary.dropped) == {"time_unreadable": 1}


def test_readings_are_stored_where_their_intervals_start(embedded: EmbeddedStore) -> None:
    text = "time,value\n2024-12-31 23:00,1\n2024-12-31 24:00,2\n2025-01-01 01:00,3\n"

    import_table(embedded, HOME, source(text), interval_end=True)

    assert starts(embedded) == [
        "2024-12-31 22:00+0100", "2024-12-31 23:00+0100", "2025-01-01 00:00+0100",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["Interval End", "period_end", "until"])
def test_the_name_of_the_column_tells(embedded: EmbeddedStore, name: str) -> None:
    import_table(embedded, HOME, source(f"{name},kWh\n2025-01-01 01:00,3\n2025-01-01 02:00,3\n"))

    assert starts(embedded)[0] == "2025-01-01 00:00+0100"


def test_where_both_ends_are_given_the_start_counts(embedded: EmbeddedStore) -> None:
    text = "interval_start,interval_end,kWh\n2025-01-01 01:00,2025-01-01 02:00,3\n"

    import_table(embedded, HOME, source(text))

    assert starts(embedded) == ["2025-01-01 01:00+0100"]


def test_the_hour_before_clocks_are_set_forward_is_kept(embedded: EmbeddedStore) -> None:
    text = "time,value\n2024-03-31 01:00,1\n2024-03-31 02:00,2\n2024-03-31 04:00,3\n"

    summary = import_table(embedded, HOME, source(text), interval_end=True)

    assert not summary.refused
    assert starts(embedded) == [
        "2024-03-31 00:00+0100", "2024-03-31 01:00+0100", "2024-03-31 03:00+0200",
    ]  # fmt: skip


def test_the_hour_that_comes_twice_is_kept_twice(embedded: EmbeddedStore) -> None:
    ends = ["2024-10-27 01:00", "2024-10-27 02:00", "2024-10-27 02:00", "2024-10-27 03:00"]
    text = "\n".join(["time,value", *(f"{end},1" for end in ends)])

    import_table(embedded, HOME, source(text), interval_end=True)

    assert starts(embedded) == [
        "2024-10-27 00:00+0200", "2024-10-27 01:00+0200", "2024-10-27 02:00+0200",
        "2024-10-27 02:00+0100",
    ]  # fmt: skip


def test_json_too(embedded: EmbeddedStore) -> None:
    body = b'[{"time": "2025-01-01T00:00:00Z", "value": 1}]'

    import_json(embedded, HOME, source(body.decode()), interval_end=True)

    assert starts(embedded) == ["2025-01-01 00:00+0100"]


def test_one_end_alone_needs_a_resolution(embedded: EmbeddedStore) -> None:
    unknown = Meter("electricity", "new")

    with pytest.raises(InvalidRequest) as raised:
        import_table(embedded, unknown, source("time,value\n2025-01-01,1\n"), interval_end=True)

    assert raised.value.detail["field"] == "interval_end"
