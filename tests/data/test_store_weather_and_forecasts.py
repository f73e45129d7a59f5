"""What every store promises of weather and forecasts, each test against both kinds."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from config.errors import InvalidRequest
from data import Store
from data.editing.position import put_changed
from data.meters import Meter
from data.store import IssuedForecast
from tests.data.samples import HOME, MARCH, hours, points_of, weather_of, write_issue

# -- weather


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


def test_weather_of_some_sources_alone(store: Store) -> None:
    for source, shift in (("import", 0.0), ("forecast", 5.0), ("archive", 9.0)):
        store.write_weather("here", weather_of(MARCH, 2, shift), source=source)
    store.write_weather("there", weather_of(MARCH, 2, 1.0), source="simulator")
    span = ("here", MARCH, MARCH + timedelta(days=1))
    found = store.weather(*span, sources=("import", "archive"))
    assert found["source"].tolist() == ["archive", "import"] * 2
    assert store.weather(*span, MARCH, sources=("forecast",))["temperature"].tolist() == [5.0]
    assert store.weather(*span, sources=("simulator",)).empty
    assert store.weather(*span, sources=()).empty
    assert store.weather_sources("here") == ["archive", "forecast", "import"]
    assert store.weather_sources("nowhere") == []


def test_old_weather_of_a_source_is_forgotten(store: Store) -> None:
    for place, source in (("here", "forecast"), ("here", "import"), ("there", "forecast")):
        store.write_weather(place, weather_of(MARCH, 4, 1.0), source=source, available_at=MARCH)
    later = MARCH + timedelta(hours=2)
    store.forget_weather("here", source="forecast", before=later)
    store.forget_weather("nowhere", source="forecast", before=later)
    span = (MARCH, MARCH + timedelta(days=1))
    kept = store.weather("here", *span, sources=("forecast",))
    assert kept["temperature"].tolist() == [3.0, 4.0]
    assert len(store.weather("here", *span, sources=("import",))) == 4
    assert len(store.weather("there", *span)) == 4


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


def test_old_forecasts_are_forgotten(store: Store) -> None:
    write_issue(store, HOME, MARCH)
    middle = MARCH + timedelta(days=2, hours=1)

    store.forget_forecasts(HOME, middle)
    left = store.forecasts(HOME, MARCH, MARCH + timedelta(days=9))
    assert left["time"].tolist() == list(hours(middle, 2))
    store.forget_forecasts(HOME, MARCH + timedelta(days=9))
    assert store.forecasts(HOME, MARCH, MARCH + timedelta(days=9)).empty
    store.forget_forecasts(replace(HOME, meter_id="unknown"), MARCH)


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


def test_forecasts_of_many_meters_go_in_one_call(store: Store) -> None:
    meters = [replace(HOME, meter_id=f"m{number}") for number in range(3)]
    for one in meters:
        store.put_meter(one)
    store.write_forecasts(
        [
            IssuedForecast(one, points_of(MARCH, shift=number), MARCH, MARCH, f"v{number}", "model")
            for number, one in enumerate(meters)
        ]
    )
    store.write_forecasts([])
    for number, one in enumerate(meters):
        found = store.forecasts(one, MARCH, MARCH + timedelta(days=1))
        assert found["p50"].tolist() == [number, number + 1.0, number + 2.0]
        assert set(found["model_version"]) == {f"v{number}"}


def test_a_forecast_brings_no_deleted_meter_back(store: Store) -> None:
    gone = replace(HOME, meter_id="gone")
    for one in (HOME, gone):
        store.put_meter(one)
    store.delete_meter(gone)
    store.write_forecasts(
        [IssuedForecast(one, points_of(MARCH), MARCH, MARCH, "v1", "model") for one in (gone, HOME)]
    )
    assert store.meters() == [HOME]
    assert store.forecasts(gone, MARCH, MARCH + timedelta(days=1)).empty
    assert len(store.forecasts(HOME, MARCH, MARCH + timedelta(days=1))) == 3


def test_one_forecast_that_is_no_number_stops_all_of_a_call(store: Store) -> None:
    meters = [replace(HOME, meter_id=f"m{number}") for number in range(2)]
    for one in meters:
        store.put_meter(one)
    sound, broken = points_of(MARCH), points_of(MARCH) * np.nan
    batch = [
        IssuedForecast(one, points, MARCH, MARCH, "v1", "model")
        for one, points in zip(meters, (sound, broken), strict=True)
    ]
    with pytest.raises(InvalidRequest):
        store.write_forecasts(batch)
    assert store.forecasts(meters[0], MARCH, MARCH + timedelta(days=1)).empty


def test_further_levels_are_kept(store: Store) -> None:
    store.put_meter(HOME)
    points = points_of(MARCH).assign(p05=-9.0, p97_5=9.0)
    about = {"issued_at": MARCH, "origin": MARCH, "model_version": "v1", "source": "model"}
    store.write_forecast(HOME, points, **about)
    found = store.forecasts(HOME, MARCH, MARCH + timedelta(days=1))
    assert found["p05"].tolist() == [-9.0] * 3
    assert found["p97_5"].tolist() == [9.0] * 3


@pytest.mark.parametrize("name", ["p97.5", "p100", "lead"])
def test_a_column_that_is_no_quantile_is_refused_and_not_lost(store: Store, name: str) -> None:
    store.put_meter(HOME)
    about = {"issued_at": MARCH, "origin": MARCH, "model_version": "v1", "source": "model"}
    with pytest.raises(InvalidRequest) as refused:
        store.write_forecast(HOME, points_of(MARCH).assign(**{name: 9.0}), **about)
    assert refused.value.detail["columns"] == [name]


def test_no_forecast_is_an_empty_frame_with_columns(store: Store) -> None:
    found = store.forecasts(HOME, MARCH, MARCH + timedelta(days=1))
    assert found.empty
    assert {"time", "issued_at", "lead", "model_version", "p10", "p50", "p90"} <= set(found.columns)


def test_weather_follows_a_meter_to_the_position_it_is_given(store: Store) -> None:
    meter = Meter("electricity", "moved")
    store.put_meter(meter)
    store.write_weather(meter.location, weather_of(MARCH, 2, 1.0), source="import")
    placed = replace(meter, latitude=45.07, longitude=7.69)
    put_changed(store, meter, placed)
    end = MARCH + timedelta(days=1)
    before, after = (store.weather(one.location, MARCH, end) for one in (meter, placed))
    pd.testing.assert_frame_equal(before, after)
    assert len(after) == 2

    put_changed(store, placed, replace(placed, latitude=50.0))
    assert store.weather("50.0,7.7", MARCH, end).empty, "what is known of a place stays there"


def test_ping_takes_some_time(store: Store) -> None:
    assert 0 < store.ping() < 5


def test_weather_that_came_with_a_meters_readings_goes_with_the_meter(store: Store) -> None:
    lonely = Meter("electricity", "lonely")
    store.put_meter(lonely)
    for location in (lonely.location, "45.1,7.7"):
        store.write_weather(location, weather_of(MARCH, 2, 1.0), source="import")
    store.delete_meter(lonely)
    store.put_meter(lonely)
    end = MARCH + timedelta(days=1)
    assert store.weather(lonely.location, MARCH, end).empty
    assert len(store.weather("45.1,7.7", MARCH, end)) == 2
