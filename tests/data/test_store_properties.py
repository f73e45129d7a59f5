"""What is written is what is read, whatever it is and however often it is sent."""

import io
import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import Meter, Span, Store
from data.embedded import EmbeddedStore
from data.importers import import_table

# The store is emptied for no example: each has a meter of its own.
SHARED_STORE = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

STEPS = [timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 1440)]

# Clock changes of both hemispheres, a leap day, a turn of the year, the epoch itself.
STARTS = [
    datetime(2024, 3, 31, tzinfo=UTC),
    datetime(2024, 10, 26, 22, tzinfo=UTC),
    datetime(2024, 4, 6, 12, tzinfo=UTC),
    datetime(2024, 2, 28, 20, tzinfo=UTC),
    datetime(2019, 12, 31, 20, tzinfo=UTC),
    datetime(1969, 12, 31, 20, tzinfo=UTC),
]

VALUES = st.floats(allow_nan=False, allow_infinity=False, width=64)
PIECES = st.lists(
    st.lists(st.tuples(st.integers(0, 60), VALUES), max_size=30), min_size=1, max_size=4
)


def new_meter() -> Meter:
    return Meter("electricity", f"m_{uuid.uuid4().hex}")


@SHARED_STORE
@given(start=st.sampled_from(STARTS), step=st.sampled_from(STEPS), pieces=PIECES)
def test_a_store_is_a_dictionary_of_times(
    store: Store, start: datetime, step: timedelta, pieces: list[list[tuple[int, float]]]
) -> None:
    meter, model = new_meter(), dict[pd.Timestamp, float]()
    for piece in pieces:
        times = [pd.Timestamp(start + slot * step) for slot, _ in piece]
        values = [value for _, value in piece]
        expected_replaced = len({at for at in times if at in model})
        result = store.write_readings(
            meter, pd.Series(values, index=pd.DatetimeIndex(times, tz="UTC"), dtype="float64")
        )
        assert (result.accepted, result.replaced) == (len(set(times)), expected_replaced)
        model |= dict(zip(times, values, strict=True))
    found = store.readings(meter)
    assert found.index.tolist() == sorted(model)
    # Negative zero is zero to both stores; all else comes back bit for bit.
    assert found.tolist() == [model[at] for at in sorted(model)]
    cut = start + 30 * step
    assert store.readings(meter, start, cut).index.tolist() == [
        at for at in sorted(model) if at < cut
    ]
    assert store.span(meter) == (Span(min(model), max(model)) if model else None)
    assert store.tally(meter).count == len(model)


@SHARED_STORE
@given(
    leads=st.lists(st.integers(0, 200), min_size=1, max_size=8, unique=True),
    asked=st.integers(-1, 201),
)
def test_weather_as_of_is_what_was_available(store: Store, leads: list[int], asked: int) -> None:
    place, valid = uuid.uuid4().hex, datetime(2024, 5, 1, tzinfo=UTC)
    for lead in leads:
        frame = pd.DataFrame({"temperature": [float(lead)]}, index=pd.DatetimeIndex([valid]))
        store.write_weather(
            place, frame, source="run", available_at=valid - timedelta(minutes=10 * lead)
        )
    as_of = valid - timedelta(minutes=10 * asked)
    found = store.weather(place, valid, valid + timedelta(hours=1), as_of)
    assert sorted(found.get("temperature", [])) == sorted(
        float(lead) for lead in leads if lead >= asked
    )


@SHARED_STORE
@given(
    issued=st.lists(st.integers(0, 10**9), min_size=1, max_size=6, unique=True),
    asked=st.integers(0, 10**9),
)
def test_forecasts_as_of_are_the_latest_before(store: Store, issued: list[int], asked: int) -> None:
    meter, target = new_meter(), datetime(2024, 5, 1, tzinfo=UTC)
    store.put_meter(meter)
    began = target - timedelta(days=1)
    for micros in issued:
        points = pd.DataFrame(
            {"p10": [0.0], "p50": [float(micros)], "p90": [2e9]}, index=pd.DatetimeIndex([target])
        )
        store.write_forecast(
            meter,
            points,
            issued_at=began + timedelta(microseconds=micros),
            origin=began,
            model_version="v",
            source="model",
        )
    as_of = began + timedelta(microseconds=asked)
    found = store.forecasts(meter, began, target + timedelta(hours=1), as_of)
    known = [float(micros) for micros in issued if micros <= asked]
    assert found["p50"].tolist() == ([max(known)] if known else [])


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    zone=st.sampled_from(
        [
            "Europe/Rome",
            "America/New_York",
            "Australia/Melbourne",
            "UTC",
            "Asia/Kolkata",
            "Australia/Lord_Howe",
        ]
    ),
    day=st.integers(0, 365),
    step=st.sampled_from([15, 30, 60]),
    backwards=st.booleans(),
    seed=st.integers(0, 999),
)
def test_wall_clock_files_come_back_as_the_instants_they_were(
    tmp_path: object, zone: str, day: int, step: int, backwards: bool, seed: int
) -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=day)
    index = pd.date_range(start, periods=2 * 24 * 60 // step, freq=f"{step}min")
    written = pd.Series(np.random.default_rng(seed).normal(size=len(index)), index=index)
    rows = [
        f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M},{value!r}" for at, value in written.items()
    ]
    text = "\n".join(["time,value", *(rows[::-1] if backwards else rows)])
    store = EmbeddedStore(tmp_path / f"{uuid.uuid4().hex}.db")  # type: ignore[operator]
    meter = Meter("electricity", "local", timezone=zone)
    summary = import_table(store, meter, io.BytesIO(text.encode()))
    assert summary.accepted == len(written)
    found = store.readings(meter)
    assert found.index.tolist() == written.index.tolist()
    assert found.tolist() == written.tolist()
    store.close()
