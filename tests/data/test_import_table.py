"""Delimited files: what is recognised, what is left out and why, and what reaches the store."""

import gzip
import os
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from config.errors import InvalidReadings, InvalidRequest
from data import Meter, Store
from data.importers import import_table
from data.importers.containers.text import BLOCK_ROWS
from data.importers.importing import read_readings
from data.importers.summary import ImportSummary
from tests.data.samples import read_bytes, read_text, source

HOME = Meter("electricity", "home", timezone="Europe/Rome")
DATASETS = Path(os.environ.get("ENERGY_DATASETS", Path(__file__).parents[3] / "shared/datasets"))


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("timestamp,value", {"time": "timestamp", "value": "value"}),
        ("value,timestamp", {"time": "timestamp", "value": "value"}),
        ("DateTime,Consumption", {"time": "DateTime", "value": "Consumption"}),
        ("Date,Total load (kWh)", {"time": "Date", "value": "Total load (kWh)"}),
        (",kwh", {"time": "", "value": "kwh"}),
        ("ds,y", {"time": "ds", "value": "y"}),
        ("Zähler,Datum,Verbrauch (kWh)", {"time": "Datum", "value": "Verbrauch (kWh)"}),
        ("Fecha,CUPS,Consumo_kWh", {"time": "Fecha", "value": "Consumo_kWh"}),
        ("Horodate,Valeur,Statut", {"time": "Horodate", "value": "Valeur"}),
        (
            "Time,Usage [kWh],Temperature (C)",
            {"time": "Time", "value": "Usage [kWh]", "temperature": "Temperature (C)"},
        ),
        (
            "time,temp,rh,rain,wind,ghi,feels_like,meter 7",
            {
                "time": "time",
                "value": "meter 7",
                "temperature": "temp",
                "humidity": "rh",
                "precipitation": "rain",
                "wind_speed": "wind",
                "solar_radiation": "ghi",
                "apparent_temperature": "feels_like",
            },
        ),
        ("time,note,water_flow", {"time": "time", "value": "water_flow"}),
    ],
)
def test_columns_are_recognised_by_name(heading: str, expected: dict[str, str]) -> None:
    names = heading.split(",")
    row = ["2024-01-01T00:00:00Z" if name == expected["time"] else "1" for name in names]
    _, _, summary = read_text(f"{heading}\n{','.join(row)}\n")
    assert summary.columns == expected


def test_columns_can_be_named() -> None:
    text = "a,b,c\n1,2024-01-01T00:00:00Z,5\n"
    readings, _, _ = read_text(text, time_column="b", value_column="C")
    assert readings.tolist() == [5.0]
    with pytest.raises(InvalidRequest, match="no column 'd'"):
        read_text(text, time_column="d")


