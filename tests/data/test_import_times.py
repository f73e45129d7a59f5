"""Times as files have them: formats, zones, clock changes."""

from datetime import timedelta

import pandas as pd
import pytest

from config.errors import InvalidReadings, InvalidRequest
from tests.data.samples import read_text


@pytest.mark.parametrize(
    ("first", "second", "options", "expected"),
    [
        ("2024-07-01T00:00:00Z", "2024-07-01T01:00:00Z", {}, "2024-07-01 00:00"),
        ("2024-07-01T02:00:00+02:00", "2024-07-01T03:00:00+02:00", {}, "2024-07-01 00:00"),
        ("2024-07-01 02:00", "2024-07-01 03:00", {"timezone": "Europe/Rome"}, "2024-07-01 00:00"),
        ("2024/07/01 00:00", "2024/07/01 01:00", {}, "2024-07-01 00:00"),
        ("01.07.2024 00:00", "01.07.2024 01:00", {}, "2024-07-01 00:00"),
        ("01/07/2024 00:00", "01/07/2024 01:00", {"day_first": True}, "2024-07-01 00:00"),
        ("07/01/2024 00:00", "07/01/2024 01:00", {"day_first": False}, "2024-07-01 00:00"),
        ("31/07/2024 00:00:00", "31/07/2024 01:00:00", {}, "2024-07-31 00:00"),
        ("7/31/24 12:00 AM", "7/31/24 1:00 AM", {}, "2024-07-31 00:00"),
        ("1719792000", "1719795600", {}, "2024-07-01 00:00"),
        ("1719792000000", "1719795600000", {}, "2024-07-01 00:00"),
        ("1719792000.0", "1719795600.0", {}, "2024-07-01 00:00"),
        ("946684800", "946688400", {}, "2000-01-01 00:00"),
        ("2020000000", "2020003600", {}, "2034-01-04 15:06:40"),
        ("2024070100", "2024070101", {}, "2024-07-01 00:00"),
        ("202407010200", "202407010300", {"timezone": "Europe/Rome"}, "2024-07-01 00:00"),
        ("20240701000000", "20240701010000", {}, "2024-07-01 00:00"),
        ("2024-07-01 00:00:00.000", "2024-07-01 01:00:00.000", {}, "2024-07-01 00:00"),
    ],
)
def test_times_are_understood(
    first: str, second: str, options: dict[str, object], expected: str
) -> None:
    readings, _, summary = read_text(f"time,value\n{first},1\n{second},2\n", **options)
    start = pd.Timestamp(expected, tz="UTC")
    assert list(readings.index) == [start, start + timedelta(hours=1)]
    assert not summary.refused


def test_days_without_signs_are_days() -> None:
    readings, _, _ = read_text("date,value\n20240701,1\n20240702,2\n", timezone="Europe/Rome")
    days = pd.date_range("2024-07-01", periods=2, tz="Europe/Rome")
    assert list(readings.index) == list(days)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("311220232300", id="day first"),
        pytest.param("31122023", id="day first, no clock"),
        pytest.param("17", id="a row number"),
    ],
)
def test_a_number_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidReadings, match="neither a date nor a count") as raised:
        read_text(f"time,value\n{text},1\n{text},2\n")
    assert "as text such as 2024-01-31 13:00" in raised.value.hint


def test_days_of_a_workbook_are_read() -> None:
    readings, _, _ = read_text("time,value\n45292.041667,1\n45292.083333,2\n")
    assert list(readings.index) == list(
        pd.date_range("2024-01-01 01:00", periods=2, freq="h", tz="UTC")
    )


def test_a_clock_that_was_not_set_costs_its_rows_alone() -> None:
    readings, _, summary = read_text("time,value\n17,1\n1719792000,2\n1719795600,3\n")
    assert readings.tolist() == [2.0, 3.0]
    assert summary.problems == ["line 2: '17' is not a time"]


def test_a_day_that_could_be_a_month_is_asked_for() -> None:
    with pytest.raises(InvalidRequest) as raised:
        read_text("time,value\n01/02/2024 00:00,1\n")
    assert raised.value.detail["field"] == "day_first"


