"""How far apart readings are: shaken clocks, meters that change their step, the first two of many."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from data import Meter
from data.embedded import EmbeddedStore
from data.frames import commonest_step
from data.importers import import_json, import_table
from data.meters import can_be_resolution
from tests.data.samples import source

HOME = Meter("electricity", "home")
QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)


def rows(start: str, count: int, freq: str, *, name: str = "kWh", value: float = 1.0) -> str:
    times = pd.date_range(start, periods=count, freq=freq, tz="UTC")
    return "\n".join([f"time,{name}", *(f"{time.isoformat()},{value}" for time in times)])


@pytest.mark.parametrize(
    ("freq", "shake", "count"),
    [
        pytest.param("h", 20, 2160, id="hours by 0 to 19 s"),
        pytest.param("15min", 3, 8, id="two hours by 0 to 2 s"),
        pytest.param("5min", 5, 300, id="five minutes"),
        pytest.param("15min", 1, 3, id="exact"),
        pytest.param("D", 600, 30, id="days"),
    ],
)
def test_clocks_that_are_not_exact_do_not_make_a_step_of_their_own(
    freq: str, shake: int, count: int
) -> None:
    times = pd.date_range("2025-01-01", periods=count, freq=freq, tz="UTC")
    for seed in range(20):
        late = np.random.default_rng(seed).integers(0, shake, count)
        assert commonest_step(times + pd.to_timedelta(late, unit="s")) == times[1] - times[0]


def test_missing_readings_do_not_make_the_step_longer() -> None:
    times = pd.date_range("2025-01-01", periods=4000, freq="15min", tz="UTC")
    kept = np.random.default_rng(0).random(len(times)) < 0.45
    assert commonest_step(times[kept]) == QUARTER


@pytest.mark.parametrize("freq", ["min", "7min"])
def test_a_step_that_no_meter_can_have_is_not_catalogued(
    embedded: EmbeddedStore, freq: str
) -> None:
    import_table(embedded, HOME, source(rows("2025-01-01", 60, freq)))

    assert embedded.meter("electricity", "home").resolution is None


def test_readings_of_a_minute_are_converted_by_their_own_step(embedded: EmbeddedStore) -> None:
    import_table(embedded, HOME, source(rows("2025-01-01", 60, "min", name="load (kW)", value=6.0)))

    assert embedded.readings(HOME).to_list() == pytest.approx([0.1] * 60)


def test_a_meter_that_begins_to_send_quarters_is_converted_by_quarters(
    embedded: EmbeddedStore,
) -> None:
    import_table(embedded, HOME, source(rows("2025-01-01", 100, "h", name="load (kW)")))
    text = rows("2025-02-01", 100, "15min", name="load (kW)")

    summary = import_table(embedded, HOME, source(text))

    assert embedded.readings(HOME)["2025-02-01":].unique().tolist() == [0.25]
    assert embedded.meter("electricity", "home").resolution == HOUR
    [warning] = summary.warnings
    assert "are PT15M apart, those of the meter PT1H; training takes them together" in warning


def test_quarters_that_end_start_a_quarter_before(embedded: EmbeddedStore) -> None:
    import_table(embedded, HOME, source(rows("2025-01-01", 100, "h")))

    import_table(embedded, HOME, source(rows("2025-02-01 00:15", 8, "15min")), interval_end=True)

    starts = embedded.readings(HOME)["2025-02-01":].index
    assert list(starts) == list(pd.date_range("2025-02-01", periods=8, freq="15min", tz="UTC"))


def test_a_gap_between_two_readings_is_no_step_of_theirs(embedded: EmbeddedStore) -> None:
    import_table(embedded, HOME, source(rows("2025-01-01", 100, "h")))

    summary = import_table(embedded, HOME, source(rows("2025-02-01", 2, "3h", name="load (kW)")))

    assert embedded.readings(HOME)["2025-02-01":].tolist() == [1.0, 1.0]
    assert not summary.warnings


def test_a_step_that_two_readings_showed_is_found_anew(embedded: EmbeddedStore) -> None:
    import_table(embedded, HOME, source(rows("2025-01-01", 2, "3h")))
    assert embedded.meter("electricity", "home").resolution == timedelta(hours=3)

    summary = import_table(embedded, HOME, source(rows("2025-01-02", 100, "h")))

    assert embedded.meter("electricity", "home").resolution == HOUR
    assert not summary.warnings


@pytest.mark.parametrize("stored", [0, 10])
def test_a_resolution_that_was_said_stays(embedded: EmbeddedStore, stored: int) -> None:
    said = Meter("electricity", "home", resolution=timedelta(hours=3))
    embedded.put_meter(said)
    if stored:
        import_table(embedded, said, source(rows("2025-01-01", stored, "h")))

    import_table(embedded, said, source(rows("2025-01-02", 100, "h")))

    assert embedded.meter("electricity", "home").resolution == said.resolution


def test_readings_sent_one_by_one_have_the_meters_step(embedded: EmbeddedStore) -> None:
    embedded.put_meter(Meter("electricity", "home", resolution=QUARTER))
    body = '[{"time": "2025-01-01T00:00:00Z", "value": 4}]'

    import_json(embedded, embedded.meter("electricity", "home"), source(body), unit="kW")

    assert embedded.readings(HOME).tolist() == [1.0]


@pytest.mark.parametrize("ends", [False, True], ids=["starts", "ends"])
def test_quarters_that_come_one_by_one_are_seen_beside_those_before(
    embedded: EmbeddedStore, ends: bool
) -> None:
    import_table(embedded, HOME, source(rows("2025-01-01", 100, "h")))
    times = pd.date_range("2025-02-01", periods=8, freq="15min", tz="UTC")

    for time in times:
        body = f'[{{"time": "{time.isoformat()}", "value": 4}}]'
        meter = embedded.meter("electricity", "home")
        import_json(embedded, meter, source(body), unit="kW", interval_end=ends)

    # Of the very first, and of ends the second, nothing shows that they are quarters.
    assert embedded.readings(HOME)["2025-02-01":].tolist()[-5:] == [1.0] * 5


def test_steps_of_meters() -> None:
    minutes = [1, 4, 5, 7, 15, 60, 1440, 2880]
    possible = [can_be_resolution(timedelta(minutes=step)) for step in minutes]
    assert possible == [False, False, True, False, True, True, True, False]
