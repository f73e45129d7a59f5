"""Long and wide files, JSON, line protocol, units and counters."""

import gzip
import io
import json
from collections.abc import Callable
from datetime import timedelta

import pandas as pd
import pytest

from config.errors import EnergyError, InvalidReadings, InvalidRequest, TooLarge
from data import Meter, Store
from data.embedded import EmbeddedStore
from data.importers import ImportSummary, import_json, import_lines, import_table
from data.units import factor, is_known, is_rate

HOME = Meter("electricity", "home", timezone="Europe/Rome")
WATER = Meter("water", "pump", unit="m3")


def source(text: str | bytes) -> io.BytesIO:
    return io.BytesIO(text if isinstance(text, bytes) else text.encode())


@pytest.fixture
def embedded(tmp_path: object) -> EmbeddedStore:
    return EmbeddedStore(tmp_path / "readings.db")  # type: ignore[operator]


def quarters(values: list[float], name: str = "value") -> str:
    times = pd.date_range("2024-01-01", periods=len(values), freq="15min", tz="UTC")
    rows = [f"{at.isoformat()},{value!r}" for at, value in zip(times, values, strict=True)]
    return "\n".join([f"time,{name}", *rows])


# -- several meters in a file


def test_a_long_file_names_a_meter_in_each_row(store: Store) -> None:
    text = (
        "time,meter,value\n"
        "2024-01-01T00:00:00Z,north 1,1\n"
        "2024-01-01T00:00:00Z,south,10\n"
        "2024-01-01T01:00:00Z,north 1,2\n"
        "2024-01-01T01:00:00Z,,3\n"
        "2024-01-01T01:00:00Z,south,x\n"
        "2024-01-01T02:00:00Z,south,11\n"
    )
    summary = import_table(store, HOME, source(text), meter_column="meter")
    assert [meter.meter_id for meter in store.meters()] == ["north_1", "south"]
    assert store.readings(Meter("electricity", "north_1")).tolist() == [1.0, 2.0]
    assert store.readings(Meter("electricity", "south")).tolist() == [10.0, 11.0]
    assert (summary.rows, summary.accepted, summary.refused) == (6, 4, 2)
    assert summary.problems == ["line 5: no meter", "line 6: south: value 'x' is not a number"]
    assert store.meter("electricity", "south").timezone == "Europe/Rome"


def test_each_meter_of_a_long_file_has_a_clock_of_its_own(embedded: EmbeddedStore) -> None:
    hours = ["01:00", "02:00", "02:00", "03:00"]
    rows = [f"2024-10-27 {hour},{meter},1" for meter in ("a", "b") for hour in hours]
    interleaved = [row for pair in zip(rows[:4], rows[4:], strict=True) for row in pair]
    text = "\n".join(["time,meter,value", *interleaved])
    import_table(embedded, HOME, source(text), meter_column="meter")
    for meter_id in ("a", "b"):
        assert len(embedded.readings(Meter("electricity", meter_id))) == 4


def test_a_wide_file_has_a_meter_in_each_column(store: Store) -> None:
    text = (
        "time,flat 1 [kWh],flat 2 [kWh],temperature\n"
        "2024-01-01 00:00,1,10,5.5\n"
        "2024-01-01 01:00,2,,6.5\n"
    )
    summary = import_table(store, HOME, source(text), wide=True)
    assert [meter.meter_id for meter in store.meters()] == ["flat_1", "flat_2"]
    assert store.readings(Meter("electricity", "flat_2")).tolist() == [10.0]
    assert summary.dropped == {"value_missing": 1}
    assert summary.problems == ["line 3: flat_2: no value"]
    assert summary.accepted == 3


def test_each_column_of_a_wide_file_has_its_unit(embedded: EmbeddedStore) -> None:
    text = "time,a [kWh],b [W],c\n2024-01-01T00:00:00Z,1,1000,1\n2024-01-01T00:30:00Z,2,2000,2\n"
    summary = import_table(embedded, HOME, source(text), wide=True)
    found = [embedded.readings(meter).tolist() for meter in embedded.meters()]
    assert found == [[1.0, 2.0], [0.5, 1.0], [1.0, 2.0]]
    assert summary.conversions == {"electricity/b": "W to kWh: times 0.0005"}