@pytest.mark.parametrize(
    ("heading", "error"),
    [
        ("time,pump 1,pump 2", InvalidRequest),
        ("a,b", InvalidReadings),
        ("time,temperature", InvalidReadings),
    ],
    ids=["two-candidates", "no-time", "no-value"],
)
def test_what_cannot_be_recognised_is_asked_for(heading: str, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        read_text(f"{heading}\n" + ",".join("1" for _ in heading.split(",")) + "\n")
    assert "column" in raised.value.hint


def test_a_broken_line_in_the_middle_costs_only_itself() -> None:
    times = pd.date_range("2024-01-01", periods=400, freq="h", tz="UTC")
    hours = [f"{at:%Y-%m-%dT%H:%M:%SZ},{number % 7}" for number, at in enumerate(times)]
    hours[2] = "2024-01-01T02:00:00Z,abc"
    hours[4] = "2024-01-01T04:00:00Z"
    hours[5] = "yesterday,5"
    hours[6] = "2024-01-01T06:00:00Z,"
    hours[7] = "2024-01-01T07:00:00Z,inf"
    hours[8] = '2024-01-01T08:00:00Z,"8'
    hours[9] = ",9"
    readings, _, summary = read_text("\n".join(["time,value", *hours]))
    assert readings.iloc[:5].tolist() == [0, 1, 3, 8, 3]
    assert summary.rows == 400
    assert dict(summary.dropped) == {
        "value_unreadable": 2,
        "time_unreadable": 1,
        "value_missing": 2,
        "time_missing": 1,
    }
    assert "line 4: value 'abc' is not a number" in summary.problems
    assert "line 6: no value" in summary.problems
    assert "line 7: 'yesterday' is not a time" in summary.problems


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("2024-01-01T0{}:00:00Z,x{}", "2 of 6 values of 'value'"),
        ("2024-01-0{}T,{}", "2 of 6 times in 'time'"),
        ("2024-01-01T00:00:00Z,{}{}", "2 of 6 rows have the time of another row"),
    ],
    ids=["values", "times", "duplicates"],
)
def test_a_loss_is_no_footnote(store: Store, rows: str, words: str) -> None:
    good = [f"2024-01-01T0{hour}:00:00Z,{hour % 3}" for hour in range(4)]
    bad = [rows.format(number, number) for number in (5, 6)]
    with pytest.raises(InvalidReadings, match=words) as refused:
        import_table(store, HOME, source("\n".join(["time,value", *good, *bad, good[-1]][:7])))
    assert "Nothing was stored" in refused.value.hint
    assert store.meters() == []


@pytest.mark.parametrize(
    "text",
    [
        "time;value;temp\n2024-01-01T00:00:00Z;1,5;-2,5\n",
        "time\tvalue\ttemp\n2024-01-01T00:00:00Z\t1.5\t-2.5\n",
        '"time","value","temp"\r\n"2024-01-01T00:00:00Z","1.5","-2.5"\r\n',
        "\ufefftime,value,temp\n\n2024-01-01T00:00:00Z,1.5,-2.5\n",
        "time,value,temp,\n2024-01-01T00:00:00Z,1.5,-2.5,\n",
        "time,value,Temperature (°F)\n2024-01-01T00:00:00Z, 1.5,27.5\n",
    ],
    ids=["semicolon-and-comma", "tab", "quoted-crlf", "bom-blank", "trailing", "fahrenheit"],
)
def test_dialects(text: str) -> None:
    readings, weather, summary = read_text(text)
    assert readings.tolist() == [1.5]
    assert weather["temperature"].tolist() == [-2.5]
    assert not summary.refused


def test_gzip_and_paths(tmp_path: Path) -> None:
    path = tmp_path / "meter.csv.gz"
    path.write_bytes(gzip.compress(b"time,value\n2024-01-01T00:00:00Z,1\n"))
    assert read_bytes(path) == [1.0]


def test_utf_16_is_known_by_its_mark() -> None:
    text = "time\tvalue\n2024-01-01T00:00:00Z\t1.5\n".encode("utf-16")
    assert read_bytes(text) == [1.5]


@pytest.mark.parametrize("cut", [5, -9], ids=["in-the-heading", "at-the-end"])
def test_a_gzip_that_ends_early_is_said_so(cut: int) -> None:
    rows = "".join(f"2024-01-01T{hour:02}:00:00Z,{hour}\n" for hour in range(24))
    whole = gzip.compress(f"time,value\n{rows}".encode())
    with pytest.raises(InvalidReadings, match="gzip is damaged"):
        read_bytes(whole[:cut])


def test_a_line_without_an_end_is_not_read_into_memory() -> None:
    bomb = gzip.compress(b"time,value\n" + b"x" * 10_000_000)
    with pytest.raises(InvalidReadings, match="Line 2 is longer"):
        read_bytes(bomb)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"2026-01-01 00:00,1.5,x\n2026-01-01 01:00,2,y\n", "first line has a reading"),
        (b"01.02.2026;3,5;7\n02.02.2026;4;8\n", "first line has a reading"),
        (b"PK\x03\x04" + bytes(range(256)) * 10, "zip"),
    ],
    ids=["no-names", "no-names-german", "workbook"],
)
def test_files_as_people_have_them_are_told_what_to_do(body: bytes, message: str) -> None:
    with pytest.raises(InvalidReadings, match=message):
        read_bytes(body)


