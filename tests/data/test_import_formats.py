"""Long and wide files, JSON and line protocol."""

import gzip
import json
from collections.abc import Callable
from datetime import timedelta

import pandas as pd
import pytest

from config.errors import AmbiguousFile, EnergyError, InvalidReadings, InvalidRequest, TooLarge
from data import Meter, Store
from data.embedded import EmbeddedStore
from data.importers import import_json, import_lines, import_table
from data.importers.summary import ImportSummary
from tests.data.samples import quarters, source

HOME = Meter("electricity", "home", timezone="Europe/Rome")


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
    assert summary.problems == ["line 5: no meter", "line 6: value 'x' is not a number"]
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


@pytest.mark.parametrize("other", ["Haus/1", "Haus 1 [kWh]", "Haus_1"])
def test_two_names_that_become_one_id_are_refused(embedded: EmbeddedStore, other: str) -> None:
    text = f"time,meter,value\n2024-01-01,Haus 1,5\n2024-01-01,{other},7\n"
    with pytest.raises(InvalidRequest, match="would both be the meter 'Haus_1'"):
        import_table(embedded, HOME, source(text), meter_column="meter")
    assert embedded.meters() == []


TWO = [("2024-01-01T00:00Z", "lp1", 1), ("2024-01-01T00:00Z", "lp2", 2)]
TWO_LINES = "m,name=lp1 value=1 1704067200\nm,name=lp2 value=2 1704067200\n"


@pytest.mark.parametrize(
    ("send", "told_by"),
    [
        pytest.param(
            lambda store: import_table(
                store, HOME, source("time,meter,value\n" + "\n".join(f"{t},{m},{v}" for t, m, v in TWO))
            ),
            "meter",
            id="csv",
        ),
        pytest.param(
            lambda store: import_json(
                store, HOME, source(json.dumps([dict(zip(("time", "device", "value"), row, strict=True)) for row in TWO]))
            ),
            "device",
            id="json",
        ),
        pytest.param(
            lambda store: import_lines(store, HOME, source(TWO_LINES), precision="s"),
            "tags",
            id="lines",
        ),
    ],
)  # fmt: skip
def test_readings_of_several_meters_do_not_become_one(
    embedded: EmbeddedStore, send: Callable[[Store], ImportSummary], told_by: str
) -> None:
    with pytest.raises(InvalidRequest, match=f"apart.*'{told_by}'") as refused:
        send(embedded)
    if isinstance(refused.value, AmbiguousFile):
        assert [choice["count"] for choice in refused.value.detail["choices"]] == [1, 1]
    assert embedded.meters() == []


def test_a_long_file_that_is_sorted_by_meter_is_none_of_one(
    embedded: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.importers.containers.text.BLOCK_ROWS", 60)
    times = pd.date_range("2024-01-01", periods=80, freq="h", tz="UTC")
    rows = [f"{time.isoformat()},{name},{at}" for at, name in enumerate("ab") for time in times]
    with pytest.raises(AmbiguousFile, match=r"2 meters, told apart by 'meter'"):
        import_table(embedded, HOME, source("\n".join(["time,meter,value", *rows])))


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([("a", 1), ("a", 2)], id="nothing tells them apart"),
        pytest.param([("a", 1), ("b", 1)], id="one value"),
    ],
)
def test_a_value_that_is_given_twice_counts_once(
    embedded: EmbeddedStore, rows: list[tuple[str, int]]
) -> None:
    text = "\n".join(["time,note,value", *(f"2024-01-01T00:00Z,{n},{v}" for n, v in rows)])
    assert dict(import_table(embedded, HOME, source(text)).dropped) == {"duplicate": 1}


def test_a_few_values_that_were_corrected_are_no_other_meter(embedded: EmbeddedStore) -> None:
    times = pd.date_range("2024-01-01", periods=48, freq="h", tz="UTC")
    rows = [f"{time.isoformat()},1,{at}" for at, time in enumerate(times)]
    text = "\n".join(["time,version,value", *rows, f"{times[-1].isoformat()},2,99"])
    summary = import_table(embedded, HOME, source(text))
    assert dict(summary.dropped) == {"duplicate": 1}
    assert embedded.readings(HOME).iloc[-1] == 99.0


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
    monkeypatch.setattr("data.importers.containers.json.reading.LONGEST_JSON", 1000)
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