def test_two_columns_of_one_name_are_refused(embedded: EmbeddedStore) -> None:
    with pytest.raises(InvalidRequest, match="rename one"):
        import_table(embedded, HOME, source("time,a b,a_b\n2024-01-01,1,2\n"), wide=True)


# -- JSON


@pytest.mark.parametrize(
    "body",
    [
        [
            {"time": "2024-01-01T00:00:00Z", "value": 1},
            {"time": "2024-01-01T01:00:00Z", "value": 2.5},
        ],
        {"readings": [{"time": 1704067200, "value": 1}, {"time": 1704070800, "value": "2.5"}]},
        {"times": ["2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z"], "values": [1, 2.5]},
        [{"time": "2024-01-01 01:00", "value": 1}, {"time": "2024-01-01 02:00", "value": 2.5}],
    ],
    ids=["list", "readings-epoch", "columns", "naive-in-zone"],
)
def test_json_shapes(store: Store, body: object) -> None:
    text = gzip.compress(json.dumps(body).encode())
    summary = import_json(store, HOME, source(text))
    assert summary.accepted == 2
    found = store.readings(HOME)
    assert found.tolist() == [1.0, 2.5]
    assert found.index[0] == pd.Timestamp("2024-01-01", tz="UTC")


def test_json_rows_are_counted_and_weather_taken(store: Store) -> None:
    body = [
        {"time": "2024-01-01T00:00:00Z", "value": 1, "temperature": 3.5},
        {"time": "2024-01-01T01:00:00Z", "value": None},
        {"time": "2024-01-01T02:00:00Z", "value": True},
        {"value": 4},
        {"time": "2024-01-01T04:00:00Z", "value": 5},
    ]
    summary = import_json(store, HOME, source(json.dumps(body)))
    assert (summary.rows, summary.accepted) == (5, 2)
    assert summary.problems == [
        "row 2: no value",
        "row 3: value 'True' is not a number",
        "row 4: no time",
    ]
    start = store.readings(HOME).index[0].to_pydatetime()
    weather = store.weather(HOME.location, start, start + timedelta(days=1))
    assert weather["temperature"].tolist() == [3.5]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", InvalidRequest),
        ("{", InvalidRequest),
        ("[" * 100_000, InvalidRequest),
        ("7", InvalidRequest),
        ('{"times": [1], "values": []}', InvalidRequest),
        ("[[1, 2]]", InvalidRequest),
        ("[]", InvalidReadings),
        ('[{"time": "2024-01-01T00:00:00Z", "value": NaN}]', InvalidReadings),
    ],
)
def test_json_that_is_not_readings(
    embedded: EmbeddedStore, text: str, error: type[EnergyError]
) -> None:
    with pytest.raises(error):
        import_json(embedded, HOME, source(text))
    assert embedded.meters() == []


