"""What every store promises. Each test runs against the embedded one and a real InfluxDB."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from config.errors import InvalidReadings, InvalidRequest, UnknownMeter
from data import Meter, Store

HOME = Meter(
    "electricity",
    "home_1",
    timezone="Europe/Rome",
    country="IT",
    latitude=45.07,
    longitude=7.69,
    resolution=timedelta(hours=1),
    name='Casa "Rossa", 1° piano',
)
TOWN = Meter("water", "dma.e:1", unit="m3")
MARCH = datetime(2024, 3, 30, tzinfo=UTC)


def hours(start: datetime, count: int, step: str = "h") -> pd.DatetimeIndex:
    return pd.date_range(start, periods=count, freq=step, name="time")


def series(start: datetime = MARCH, count: int = 48, step: str = "h") -> pd.Series:
    values = np.sqrt(np.arange(count, dtype="float64")) / 3
    return pd.Series(values, index=hours(start, count, step), name="value")


def same(found: pd.Series, wanted: pd.Series) -> None:
    pd.testing.assert_series_equal(found, wanted, check_freq=False)


# -- catalogue


def test_a_meter_comes_back_as_it_was_put(store: Store) -> None:
    store.put_meter(HOME)
    assert store.meter("electricity", "home_1") == HOME


def test_a_name_may_hold_any_sign(store: Store) -> None:
    strange = Meter("water", "x", unit="m3", name='a"b\\c\nd,e=f \\" 水 \\')
    store.put_meter(strange)
    assert store.meters() == [strange]


def test_putting_again_replaces(store: Store) -> None:
    store.put_meter(HOME)
    renamed = Meter("electricity", "home_1", unit="MWh")
    store.put_meter(renamed)
    assert store.meters() == [renamed]


def test_meters_are_listed_by_type_and_id(store: Store) -> None:
    second = Meter("electricity", "a")
    for meter in (TOWN, HOME, second):
        store.put_meter(meter)
    assert store.meters() == [second, HOME, TOWN]
    assert store.meters("water") == [TOWN]
    assert store.meters("gas") == []


def test_an_unknown_meter_is_an_error(store: Store) -> None:
    with pytest.raises(UnknownMeter):
        store.meter("electricity", "nobody")
    with pytest.raises(UnknownMeter):
        store.delete_meter(HOME)


def test_deleting_takes_readings_and_forecasts_but_no_other_meter(store: Store) -> None:
    for meter in (HOME, TOWN):
        store.write_readings(meter, series())
        write_issue(store, meter, MARCH)
    store.delete_meter(HOME)
    assert store.meters() == [TOWN]
    assert store.span(HOME) is None
    assert store.forecasts(HOME, MARCH, MARCH + timedelta(days=9)).empty
    assert len(store.readings(TOWN)) == 48
    assert len(store.forecasts(TOWN, MARCH, MARCH + timedelta(days=9))) == 3


def test_a_meter_that_was_deleted_can_come_back_empty(store: Store) -> None:
    store.write_readings(HOME, series())
    store.delete_meter(HOME)
    store.put_meter(HOME)
    assert store.meters() == [HOME]
    assert store.readings(HOME).empty


# -- readings


@pytest.mark.parametrize("step", ["5min", "15min", "30min", "h", "D"])
def test_readings_come_back_to_the_last_bit(store: Store, step: str) -> None:
    written = series(step=step)
    store.write_readings(HOME, written)
    same(store.readings(HOME), written)


@pytest.mark.parametrize(
    ("start", "end", "kept"),
    [
        pytest.param(None, None, slice(0, 48), id="all"),
        pytest.param(10, None, slice(10, 48), id="from-included"),
        pytest.param(None, 10, slice(0, 10), id="end-exclusive"),
        pytest.param(3, 4, slice(3, 4), id="one"),
        pytest.param(4, 4, slice(0, 0), id="nothing"),
        pytest.param(-99, 99, slice(0, 48), id="wider"),
        pytest.param(60, None, slice(0, 0), id="after-the-last"),
    ],
)
def test_a_range_is_start_included_end_excluded(
    store: Store, start: int | None, end: int | None, kept: slice
) -> None:
    written = series()
    store.write_readings(HOME, written)
    bounds = [None if at is None else MARCH + timedelta(hours=at) for at in (start, end)]
    same(store.readings(HOME, *bounds), written.iloc[kept])


def test_writing_twice_changes_nothing_and_says_replaced(store: Store) -> None:
    first = store.write_readings(HOME, series())
    again = store.write_readings(HOME, series())
    assert (first.accepted, first.replaced) == (48, 0)
    assert (again.accepted, again.replaced) == (48, 48)
    same(store.readings(HOME), series())


def test_a_later_value_replaces_an_earlier_one(store: Store) -> None:
    store.write_readings(HOME, series())
    late = pd.Series([99.5, 1.5], index=hours(MARCH + timedelta(hours=47), 2))
    result = store.write_readings(HOME, late)
    assert (result.accepted, result.replaced) == (2, 1)
    assert store.readings(HOME).iloc[-2:].tolist() == [99.5, 1.5]
    assert store.span(HOME).count == 49


def test_many_meters_are_written_at_once(store: Store) -> None:
    store.write_readings(HOME, series())
    later = series(MARCH + timedelta(hours=40))
    results = store.write_many([(HOME, later), (TOWN, series()), (HOME, series(count=1))])
    assert [(one.accepted, one.replaced) for one in results] == [(48, 8), (48, 0), (1, 1)]
    assert store.span(HOME).count == 88
    same(store.readings(TOWN), series())
    assert store.meters() == [HOME, TOWN]
    assert store.write_many([]) == []


def test_one_bad_series_stops_all(store: Store) -> None:
    with pytest.raises(InvalidReadings):
        store.write_many([(HOME, series()), (TOWN, series() * np.nan)])
    assert store.meters() == []


def test_disorder_and_duplicates_are_put_right(store: Store) -> None:
    written = series()
    shuffled = pd.concat([written.sample(frac=1, random_state=3) + 1, written.iloc[::-1]])
    assert store.write_readings(HOME, shuffled).accepted == 48
    same(store.readings(HOME), written)


@pytest.mark.parametrize("day", ["2024-03-31", "2024-10-27"], ids=["spring", "autumn"])
def test_clock_changes_neither_lose_nor_double_an_hour(store: Store, day: str) -> None:
    local = pd.date_range(f"{day} 00:00", f"{day} 23:00", freq="h", tz="Europe/Rome")
    written = pd.Series(np.arange(len(local), dtype="float64"), index=local)
    store.write_readings(HOME, written)
    found = store.readings(HOME)
    assert str(found.index.tz) == "UTC"
    assert found.tolist() == written.tolist()
    assert (found.index == local).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_is_refused_whole(store: Store, bad: float) -> None:
    with pytest.raises(InvalidReadings) as error:
        store.write_readings(HOME, pd.Series([1.0, bad], index=hours(MARCH, 2)))
    assert error.value.detail["count"] == 1
    assert store.meters() == []


def test_naive_times_are_refused(store: Store) -> None:
    naive = series().tz_localize(None)
    with pytest.raises(InvalidReadings):
        store.write_readings(HOME, naive)


def test_extreme_values_survive(store: Store) -> None:
    values = [0.0, -0.1, 1e-300, 1.7976931348623157e308, 5e-324, 0.1 + 0.2, -4382.8]
    written = pd.Series(values, index=hours(MARCH, len(values)), name="value")
    store.write_readings(HOME, written)
    assert store.readings(HOME).tolist() == values


def test_an_empty_write_stores_nothing(store: Store) -> None:
    result = store.write_readings(HOME, series().iloc[:0])
    assert (result.accepted, result.replaced) == (0, 0)
    assert store.readings(HOME).empty
    assert store.readings(HOME).index.tz is not None


def test_span_tells_first_last_and_count(store: Store) -> None:
    assert store.span(HOME) is None
    store.write_readings(HOME, series().drop(series().index[5:9]))
    span = store.span(HOME)
    assert (span.first, span.last, span.count) == (MARCH, MARCH + timedelta(hours=47), 44)


def test_ids_with_every_allowed_sign_stay_apart(store: Store) -> None:
    ids = ["a.b", "a:b", "a-b", "a_b", "A.b"]
    for number, meter_id in enumerate(ids):
        one = pd.Series([float(number)], index=hours(MARCH, 1))
        store.write_readings(Meter("water", meter_id), one)
    found = [store.readings(Meter("water", meter_id)).tolist() for meter_id in ids]
    assert found == [[0.0], [1.0], [2.0], [3.0], [4.0]]


# -- weather


def weather_of(start: datetime, count: int, temperature: float) -> pd.DataFrame:
    return pd.DataFrame(
        {"temperature": temperature + np.arange(count), "humidity": [60.0] * count},
        index=hours(start, count),
    )


def test_measured_weather_is_available_when_it_is_valid(store: Store) -> None:
    store.write_weather(HOME.location, weather_of(MARCH, 3, 10.0), source="import")
    found = store.weather(HOME.location, MARCH, MARCH + timedelta(days=1))
    assert found.index.names == ["valid_at", "available_at"]
    valid, known = (found.index.get_level_values(level) for level in (0, 1))
    assert (valid == known).all()
    assert found["temperature"].tolist() == [10.0, 11.0, 12.0]
    assert set(found["source"]) == {"import"}
    as_of = MARCH + timedelta(hours=1)
    assert len(store.weather(HOME.location, MARCH, MARCH + timedelta(days=1), as_of)) == 2


def test_weather_forecasts_are_kept_by_when_they_were_known(store: Store) -> None:
    early, late = MARCH - timedelta(days=1), MARCH - timedelta(hours=6, microseconds=-250)
    for known, temperature in ((early, 5.0), (late, 7.0)):
        frame = weather_of(MARCH, 2, temperature)
        store.write_weather(HOME.location, frame, source="open-meteo", available_at=known)
    span = (HOME.location, MARCH, MARCH + timedelta(days=1))
    everything = store.weather(*span)
    assert everything["temperature"].tolist() == [5.0, 7.0, 6.0, 8.0]
    assert everything.index.get_level_values(1).max() == pd.Timestamp(late)
    assert store.weather(*span, late - timedelta(microseconds=1))["temperature"].tolist() == [5, 6]
    assert len(store.weather(*span, late)) == 4


def test_weather_rows_may_each_have_a_time_of_availability(store: Store) -> None:
    frame = weather_of(MARCH, 3, 1.0)
    valid = frame.index
    frame.index = pd.MultiIndex.from_arrays([valid, valid - pd.Timedelta(days=1)])
    store.write_weather("45.07,7.69", frame, source="previous_run")
    found = store.weather("45.07,7.69", MARCH, MARCH + timedelta(days=1))
    assert (found.index.get_level_values(1) == valid - pd.Timedelta(days=1)).all()


def test_weather_gaps_stay_gaps_and_do_not_erase(store: Store) -> None:
    frame = weather_of(MARCH, 3, 1.0)
    frame.loc[frame.index[1], "humidity"] = np.nan
    frame.loc[frame.index[2]] = np.nan
    store.write_weather("here", frame, source="import")
    more = pd.DataFrame({"precipitation": [0.4]}, index=hours(MARCH, 1))
    store.write_weather("here", more, source="import")
    found = store.weather("here", MARCH, MARCH + timedelta(days=1))
    assert list(found.columns) == ["humidity", "precipitation", "temperature", "source"]
    assert len(found) == 2
    assert found["humidity"].isna().tolist() == [False, True]
    assert found["precipitation"].iloc[0] == 0.4
    assert found["temperature"].tolist() == [1.0, 2.0]


def test_no_weather_is_an_empty_frame(store: Store) -> None:
    found = store.weather("nowhere", MARCH, MARCH + timedelta(days=1))
    assert found.empty
    assert found.index.names == ["valid_at", "available_at"]
    assert "source" in found.columns


@pytest.mark.parametrize("name", ["source", "time", 'te"mp', "", "Temperature"])
def test_a_weather_column_has_a_plain_name(store: Store, name: str) -> None:
    frame = pd.DataFrame({name: [1.0]}, index=hours(MARCH, 1))
    with pytest.raises(InvalidRequest):
        store.write_weather("here", frame, source="import")


@pytest.mark.parametrize("label", ["", "a\\", "a\nb", "x" * 201])
def test_a_place_has_a_name_that_both_stores_can_keep(store: Store, label: str) -> None:
    with pytest.raises(InvalidRequest):
        store.write_weather(label, weather_of(MARCH, 1, 1.0), source="import")
    with pytest.raises(InvalidRequest):
        store.write_weather("here", weather_of(MARCH, 1, 1.0), source=label)


# -- forecasts


def points_of(start: datetime, count: int = 3, shift: float = 0.0) -> pd.DataFrame:
    middle = np.arange(count) + shift
    return pd.DataFrame(
        {"p10": middle - 1.5, "p50": middle, "p90": middle + 1.5}, index=hours(start, count)
    )


def write_issue(store: Store, meter: Meter, issued: datetime, shift: float = 0.0) -> None:
    store.write_forecast(
        meter,
        points_of(MARCH + timedelta(days=2), shift=shift),
        issued_at=issued,
        origin=MARCH,
        model_version="v1",
        source="model",
    )


def test_a_forecast_comes_back_as_issued(store: Store) -> None:
    issued = MARCH + timedelta(minutes=5, microseconds=123456)
    write_issue(store, HOME, issued)
    found = store.forecasts(HOME, MARCH, MARCH + timedelta(days=9))
    assert found["time"].tolist() == list(hours(MARCH + timedelta(days=2), 3))
    assert set(found["issued_at"]) == {pd.Timestamp(issued)}
    assert found["lead"].tolist() == [pd.Timedelta(hours=hour) for hour in (48, 49, 50)]
    assert set(found["model_version"]) == {"v1"}
    assert set(found["source"]) == {"model"}
    assert set(found["origin"]) == {pd.Timestamp(MARCH)}
    assert found[["p10", "p50", "p90"]].to_numpy().tolist() == [
        [-1.5, 0.0, 1.5],
        [-0.5, 1.0, 2.5],
        [0.5, 2.0, 3.5],
    ]


def test_as_of_gives_the_latest_known_then(store: Store) -> None:
    first, second = MARCH, MARCH + timedelta(hours=6)
    write_issue(store, HOME, first, shift=0.0)
    write_issue(store, HOME, second, shift=10.0)
    span = (HOME, MARCH, MARCH + timedelta(days=9))
    assert len(store.forecasts(*span)) == 6
    assert store.forecasts(*span, first - timedelta(seconds=1)).empty
    assert store.forecasts(*span, first)["p50"].tolist() == [0.0, 1.0, 2.0]
    assert store.forecasts(*span, second)["p50"].tolist() == [10.0, 11.0, 12.0]


def test_the_same_issue_again_replaces(store: Store) -> None:
    write_issue(store, HOME, MARCH, shift=1.0)
    write_issue(store, HOME, MARCH, shift=5.0)
    found = store.forecasts(HOME, MARCH, MARCH + timedelta(days=9))
    assert found["p50"].tolist() == [5.0, 6.0, 7.0]


def test_further_levels_are_kept(store: Store) -> None:
    points = points_of(MARCH).assign(p05=-9.0, p97_5=9.0)
    about = {"issued_at": MARCH, "origin": MARCH, "model_version": "v1", "source": "model"}
    store.write_forecast(HOME, points, **about)
    found = store.forecasts(HOME, MARCH, MARCH + timedelta(days=1))
    assert found["p05"].tolist() == [-9.0] * 3
    assert found["p97_5"].tolist() == [9.0] * 3


def test_no_forecast_is_an_empty_frame_with_columns(store: Store) -> None:
    found = store.forecasts(HOME, MARCH, MARCH + timedelta(days=1))
    assert found.empty
    assert {"time", "issued_at", "lead", "model_version", "p10", "p50", "p90"} <= set(found.columns)


def test_ping_takes_some_time(store: Store) -> None:
    assert 0 < store.ping() < 5
