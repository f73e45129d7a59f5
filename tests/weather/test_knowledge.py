"""What a job may know of the weather, through the store: nothing before its time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from config.errors import NoReadings
from data import Meter, Store
from ml import backtest, train
from ml.forecasting import recalibration
from tests.weather.conftest import Opening
from tests.weather.open_meteo_server import temperature
from weather import Grade
from weather.assemble import for_training
from weather.service import WeatherService
from workers.inputs import LOOK_BACK_WEEKS, Inputs, forecast_inputs, training_inputs

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
METER = Meter(
    "electricity", "house", latitude=45.07, longitude=7.69, resolution=HOUR, timezone="Europe/Rome"
)
LONELY = Meter("electricity", "lonely", resolution=HOUR, timezone="Europe/Rome")
NOW = datetime(2026, 3, 23, 13, 20, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 24, tzinfo=UTC)


def consumption(days: int, end: datetime = NOW) -> pd.Series:
    """Heated below 15 degrees, by the service's own temperature, with some noise."""
    last = pd.Timestamp(end).floor("h")
    index = pd.date_range(last - days * DAY, last, freq="h", inclusive="left", name="time")
    warm = np.array([temperature(45.1, int(at.timestamp()), 0) for at in index])
    noise = np.random.default_rng(3).normal(size=len(index))
    hour = index.hour.to_numpy()
    values = 2 + 0.2 * np.clip(15 - warm, 0, None) + np.sin(hour / 24 * 2 * np.pi) + 0.1 * noise
    return pd.Series(values, index=index, name="value")


def measured(start: datetime, days: int, name: str = "temperature") -> pd.DataFrame:
    index = pd.date_range(start, periods=24 * days, freq="h", name="valid_at")
    values = [temperature(45.1, int(at.timestamp()), 0) for at in index]
    return pd.DataFrame({name: values}, index=index)


def trained_on(store: Store, service: WeatherService | None, meter: Meter = METER) -> Inputs:
    return training_inputs(store, meter, service=service, now=NOW)


def forecast_on(
    store: Store,
    service: WeatherService | None,
    *,
    start: datetime = MIDNIGHT,
    days: int = 3,
    meter: Meter = METER,
    now: datetime = NOW,
) -> Inputs:
    return forecast_inputs(store, meter, start, start + days * DAY, service=service, now=now)


def grades_from(inputs: Inputs, start: datetime = MIDNIGHT) -> set[str]:
    return {str(grade) for grade in inputs.grades[inputs.grades.index >= start]}


def newest(inputs: Inputs) -> pd.DataFrame:
    """The weather of a forecast by valid time, as its origin sees it."""
    assert inputs.weather is not None
    return inputs.weather.groupby(level=0).last()


def spoil(store: Store, chosen: Callable[[pd.DataFrame], np.ndarray], start: datetime) -> int:
    """Add 30 degrees to the stored rows that are chosen; how many there are."""
    spoilt = 0
    for source in store.weather_sources(METER.location):
        rows = store.weather(METER.location, start - 400 * DAY, start + 40 * DAY, sources=(source,))
        rows = rows[chosen(rows)].drop(columns="source") + 30
        store.write_weather(METER.location, rows, source=source)
        spoilt += len(rows)
    return spoilt


def valid(rows: pd.DataFrame) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(rows.index.get_level_values("valid_at"))


def available(rows: pd.DataFrame) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(rows.index.get_level_values("available_at"))


@pytest.fixture
def filled(opening: Opening, store: Store) -> WeatherService:
    """A service whose store has 80 days of readings and their weather."""
    store.put_meter(METER)
    store.write_readings(METER, consumption(80))
    service = opening()
    trained_on(store, service)
    return service


def test_a_training_sees_the_forecast_of_each_lead(filled: WeatherService, store: Store) -> None:
    inputs = trained_on(store, filled)
    frame = inputs.weather
    assert frame is not None
    assert (inputs.grades[inputs.grades.index < "2026-03-23"] == Grade.PREVIOUS_RUN).all()
    at = pd.Timestamp("2026-02-10T09:00", tz="UTC")
    versions = frame.loc[at]["temperature"]
    for lead in range(8):
        known = versions[versions.index <= at - lead * DAY]
        assert known.iloc[-1] == temperature(45.1, int(at.timestamp()), lead)