def test_json_is_bounded_after_unzipping(
    embedded: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.importers.json_body.LONGEST_JSON", 1000)
    with pytest.raises(TooLarge):
        import_json(embedded, HOME, source(gzip.compress(b"[" + b" " * 2000 + b"]")))


# -- line protocol


def test_line_protocol_as_our_own_store_writes_it(store: Store) -> None:
    text = (
        "# a comment\n"
        "readings,meter_id=home,meter_type=electricity value=1.5 1704067200\n"
        "readings,meter_id=home,meter_type=electricity value=2i 1704070800\n"
        "readings,meter_id=other,meter_type=electricity value=9 1704070800\n"
        "\n"
        "readings,meter_id=home value=3\n"
        'readings,meter_id=home note="a, b=c d" 1704074400\n'
        "what is this\n"
        'home\\ meter temperature=4.5,note="x",value=7 1704078000\n'
    )
    summary = import_lines(store, HOME, source(text), precision="s")
    assert store.readings(HOME).tolist() == [1.5, 2.0, 7.0]
    assert summary.rows == 7
    assert dict(summary.dropped) == {
        "other_meter": 1,
        "time_missing": 1,
        "value_missing": 1,
        "line_unreadable": 1,
    }
    assert summary.problems[0] == "line 4: belongs to the meter other"


@pytest.mark.parametrize(
    ("precision", "stamp"),
    [("ns", 1704067200 * 10**9), ("us", 1704067200 * 10**6), ("ms", 1704067200000), ("h", 473352)],
)
def test_line_protocol_precisions(embedded: EmbeddedStore, precision: str, stamp: int) -> None:
    import_lines(embedded, HOME, source(f"power,site=a kwh=3.5 {stamp}"), precision=precision)
    assert embedded.readings(HOME).index[0] == pd.Timestamp("2024-01-01", tz="UTC")


@pytest.mark.parametrize("text", ["", "m v=1,w=2 1704067200", "m value=1 99999999999999999999"])
def test_line_protocol_without_a_usable_line(embedded: EmbeddedStore, text: str) -> None:
    with pytest.raises(InvalidReadings):
        import_lines(embedded, HOME, source(text), precision="s")
    assert embedded.meters() == []


def test_an_unknown_precision_is_refused(embedded: EmbeddedStore) -> None:
    with pytest.raises(InvalidRequest):
        import_lines(embedded, HOME, source("m value=1 1"), precision="days")


# -- sent again, in any form


@pytest.mark.parametrize(
    "send",
    [
        lambda store: import_table(store, HOME, source(quarters([1.0, 2.0]))),
        lambda store: import_json(
            store,
            HOME,
            source('[{"time": 1704067200, "value": 1}, {"time": 1704068100, "value": 2}]'),
        ),
        lambda store: import_lines(
            store, HOME, source("m value=1 1704067200\nm value=2 1704068100"), precision="s"
        ),
    ],
    ids=["csv", "json", "lines"],
)
def test_sending_again_changes_nothing(
    store: Store, send: Callable[[Store], ImportSummary]
) -> None:
    first = send(store)
    before = store.readings(HOME)
    again = send(store)
    assert (first.accepted, first.replaced) == (2, 0)
    assert (again.accepted, again.replaced) == (2, 2)
    pd.testing.assert_series_equal(store.readings(HOME), before)


# -- units


@pytest.mark.parametrize(
    ("unit", "into", "minutes", "expected"),
    [
        ("kWh", "kWh", None, 1.0),
        ("Wh", "kWh", None, 0.001),
        ("MWH", "kWh", None, 1000.0),
        ("kW", "kWh", 15, 0.25),
        ("MW", "kWh", 30, 500.0),
        ("kWh", "kW", 15, 4.0),
        ("W", "kW", None, 0.001),
        ("L", "m3", None, 0.001),
        ("m³", "L", None, 1000.0),
        ("L/s", "m3", 60, 3.6),
        ("L/s", "m3/h", None, 3.6),
        ("m3/h", "m3", 60, 1.0),
        ("gal", "L", None, 3.785411784),
        ("kWh per hour", "kWh", 60, 1.0),
        ("ft3", "m3", None, 0.028316846592),
    ],
)
def test_units(unit: str, into: str, minutes: int | None, expected: float) -> None:
    step = None if minutes is None else timedelta(minutes=minutes)
    assert factor(unit, into, step=step) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("unit", "into"),
    [
        ("kWh", "m3"),
        ("L/s", "kW"),
        ("kW", "kWh"),
        ("apples", "kWh"),
        ("", "kWh"),
        ("degC", "kWh"),
        ("__import__('os')", "kWh"),
        ("9" * 99, "kWh"),
    ],
)
def test_units_that_do_not_go_together(unit: str, into: str) -> None:
    with pytest.raises(InvalidRequest):
        factor(unit, into)