def test_clock_changes_in_local_times() -> None:
    spring = [f"2024-03-31 {hour:02}:00,1" for hour in range(5)]
    autumn = [f"2024-10-27 {hour:02}:00,2" for hour in (0, 1, 2, 2, 3)]
    readings, _, summary = read_text(
        "\n".join(["time,value", *spring, *autumn]), timezone="Europe/Rome"
    )
    assert dict(summary.dropped) == {"time_nonexistent": 1}
    assert summary.problems == [
        "line 4: '2024-03-31 02:00' does not exist: clocks were set forward"
    ]
    assert summary.ambiguous == 2
    hours = readings["2024-10-26":].index
    assert list(hours) == list(pd.date_range("2024-10-26 22:00", periods=5, freq="h", tz="UTC"))


def test_clock_change_in_a_file_that_runs_backwards() -> None:
    rows = [f"2024-10-27 {hour:02}:00,{value}" for hour, value in ((3, 4), (2, 3), (2, 2), (1, 1))]
    readings, _, _ = read_text("\n".join(["time,value", *rows]), timezone="Europe/Rome")
    assert readings.sort_index().tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        pytest.param(["01:00", "02:00"], ["23:00", "00:00"], id="ends in it"),
        pytest.param(["02:00", "03:00"], ["01:00", "02:00"], id="begins in it"),
        pytest.param(["02:30", "02:45", "03:00"], ["01:30", "01:45", "02:00"], id="by quarters"),
        pytest.param(["03:00", "02:00"], ["02:00", "01:00"], id="backwards, ends in it"),
        pytest.param(["02:00", "01:00"], ["00:00", "23:00"], id="backwards, begins in it"),
        pytest.param(["02:00", "02:00", "03:00"], ["00:00", "01:00", "02:00"], id="all of it"),
        pytest.param(["02:00"], ["00:00"], id="nothing to tell by"),
        pytest.param(["02:00", "05:00"], ["00:00", "04:00"], id="coarse"),
    ],
)
def test_files_that_are_cut_within_the_repeated_hour(clock: list[str], expected: list[str]) -> None:
    rows = [f"2024-10-27 {time},{value}" for value, time in enumerate(clock)]
    readings, _, _ = read_text("\n".join(["time,value", *rows]), timezone="Europe/Rome")
    found = {value: f"{at:%H:%M}" for at, value in readings.items()}
    assert [found[value] for value in range(len(clock))] == expected


def test_a_time_without_an_offset_in_a_file_with_offsets_is_not_guessed() -> None:
    text = "time,value\n2024-01-01T00:00:00Z,1\n2024-01-01T01:00:00,2\n"
    readings, _, summary = read_text(text)
    assert readings.tolist() == [1.0]
    assert summary.problems == ["line 3: '2024-01-01T01:00:00' is not a time"]


def test_an_offset_in_a_file_of_local_times_counts() -> None:
    rows = [
        "2024-07-01 00:00,1",
        "2024-07-01 01:00,2",
        "2024-07-01T02:00:00Z,3",
        "2024-07-01T03:00:00-01:00,4",
    ]
    readings, _, _ = read_text("\n".join(["time,value", *rows]), timezone="Europe/Rome")
    expected = ["2024-06-30 22:00", "2024-06-30 23:00", "2024-07-01 02:00", "2024-07-01 04:00"]
    assert [str(at)[:16] for at in readings.index] == expected


def test_a_date_alone_is_no_offset() -> None:
    rows = ["2024-07-01T00:00:00Z,1", "2024-07-02,2", "2024-07-03T00:00:00Z,3"]
    readings, _, summary = read_text("\n".join(["time,value", *rows]))
    assert readings.tolist() == [1.0, 3.0]
    assert summary.problems == ["line 3: '2024-07-02' is not a time"]


def test_the_first_row_may_be_the_broken_one() -> None:
    rows = ["total of 2024,9", "31/07/2024 00:00,1", "31/07/2024 01:00,2"]
    readings, _, summary = read_text("\n".join(["time,value", *rows]))
    assert readings.tolist() == [1.0, 2.0]
    assert summary.problems == ["line 2: 'total of 2024' is not a time"]
