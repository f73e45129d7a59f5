"""Counts of a cumulative meter that come a few at a time: falls, glitches, rollovers, late ones."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from data import Meter
from data.embedded import EmbeddedStore
from data.importers import import_json, import_table
from data.meters import Count
from tests.data.samples import quarters, source

PUMP = Meter("water", "pump", unit="m3", resolution=timedelta(hours=1))
START = datetime(2024, 1, 10, tzinfo=UTC)


def send(store: EmbeddedStore, hour: int, count: float) -> dict[str, int]:
    """POST one count; what was dropped."""
    time = (START + timedelta(hours=hour)).isoformat()
    body = f'[{{"time": "{time}", "value": {count}}}]'
    summary = import_json(store, store.meter("water", "pump"), source(body), counter=True)
    return dict(summary.dropped)


def stored(store: EmbeddedStore) -> dict[int, float]:
    """Consumption by hour."""
    readings = store.readings(PUMP)
    hours = (pd.DatetimeIndex(readings.index) - pd.Timestamp(START)) // pd.Timedelta("1h")
    return dict(zip(hours.tolist(), readings.tolist(), strict=True))


@pytest.fixture
def pump(embedded: EmbeddedStore) -> EmbeddedStore:
    embedded.put_meter(PUMP)
    return embedded


@pytest.mark.parametrize(
    ("counts", "expected", "dropped"),
    [
        pytest.param(
            [5000, 5001, 0, 5003, 5004], {0: 1, 3: 1}, ["reset", "glitch"], id="zero and back"
        ),
        pytest.param(
            [95000, 95001, 0, 95003, 95004], {0: 1, 3: 1}, ["reset", "glitch"], id="no rollover"
        ),
        pytest.param(
            [5000, 5001, *[0] * 9, 5003, 5004],
            {0: 1, **dict.fromkeys(range(2, 10), 0), 11: 1},
            ["reset", "glitch"],
            id="nine zeros",
        ),
        pytest.param([99998, 99999, 1, 3], {0: 1, 1: 2, 2: 2}, [], id="rollover"),
        pytest.param([5000, 5001, 0, 2, 3], {0: 1, 2: 2, 3: 1}, ["reset"], id="another meter"),
        pytest.param(
            [50, 51, 48, 49, 50, 51, 52], {0: 1, 2: 1, 3: 1, 4: 1, 5: 1}, ["reset"], id="reaches it"
        ),
        pytest.param([100, 101, 101 - 1e-12, 102], {0: 1, 1: 0, 2: 1}, [], id="rounding"),
    ],
)
@pytest.mark.parametrize("at_once", [True, False], ids=["one-body", "one-by-one"])
def test_falls_of_a_counter(
    pump: EmbeddedStore,
    counts: list[float],
    expected: dict[int, float],
    dropped: list[str],
    at_once: bool,
) -> None:
    if at_once:
        hours = pd.date_range(START, periods=len(counts), freq="h")
        rows = [f"{time.isoformat()},{count}" for time, count in zip(hours, counts, strict=True)]
        text = "\n".join(["time,value", *rows])
        found = import_table(pump, PUMP, source(text), counter=True).dropped
    else:
        found = {}
        for hour, count in enumerate(counts):
            found |= send(pump, hour, count)

    assert stored(pump) == pytest.approx(expected)
    assert dict(found) == {f"counter_{reason}": 1 for reason in dropped}


def test_a_jump_is_told_by_what_was_stored_before(pump: EmbeddedStore) -> None:
    hours = pd.date_range(START - timedelta(hours=100), periods=101, freq="h")
    rows = [f"{time.isoformat()},{count}" for count, time in enumerate(hours)]
    import_table(pump, PUMP, source("\n".join(["time,value", *rows])), counter=True)

    dropped = send(pump, 1, 50_000), send(pump, 2, 50_001)

    assert dropped == ({"counter_jump": 1}, {})
    assert stored(pump)[1] == 1
    assert 0 not in stored(pump)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        pytest.param([0, 1, 3, 2, 4], {0, 1, 2, 3}, id="one late"),
        pytest.param([0, 1, 3, 4, 2], {0, 1, 2, 3}, id="later"),
        pytest.param([0, 1, 4, 3, 2, 5], {0, 1, 2, 3, 4}, id="two late, backwards"),
        pytest.param([0, 1, 2, 2, 3], {0, 1, 2}, id="sent again"),
    ],
)
def test_a_count_that_comes_late_fills_its_gap(
    pump: EmbeddedStore, order: list[int], expected: set[int]
) -> None:
    for hour in order:
        send(pump, hour, 100.0 + hour)

    assert stored(pump) == dict.fromkeys(sorted(expected), 1.0)


def test_a_count_that_comes_too_late_is_told_of(pump: EmbeddedStore) -> None:
    for hour in (0, 10, *range(12, 20)):
        last = send(pump, hour, 100.0 + hour)
        assert last == ({} if hour not in (10, 12) else {"counter_gap": 1})

    assert send(pump, 5, 105.0) == {"counter_late": 1}


def test_counts_after_an_outage_begin_anew(embedded: EmbeddedStore) -> None:
    embedded.put_meter(Meter("water", "pump", unit="m3"))

    dropped = [send(embedded, hour, count) for hour, count in ((0, 1), (240, 500), (241, 501))]

    assert stored(embedded) == {240: 1.0}
    assert dropped == [{}, {"counter_gap": 1}, {}]


def test_what_is_remembered_of_counts_survives_the_catalogue() -> None:
    count = Count(START, 7.0, ((START - timedelta(hours=1), 6.0),), peak=9.0)
    assert Count.from_dict(count.to_dict()) == count
    assert count.times(2.0) == Count(START, 14.0, ((START - timedelta(hours=1), 12.0),), 18.0)
    assert Count(START, 7.0).to_dict() == {"time": START.isoformat(), "value": 7.0}


def test_a_count_of_tomorrow_is_not_gone_on_from(pump: EmbeddedStore) -> None:
    text = quarters([1.0, 2.0, 3.0, 4.0])
    now = datetime(2024, 1, 1, 0, 20, tzinfo=UTC)

    import_table(pump, PUMP, source(text), counter=True, now=now)

    last = pump.meter("water", "pump").last_count
    assert last is not None
    assert (last.value, len(last.before)) == (2.0, 1)