def test_rates_and_amounts_are_told_apart() -> None:
    assert [is_rate(unit) for unit in ("kW", "L/s", "m3/h", "kWh", "m3", "apples")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
    assert not is_known("total")


def test_the_unit_in_the_heading_is_converted(store: Store) -> None:
    summary = import_table(store, HOME, source(quarters([4.0, 8.0], "Load [kW]")))
    assert store.readings(HOME).tolist() == [1.0, 2.0]
    assert summary.conversions == {"electricity/home": "kW to kWh: times 0.25"}


def test_words_in_brackets_that_are_no_unit_do_not_matter(embedded: EmbeddedStore) -> None:
    summary = import_table(embedded, HOME, source(quarters([4.0], "Load (total)")))
    assert embedded.readings(HOME).tolist() == [4.0]
    assert not summary.conversions


def test_a_unit_that_cannot_be_stops_before_anything_is_written(embedded: EmbeddedStore) -> None:
    with pytest.raises(InvalidRequest):
        import_table(embedded, HOME, source(quarters([1.0, 2.0])), unit="m3")
    assert embedded.meters() == []


# -- counters


def counted(
    store: Store, counts: list[float], **options: object
) -> tuple[list[float], dict[str, int]]:
    summary = import_table(store, WATER, source(quarters(counts)), counter=True, **options)
    return store.readings(WATER).tolist(), dict(summary.dropped)


def test_a_counter_becomes_differences_at_the_start_of_each_interval(store: Store) -> None:
    values, dropped = counted(store, [100.0, 101.5, 101.5, 104.0])
    assert values == [1.5, 0.0, 2.5]
    assert not dropped
    assert store.readings(WATER).index[0] == pd.Timestamp("2024-01-01", tz="UTC")


@pytest.mark.parametrize(
    ("counts", "values", "reason"),
    [
        ([100.0, 101.0, 0.0, 2.0], [1.0, 2.0], "counter_reset"),
        ([99_998.0, 99_999.0, 1.0, 3.0], [1.0, 2.0, 2.0], None),
        ([5000.0, 5001.0, 40.0, 41.0], [1.0, 1.0], "counter_reset"),
        ([94.0, 95.0, 3.0, 4.0], [1.0, 1.0], "counter_reset"),
        ([7.3, 7.3 - 1e-12, 7.4], [0.0, 7.4 - (7.3 - 1e-12)], None),
    ],
    ids=["reset-to-zero", "rollover", "meter-swap-down", "reset-of-a-young-meter", "rounding"],
)
def test_what_a_counter_does_when_it_stops_counting_up(
    embedded: EmbeddedStore, counts: list[float], values: list[float], reason: str | None
) -> None:
    found, dropped = counted(embedded, counts)
    assert found == values
    assert dropped == ({reason: 1} if reason else {})


def test_a_swap_for_a_meter_that_counted_more_is_no_spike(embedded: EmbeddedStore) -> None:
    counts = [float(count) for count in [*range(100), *range(50_000, 50_100)]]
    values, dropped = counted(embedded, counts)
    assert dropped == {"counter_jump": 1}
    assert set(values) == {1.0}


def test_consumption_over_a_gap_is_left_out(embedded: EmbeddedStore) -> None:
    rows = quarters([0.0, 1.0, 2.0, 3.0, 40.0, 41.0]).splitlines()
    text = "\n".join([*rows[:4], *rows[5:]])
    summary = import_table(embedded, WATER, source(text), counter=True)
    assert dict(summary.dropped) == {"counter_gap": 1}
    assert embedded.readings(WATER).tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("order", [1, -1], ids=["forwards", "backwards"])
def test_a_counter_goes_on_from_one_block_to_the_next(
    embedded: EmbeddedStore, order: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.importers.rows.BLOCK_ROWS", 10)
    rows = quarters([float(count) for count in range(35)]).splitlines()
    text = "\n".join([rows[0], *rows[1:][::order]])
    summary = import_table(embedded, WATER, source(text), counter=True)
    assert embedded.readings(WATER).tolist() == [1.0] * 34
    assert not summary.dropped


def test_one_count_is_no_consumption(embedded: EmbeddedStore) -> None:
    with pytest.raises(InvalidReadings):
        counted(embedded, [5.0])
    assert embedded.meters() == []