def test_no_row_of_a_training_is_dated_before_it_was_known(
    filled: WeatherService, store: Store
) -> None:
    """Raising everything that became known after an instant raises nothing known before it."""
    before = trained_on(store, filled).weather
    instant = pd.Timestamp("2026-02-20T12:00", tz="UTC")
    spoilt = spoil(store, lambda rows: np.asarray(available(rows) > instant), NOW)
    after = trained_on(store, filled).weather
    assert before is not None
    assert after is not None
    assert spoilt > 1000
    early = available(before) <= instant
    assert valid(before)[early].max() <= instant + 7 * DAY
    assert early.sum() > 1000
    pd.testing.assert_frame_equal(before[early], after[available(after) <= instant])
    late = valid(before) > instant + 2 * DAY
    assert not before[late & ~early].equals(after[late & ~early])


def test_a_backtest_changes_with_nothing_that_was_not_known(
    filled: WeatherService, store: Store
) -> None:
    """The forecasts of the first origin rest on what was known there, through store and model."""
    inputs = trained_on(store, filled)
    before = backtest(inputs.readings, inputs.weather, meter=METER, test_size=0.2)
    first = pd.Timestamp(before.start)
    spoil(store, lambda rows: np.asarray(available(rows) > first), NOW)
    inputs = trained_on(store, filled)
    after = backtest(inputs.readings, inputs.weather, meter=METER, test_size=0.2)
    length = min(24, len(before.points))
    same = [point["p50"] for point in before.points[:length]]
    assert [point["p50"] for point in after.points[:length]] == same
    assert [p["p50"] for p in after.points[-24:]] != [p["p50"] for p in before.points[-24:]]


def test_a_hindcast_sees_what_was_forecast_then(filled: WeatherService, store: Store) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    before = forecast_on(store, filled, start=start)
    assert grades_from(before, start) == {Grade.PREVIOUS_RUN}
    at = pd.Timestamp("2026-03-02T09:00", tz="UTC")
    assert newest(before).loc[at, "temperature"] == temperature(45.1, int(at.timestamp()), 2)
    spoil(store, lambda rows: np.asarray(available(rows) > start), NOW)
    after = forecast_on(store, filled, start=start)
    targets = newest(before).index >= start
    pd.testing.assert_frame_equal(newest(before)[targets], newest(after)[targets])


def test_a_forecast_is_given_the_newest_forecast(filled: WeatherService, store: Store) -> None:
    inputs = forecast_on(store, filled)
    assert grades_from(inputs) == {Grade.FORECAST}
    hours = pd.date_range(inputs.readings.index[0], MIDNIGHT + 3 * DAY, freq="h", inclusive="left")
    missing = hours.difference(pd.DatetimeIndex(newest(inputs)["temperature"].dropna().index))
    assert missing.empty, "from the first reading to the last target there is no hole"


def test_a_look_back_sees_what_was_forecast_then(filled: WeatherService, store: Store) -> None:
    """What a model would have forecast in the last weeks rests on no weather that came later."""
    inputs = forecast_on(store, filled)
    frame = inputs.weather
    assert frame is not None
    assert LOOK_BACK_WEEKS == recalibration.WEEKS
    for weeks in range(1, LOOK_BACK_WEEKS + 1):
        then = pd.Timestamp(NOW) - weeks * 7 * DAY
        for day in range(1, 7):
            at = (then + day * DAY).floor("h")
            versions = frame.loc[at]["temperature"]
            seen = versions[versions.index <= then].iloc[-1]
            assert seen == temperature(45.1, int(at.timestamp()), day)
            assert versions.iloc[-1] == temperature(45.1, int(at.timestamp()), 0)


def test_late_readings_do_not_hide_the_forecast(filled: WeatherService, store: Store) -> None:
    """The origin is the last reading's end; the weather is known as it is when asked."""
    frame = forecast_on(store, filled).weather
    assert frame is not None
    early = frame[available(frame) <= pd.Timestamp(NOW) - 2 * DAY]
    assert valid(early).max() >= pd.Timestamp(MIDNIGHT + 3 * DAY - HOUR)


def test_beyond_a_week_there_is_the_climatology(filled: WeatherService, store: Store) -> None:
    store.write_weather(METER.location, measured(NOW - 500 * DAY, 420), source="import")
    inputs = forecast_on(store, filled, days=14)
    targets = inputs.grades[inputs.grades.index >= MIDNIGHT]
    assert targets.iloc[0] == Grade.FORECAST
    assert targets.iloc[-1] == Grade.CLIMATOLOGY
    assert len(targets) == 14 * 24
    beyond = targets[targets == Grade.CLIMATOLOGY].index[0]
    assert beyond == pd.Timestamp(NOW + 7 * DAY).ceil("h")