def test_two_columns_need_no_names() -> None:
    assert read_bytes(b"01.02.2026;3,5\n02.02.2026;4\n") == [3.5, 4.0]


@pytest.mark.parametrize(
    "text",
    ["", "\n", "time,value\n", "time,value\nx,y\n", "<html>\n<body>\n"],
    ids=["empty", "blank", "heading-only", "nothing-usable", "html"],
)
def test_a_file_without_a_usable_row_writes_nothing(store: Store, text: str) -> None:
    with pytest.raises(InvalidReadings):
        import_table(store, HOME, source(text))
    assert store.meters() == []


def test_an_import_fills_catalogue_readings_and_weather(store: Store) -> None:
    text = "time,value,temperature\n" + "".join(
        f"2024-01-01 {quarter // 4:02}:{quarter % 4 * 15:02},{quarter},{quarter / 10}\n"
        for quarter in range(96)
    )
    told: list[tuple[float, int]] = []
    first = import_table(
        store, HOME, source(text), progress=lambda fraction, rows: told.append((fraction, rows))
    )
    again = import_table(store, HOME, source(text))
    assert (first.accepted, first.replaced, first.weather_rows) == (96, 0, 96)
    assert (again.accepted, again.replaced) == (96, 96)
    assert told[-1] == (1.0, 96)
    assert told == sorted(told)
    assert store.meter("electricity", "home").resolution == timedelta(minutes=15)
    readings = store.readings(HOME)
    assert readings.index[0] == pd.Timestamp("2023-12-31 23:00", tz="UTC")
    assert readings.tolist() == list(range(96))
    span = readings.index[0].to_pydatetime(), readings.index[-1].to_pydatetime()
    assert store.weather(HOME.location, *span)["temperature"].iloc[-1] == 9.4


def test_an_import_keeps_what_the_catalogue_knows(store: Store) -> None:
    known = Meter("electricity", "home", unit="MWh", resolution=timedelta(minutes=30))
    store.put_meter(known)
    import_table(store, HOME, source("time,value\n2024-01-01T00:00:00Z,1\n"))
    assert store.meters() == [known]


def test_long_files_come_in_blocks_with_the_right_lines() -> None:
    rows = [f"{1_700_000_000 + 60 * row},{row % 11}" for row in range(2 * BLOCK_ROWS)]
    rows[-2] = "x,1"
    readings, _, summary = read_text("\n".join(["time,value", *rows]))
    assert len(readings) == 2 * BLOCK_ROWS - 1
    assert summary.problems == [f"line {2 * BLOCK_ROWS}: 'x' is not a time"]


def real_and_synthetic() -> list[object]:
    paths = sorted(DATASETS.glob("*/*.csv"))
    return [pytest.param(path, id=path.stem) for path in paths] + [
        pytest.param(None, id="synthetic")
    ]


@pytest.mark.parametrize("path", real_and_synthetic())
def test_whole_files_are_taken_as_they_are(path: Path | None, tmp_path: Path) -> None:
    if path is None:
        path = tmp_path / "synthetic.csv"
        index = pd.date_range("2023-01-01", periods=9000, freq="15min", tz="UTC")
        pd.DataFrame({"timestamp": index.strftime("%Y-%m-%dT%H:%M:%SZ"), "value": 1.5}).to_csv(
            path, index=False
        )
    summary = ImportSummary()
    [found] = read_readings(path, Meter("electricity", "some"), summary=summary)
    readings = found.series.readings
    lines = path.read_text().splitlines()
    assert summary.rows == len(readings) == len(lines) - 1
    assert not summary.dropped
    assert readings.iloc[-1] == float(lines[-1].split(",")[1])
