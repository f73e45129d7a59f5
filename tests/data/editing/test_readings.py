"""Readings of a cumulative meter that are deleted take the counts along that they came from."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from config.errors import UnknownMeter
from data import Meter, Store
from data.editing.readings import delete_readings
from data.importers import import_json
from data.meters import Count
from tests.data.samples import source

HOUR = timedelta(hours=1)
PUMP = Meter("water", "pump", unit="m3", resolution=HOUR)
START = datetime(2024, 1, 10, tzinfo=UTC)


def send(store: Store, *counts: tuple[int, float]) -> None:
    """POST counts, each by its hour and one by one."""
    for hour, count in counts:
        body = f'[{{"time": "{(START + hour * HOUR).isoformat()}", "value": {count}}}]'
        import_json(store, store.meter("water", "pump"), source(body), counter=True)


def delete(store: Store, first: int, last: int) -> int:
    """Delete the readings of these hours, the last one excluded."""
    return delete_readings(store, PUMP, START + first * HOUR, START + last * HOUR)


def stored(store: Store) -> dict[int, float]:
    """Consumption by hour."""
    readings = store.readings(PUMP)
    hours = (pd.DatetimeIndex(readings.index) - pd.Timestamp(START)) // pd.Timedelta("1h")
    return dict(zip(hours.tolist(), readings.tolist(), strict=True))


def remembered(store: Store) -> list[int]:
    """The hours whose counts the meter remembers."""
    last = store.meter("water", "pump").last_count
    if last is None:
        return []
    times = [time for time, _ in last.before] + [last.time]
    return [(time - START) // HOUR for time in times]


@pytest.mark.parametrize(
    ("first", "last", "left", "then", "consumption"),
    [
        pytest.param(-9, 99, [], {}, {6: 1.0}, id="all"),
        pytest.param(1, 5, [1], {}, {0: 1.0, 6: 1.0}, id="all-but-the-first"),
        pytest.param(3, 5, [1, 2, 3], {}, {0: 1.0, 1: 1.0, 2: 1.0, 6: 1.0}, id="the-latest"),
        pytest.param(4, 5, [1, 2, 3, 4], {}, {0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0, 6: 1.0}, id="the-very-latest"),
        pytest.param(2, 4, [1, 2, 4, 5], {}, {0: 1.0, 1: 1.0, 4: 1.0, 5: 1.0, 6: 1.0}, id="in-between"),
        pytest.param(2, 3, [1, 2, 3, 4, 5], {}, {0: 1.0, 1: 1.0, 3: 1.0, 4: 1.0, 5: 1.0, 6: 1.0}, id="one-in-between"),
        pytest.param(-9, 0, [1, 2, 3, 4, 5], {}, dict.fromkeys(range(7), 1.0), id="long-ago"),
        pytest.param(3, 5, [1, 2, 3], {4: 104.0, 5: 105.0}, dict.fromkeys(range(7), 1.0), id="sent-again"),
    ],
)  # fmt: skip
def test_the_next_count_is_subtracted_from_none_whose_consumption_was_deleted(
    store: Store,
    first: int,
    last: int,
    left: list[int],
    then: dict[int, float],
    consumption: dict[int, float],
) -> None:
    store.put_meter(PUMP)
    send(store, *((hour, 100.0 + hour) for hour in range(6)))

    delete(store, first, last)

    assert remembered(store) == left
    send(store, *then.items(), (6, 106.0), (7, 107.0))
    assert stored(store) == consumption


def test_counts_of_a_clock_that_ran_ahead_are_gone_with_their_readings(store: Store) -> None:
    """Two hours were counted for one: from the count of the wrong time to that of the right one."""
    store.put_meter(PUMP)
    send(store, *((hour, 100.0 + hour) for hour in range(4)))
    send(store, *((hour, 99.0 + hour) for hour in range(5, 8)))

    assert delete(store, 4, 24) == 2
    send(store, (8, 108.0), (9, 109.0))

    assert stored(store) == {0: 1.0, 1: 1.0, 2: 1.0, 8: 1.0}


def test_a_fall_that_is_forgotten_proves_no_glitch_any_more(store: Store) -> None:
    """The zeros of a fault were taken for a meter's that had been changed."""
    store.put_meter(PUMP)
    send(store, (0, 5000.0), (1, 5001.0), (2, 0.0), (3, 0.0))
    before = store.meter("water", "pump").last_count
    assert before is not None
    assert before.peak == 5001.0

    delete(store, 2, 24)

    last = store.meter("water", "pump").last_count
    assert last == Count(START + HOUR, 5001.0, ((START, 5000.0),))


def test_a_meter_that_counts_nothing_is_left_alone(store: Store) -> None:
    store.write_readings(PUMP, pd.Series(1.0, pd.date_range(START, periods=3, freq="h")))
    assert delete(store, 0, 2) == 2
    assert store.meter("water", "pump") == PUMP
    with pytest.raises(UnknownMeter):
        delete_readings(store, Meter("water", "none"), START, START + HOUR)