def test_without_a_network_a_year_of_its_own_weather_helps(store: Store) -> None:
    store.put_meter(METER)
    store.write_readings(METER, consumption(40))
    store.write_weather(METER.location, measured(NOW - 400 * DAY, 400), source="import")
    inputs = forecast_on(store, None)
    assert grades_from(inputs) == {Grade.CLIMATOLOGY}
    noon = pd.Timestamp("2026-03-25T12:00", tz="UTC")
    around = [noon + number * DAY for number in range(-15, 16)]
    truth = np.mean([temperature(45.1, int(at.timestamp()), 0) for at in around])
    assert newest(inputs).loc[noon, "temperature"] == pytest.approx(truth, abs=2.0)


def test_without_anything_there_is_no_weather(store: Store, opening: Opening) -> None:
    store.put_meter(LONELY)
    store.write_readings(LONELY, consumption(40))
    for inputs in (
        trained_on(store, opening(), LONELY),
        forecast_on(store, opening(), meter=LONELY),
    ):
        assert inputs.weather is None
        assert inputs.grades.empty


def test_a_few_days_of_weather_make_no_climatology(store: Store) -> None:
    store.put_meter(LONELY)
    store.write_readings(LONELY, consumption(40))
    store.write_weather(LONELY.location, measured(NOW - 5 * DAY, 5), source="import")
    for _ in range(2):
        inputs = forecast_on(store, None, meter=LONELY)
        assert grades_from(inputs) == set()


def test_imported_weather_is_measured_and_said_to_be(any_store: Store) -> None:
    any_store.put_meter(LONELY)
    any_store.write_readings(LONELY, consumption(30))
    frame = measured(NOW - 30 * DAY, 30).set_axis(consumption(30).index)
    any_store.write_weather(LONELY.location, frame, source="import")
    inputs = training_inputs(any_store, LONELY, service=None, now=NOW)
    assert isinstance(inputs.weather, pd.DataFrame)
    assert not isinstance(inputs.weather.index, pd.MultiIndex)
    assert set(inputs.grades) == {Grade.ACTUALS}
    start = NOW.replace(minute=0) - 5 * DAY
    hindcast = forecast_inputs(any_store, LONELY, start, start + DAY, service=None, now=NOW)
    assert grades_from(hindcast, start) == {Grade.ACTUALS}


def test_a_forecast_deep_in_a_gap_has_nothing_to_look_back_on(store: Store) -> None:
    store.put_meter(LONELY)
    for end in (NOW - 300 * DAY, NOW):
        store.write_readings(LONELY, consumption(30, end))
    with pytest.raises(NoReadings, match="no readings in the 120 days before 2026-01-01"):
        forecast_on(store, None, meter=LONELY, start=datetime(2026, 1, 1, tzinfo=UTC))


def test_daily_weather_stands_for_its_day(store: Store) -> None:
    store.put_meter(LONELY)
    store.write_readings(LONELY, consumption(30))
    index = pd.date_range(MIDNIGHT - 40 * DAY, MIDNIGHT + 10 * DAY, freq="D")
    frame = pd.DataFrame({"temperature": 10.0}, index=index)
    store.write_weather(LONELY.location, frame, source="import", available_at=NOW - 50 * DAY)
    assert grades_from(forecast_on(store, None, meter=LONELY)) == {Grade.ACTUALS}


def test_the_climatology_of_a_training_is_older_than_its_month(store: Store) -> None:
    long_ago = measured(datetime(2023, 1, 1, tzinfo=UTC), 700)
    recent = long_ago[long_ago.index >= "2024-06-01"] + 30
    lead = pd.MultiIndex.from_arrays(
        [recent.index, recent.index - DAY], names=["valid_at", "available_at"]
    )
    store.write_weather("here", long_ago, source="historical_forecast")
    store.write_weather("here", recent.set_axis(lead), source="previous_run")
    span = (datetime(2023, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC))
    frame = for_training(store.weather("here", *span)).frame
    assert frame is not None
    at = pd.Timestamp("2024-06-20T12:00", tz="UTC")
    versions = frame.loc[at]["temperature"]
    assert versions.index[0] == at - timedelta(days=31)
    around = [at - (365 + number) * DAY for number in range(-15, 16)]
    year_before = np.mean([temperature(45.1, int(day.timestamp()), 0) for day in around])
    assert versions.iloc[0] == pytest.approx(year_before, abs=2.0)
    first_year = frame.loc[pd.Timestamp("2023-06-20T12:00", tz="UTC")]
    assert len(first_year) == 1, "in the first year there is no year before"


def test_a_model_on_fetched_weather_beats_one_without(filled: WeatherService, store: Store) -> None:
    inputs = trained_on(store, filled)
    meta = train(inputs.readings, inputs.weather, meter=METER).meta
    assert "temperature" in meta["weather_columns"]
    maes = meta["chosen"]["mae_of_choices"]
    assert maes["with_weather"] < maes["without_weather"]
