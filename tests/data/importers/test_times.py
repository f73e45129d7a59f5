"""Times as files have them: the clock they show, or the instant they say."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import InvalidReadings, InvalidRequest
from data.importers.moments import (
    Stamps,
    find_format,
    find_parts,
    find_positions,
    read_fields,
)
from data.importers.moments.clocks import WallClock

NOON = "2024-03-05 13:30"


def cells(*texts: str) -> np.ndarray[Any, Any]:
    return np.array(texts, dtype=object)


def shown(stamps: Stamps) -> list[str | None]:
    """To the minute, with a Z for instants."""
    return [
        None if np.isnat(wall) else str(pd.Timestamp(wall))[:16] + ("Z" if absolute else "")
        for wall, absolute in zip(stamps.wall, stamps.absolute, strict=True)
    ]


def read(*texts: str, **options: Any) -> list[str | None]:
    return shown(find_format(cells(*texts), **options).read(cells(*texts)))


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05 13:30",
        "2024-03-05T13:30:00",
        "2024-03-05 13:30:00.000",
        "2024-03-05 13:30:00,000",
        "2024/03/05 13:30",
        "2024.03.05 13:30",
        "2024-3-5 13:30",
        "2024-03-05 13.30",
        "2024-03-05, 13:30",
        "2024. 03. 05. 13:30",
        "05.03.2024 13:30",
        "5.3.2024 13:30",
        "5. 3. 2024 13:30",
        "05.03.24 13:30",
        "05.03.2024 13.30",
        "05.03.2024 13:30 Uhr",
        "05.03.2024 13h30",
        "05.03.2024 - 13:30",
        "05.03.2024 1:30 PM",
        "05.03.2024 1:30PM",
        "05.03.2024 1:30 p.m.",
        "05.03.2024 1:30 p. m.",
        "05.03.2024 01:30:00 pm",
        "13:30 05.03.2024",
        "20240305 1330",
        "20240305T1330",
        "20240305 133000",
        "202403051330",
        "20240305133000",
        "5-Mar-2024 13:30",
        "05-MAR-24 13:30",
        "05/Mar/2024 13:30",
        "March 5, 2024 1:30 PM",
        "Mar 5 2024 13:30",
        "Mar 5, 2024, 1:30:00 PM",
        "5th March 2024 at 13:30",
        "2024-Mar-05 13:30",
        "Tuesday, March 5, 2024 13:30",
        "Tue 05 Mar 2024 13:30",
        "Tue 2024-03-05 13:30",
        "5. März 2024 13:30",
        "5. März 2024 um 13:30 Uhr",
        "Dienstag, 5. Mär. 2024 13:30",
        "Di, 05.03.2024 13:30",
        "Di. 05.03.2024 13:30",
        "5 mars 2024 13:30",
        "5 mars 2024 à 13h30",
        "mar. 5 mars 2024 13:30",
        "mardi 5 mars 2024 13:30",
        "5 marzo 2024 13:30",
        "martedì 5 marzo 2024 ore 13:30",
        "5 de marzo de 2024 13:30",
        "martes 5 mar. 2024 13:30",
        "5 mrt. 2024 13:30",
        "5 maart 2024 13:30",
        "5 de março de 2024 13:30",
        "5 mars 2024 kl. 13:30",
        "5. marts 2024 13:30",
        "5. maaliskuuta 2024 klo 13.30",
        "5 marca 2024 13:30",
        "5. března 2024 13:30",
        "2024. március 5. 13:30",
        "2024. márc. 5. 13:30",
        " 2024-03-05  13:30 ",
        "\u00a005.03.2024\u00a013:30",
        "05.03.2024\u202f13:30",
        '"2024-03-05 13:30"',
        "45356.5625",
        "45356,5625",
    ],
)
def test_one_time_in_many_forms(text: str) -> None:
    assert read(text) == [NOON]


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05T13:30:00Z",
        "2024-03-05 13:30Z",
        "2024-03-05T14:30:00+01:00",
        "2024-03-05T14:30:00.000+0100",
        "2024-03-05 14:30:00 +0100",
        "2024-03-05 14:30+01",
        "2024-03-05T08:30:00-05:00",
        "05.03.2024 14:30 +01:00",
        "05.03.2024 14:30 UTC+1",
        "2024-03-05 13:30 UTC",
        "2024-03-05 13:30 (UTC)",
        "2024-03-05 14:30 CET",
        "2024-03-05 14:30 MEZ",
        "2024-03-05 8:30 AM EST",
        "Tue Mar 05 2024 14:30:00 GMT+0100 (Central European Standard Time)",
        "Tue, 05 Mar 2024 13:30:00 GMT",
        "Mar 5 14:30:00 CET 2024",
        "20240305T133000Z",
        "1709645400",
        "1709645400.0",
        "1709645400000",
        "1709645400000000",
        "1709645400000000000",
    ],
)
def test_one_instant_in_many_forms(text: str) -> None:
    assert read(text, zone="Europe/Rome") == [NOON + "Z"]


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("05.03.2024 13:30 - 05.03.2024 14:30", "2024-03-05 14:30"),
        ("05.03.2024 13:30-05.03.2024 14:30", "2024-03-05 14:30"),
        ("05.03.2024 13:30 – 14:30", "2024-03-05 14:30"),
        ("05.03.2024 13:30-13:45", "2024-03-05 13:45"),
        ("05.03.2024 13:30 bis 13:45", "2024-03-05 13:45"),
        ("von 05.03.2024 13:30 bis 05.03.2024 13:45", "2024-03-05 13:45"),
        ("2024-03-05 13:30 to 2024-03-05 14:00", "2024-03-05 14:00"),
        ("2024-03-05 1:30 PM - 2:30 PM", "2024-03-05 14:30"),
        ("2024-03-05T13:30/2024-03-05T14:30", "2024-03-05 14:30"),
        ("5 mars 2024 13:30 à 14:30", "2024-03-05 14:30"),
        ("5 marzo 2024 13:30 → 14:30", "2024-03-05 14:30"),
        ("05.03.2024 13:30 - 24:00", "2024-03-06 00:00"),
        ("05.03.2024 13:30 - 00:00", "2024-03-06 00:00"),
    ],
)
def test_from_and_to_in_one_cell(text: str, until: str) -> None:
    stamps = find_format(cells(text)).read(cells(text))
    assert shown(stamps) == [NOON]
    assert stamps.until is not None
    assert str(pd.Timestamp(stamps.until[0]))[:16] == until


def test_ends_with_an_offset_are_instants() -> None:
    text = "2024-03-05T14:30:00+01:00/2024-03-05T15:30:00+01:00"
    stamps = find_format(cells(text)).read(cells(text))
    assert shown(stamps) == [NOON + "Z"]
    assert stamps.until is not None
    assert str(stamps.until[0])[:16] == "2024-03-05T14:30"


def test_a_clock_behind_a_minus_or_an_offset() -> None:
    hours = [f"2024-03-05 {hour:02}:00-{hour + 1:02}:00" for hour in range(6)]
    assert read(*hours) == [f"2024-03-05 {hour:02}:00" for hour in range(6)]
    west = [f"2024-03-05 {hour:02}:00-05:00" for hour in range(6)]
    assert read(*west) == [f"2024-03-05 {hour + 5:02}:00Z" for hour in range(6)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-05 24:00", "2024-03-06 00:00"),
        ("2024-03-05 24:00:00", "2024-03-06 00:00"),
        ("05.03.2024 24:00", "2024-03-06 00:00"),
        ("31.12.2024 24:00", "2025-01-01 00:00"),
        ("05.03.2024 12:00 AM", "2024-03-05 00:00"),
        ("05.03.2024 12:15 PM", "2024-03-05 12:15"),
        ("2024-03-05", "2024-03-05 00:00"),
        ("20240305", "2024-03-05 00:00"),
        ("2024030513", "2024-03-05 13:00"),
        ("2024-03-05 13", "2024-03-05 13:00"),
        ("05.03.2024 1h", "2024-03-05 01:00"),
        ("05.03.2024 1 PM", "2024-03-05 13:00"),
        ("March 2024", "2024-03-01 00:00"),
        ("2024-03", "2024-03-01 00:00"),
        ("45356", "2024-03-05 00:00"),
        ("45356.010416667", "2024-03-05 00:15"),
        ("05.03.1999 00:00", "1999-03-05 00:00"),
        ("05.03.99 00:00", "1999-03-05 00:00"),
    ],
)
def test_the_ends_of_days_and_days_alone(text: str, expected: str) -> None:
    assert read(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05 25:00",
        "2024-03-05 24:15",
        "2024-03-05 13:60",
        "2024-02-30 00:00",
        "2024-13-01 00:00",
        "00.01.2024 00:00",
        "05.03.2024 13:00 AM",
        "05.03.2024 0:30 PM",
        "2024-03-05T00:00:00+24:00",
        "2024-03-05T00:00:00+05:75",
        "2024-03-05 00:00 XYZ",
        "2024-03-05 total",
        "total of 2024",
        "1,5 kWh",
        "5. Foo 2024",
        "-" * 60,
        "9" * 300 + ":",
        "\u0662\u0660\u0662\u0664-01-01",
    ],
)
def test_what_is_no_time_is_unreadable(text: str) -> None:
    assert read(NOON, NOON, text) == [NOON, NOON, None]
    assert read(text) == [None]


@pytest.mark.parametrize("text", ["311220232300", "31122023", "17", "99999.5", "1.7E9"])
def test_a_number_that_is_no_time_is_refused(text: str) -> None:
    if "E" in text:
        assert read(text) == [None]
        return
    with pytest.raises(InvalidReadings, match="neither a date nor a count"):
        find_format(cells(text))


def test_nothing_is_no_time() -> None:
    assert read() == []
    assert read("", "n/a") == [None, None]


# -- the order of day, month and year


@pytest.mark.parametrize(
    ("texts", "options", "first"),
    [
        (["31/01/2024 00:00", "01/02/2024 00:00"], {}, "2024-01-31"),
        (["01/02/2024 00:00", "01/31/2024 00:00"], {}, "2024-01-02"),
        (["1/2/24 1:00 AM", "1/31/24 1:00 AM"], {}, "2024-01-02"),
        (["01/02/2024 00:00"], {"day_first": True}, "2024-02-01"),
        (["01/02/2024 00:00"], {"day_first": False}, "2024-01-02"),
        (["01.02.2024 00:00"], {}, "2024-02-01"),
        (["01.02.2024 00:00", "01.31.2024 00:00"], {}, "2024-01-02"),
        (["24-01-05 00:00", "24-01-06 00:00"], {}, "2024-01-05"),
        (["05-01-24 00:00", "31-01-24 00:00"], {}, "2024-01-05"),
        ([f"0{day}/02/2024 {hour:02}:00" for day in (1, 2) for hour in range(24)], {}, "2024-02-01"),
        ([f"02/0{day}/2024 {hour:02}:00" for day in (1, 2) for hour in range(24)], {}, "2024-02-01"),
    ],
)  # fmt: skip
def test_the_order_of_a_date(texts: list[str], options: dict[str, Any], first: str) -> None:
    found = read(*texts, **options)[0]
    assert found is not None
    assert found[:10] == first


@pytest.mark.parametrize(
    "texts",
    [
        ["01/02/2024 00:00"],
        ["01-02-2024 00:00", "01-02-2024 01:00"],
        ["01/02/2024", "02/02/2024", "03/02/2024"],
        ["01/02/2024 00:00", "02/02/2024 00:00"],
    ],
)
def test_an_order_that_cannot_be_told_is_asked_for(texts: list[str]) -> None:
    with pytest.raises(InvalidRequest) as raised:
        find_format(cells(*texts))
    assert raised.value.detail["field"] == "day_first"


def test_rows_unlike_the_others() -> None:
    assert read("03.06.2024", "03.06.2024 04:00:00", "03.06.2024 08:00:00")[0] == "2024-06-03 00:00"
    # A time without an offset is not guessed where others have one.
    assert read("2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z", "2024-01-01T02:00:00")[2] is None
    assert read("2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z", "2024-01-03")[2] is None
    mixed = read("2024-07-01 00:00", "2024-07-01 01:00", "2024-07-01T03:00:00-01:00")
    assert mixed == ["2024-07-01 00:00", "2024-07-01 01:00", "2024-07-01 04:00Z"]
    # Of two forms that are as common the first counts.
    assert read("2024-01-01T00:00:00Z", "2024-01-01T01:00:00")[1] is None
    assert read("17", "1719792000", "1719795600") == [
        None,
        "2024-07-01 00:00Z",
        "2024-07-01 01:00Z",
    ]


def test_names_of_zones_in_the_rows() -> None:
    texts = cells("2024-10-27 02:00 CEST", "2024-10-27 02:00 CET")
    found = find_format(texts, zone="Europe/Rome")
    assert shown(found.read(texts)) == ["2024-10-27 00:00Z", "2024-10-27 01:00Z"]
    assert found.named == ("CEST", "CET")


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["31/01/2024 00:00"], "day first, 24-hour clock"),
        (["01/31/2024 1:00 AM"], "month first, 12-hour clock"),
        (["2024-01-01"], "year first, days"),
        (["1 Jan 2024 00:00"], "months in words, 24-hour clock"),
        (["2024-01-01T00:00Z"], "year first, 24-hour clock, each with its zone"),
        (["1719792000"], "s since 1970 (UTC)"),
        (["45356.5"], "days of a workbook"),
    ],
)
def test_what_was_found_is_said(texts: list[str], words: str) -> None:
    assert find_format(cells(*texts)).words == words


def test_a_file_that_runs_backwards() -> None:
    down = cells("2024-01-02 00:00", "2024-01-01 00:00")
    assert find_format(down).descending
    assert not find_format(down[::-1]).descending


def test_the_format_stays_for_the_rest() -> None:
    found = find_format(cells("31/01/2024 00:00"))
    assert shown(found.read(cells("01/02/2024 00:00", "", "2/3/2024 5:00"))) == [
        "2024-02-01 00:00", None, "2024-03-02 05:00",
    ]  # fmt: skip


def test_columns_of_nothing_but_different_shapes_end_in_time() -> None:
    texts = cells(*(f"{'x' * (at % 90)}{chr(97 + at % 26)}{at}" for at in range(20_000)))
    assert not find_format(texts).read(texts).readable.any()


# -- several columns


@pytest.mark.parametrize(
    ("dates", "clocks", "expected"),
    [
        (["05.03.2024"], ["13:30"], [NOON]),
        (["03/31/2024"], ["1:30 PM"], ["2024-03-31 13:30"]),
        (["2024-03-05 00:00:00"], ["13:30:00"], [NOON]),
        (["2024-03-05"], ["1899-12-30 13:30:00"], [NOON]),
        (["2024-03-05"], ["24:00"], ["2024-03-06 00:00"]),
        (["20240305", "20240305"], ["0015", "1330"], ["2024-03-05 00:15", NOON]),
        (["05.03.2024"] * 3, ["15", "130", "1330"], ["2024-03-05 00:15", "2024-03-05 01:30", NOON]),
        (["05.03.2024"] * 2, ["0", "0.5625"], ["2024-03-05 00:00", NOON]),
        (["05.03.2024"] * 3, ["1", "2", "24"], ["2024-03-05 00:00", "2024-03-05 01:00", "2024-03-05 23:00"]),
        (["05.03.2024"] * 3, ["0", "1", "23"], ["2024-03-05 00:00", "2024-03-05 01:00", "2024-03-05 23:00"]),
        (["05.03.2024"] * 3, ["1", "2", "96"], ["2024-03-05 00:00", "2024-03-05 00:15", "2024-03-05 23:45"]),
        (["05.03.2024", "", "05.03.2024"], ["13:30", "13:30", ""], [NOON, None, None]),
        (["05.03.2024"], ["13:30-13:45"], [NOON]),
    ],
)  # fmt: skip
def test_a_date_and_a_clock(
    dates: list[str], clocks: list[str], expected: list[str | None]
) -> None:
    found = find_parts(cells(*dates), cells(*clocks), zone="Europe/Rome")
    assert shown(found.read(cells(*dates), cells(*clocks))) == expected


def test_a_clock_of_the_end_too() -> None:
    dates, clocks, untils = (
        cells("05.03.2024", "05.03.2024"),
        cells("13:30", "23:45"),
        cells("13:45", "00:00"),
    )
    stamps = find_parts(dates, clocks).read(dates, clocks, untils)
    assert stamps.until is not None
    assert [str(at)[:16] for at in stamps.until] == ["2024-03-05T13:45", "2024-03-06T00:00"]


def test_columns_of_fields() -> None:
    fields = {
        "year": cells("2024", "24", "2024"),
        "month": cells("3", "März", "13"),
        "day": cells("5", "5", "5"),
    }
    assert shown(read_fields(fields)) == ["2024-03-05 00:00", "2024-03-05 00:00", None]
    clock = fields | {"hour": cells("13", "24", "1"), "minute": cells("30", "0", "0")}
    assert shown(read_fields(clock)) == [NOON, "2024-03-06 00:00", None]


# -- numbers of intervals


def days(*dates: str) -> Stamps:
    walls = np.array(dates, dtype="datetime64[us]")
    return Stamps(walls, np.zeros(len(dates), dtype=bool))


@pytest.mark.parametrize(
    ("date", "numbers", "expected"),
    [
        pytest.param("2024-10-27", range(1, 26), ("nth", "2024-10-26 22:00", "2024-10-27 22:00"), id="25 hours"),
        pytest.param("2024-03-31", range(1, 24), ("nth", "2024-03-30 23:00", "2024-03-31 21:00"), id="23 hours"),
        pytest.param("2024-03-31", [1, 2, *range(4, 25)], ("clock", "2024-03-30 23:00", "2024-03-31 21:00"), id="without the third"),
        pytest.param("2024-10-27", [1, 2, 3, 3, *range(4, 25)], ("clock", "2024-10-26 22:00", "2024-10-27 22:00"), id="the third twice"),
        pytest.param("2024-10-27", range(1, 101), ("nth", "2024-10-26 22:00", "2024-10-27 22:45"), id="100 quarters"),
        pytest.param("2024-03-31", range(1, 93), ("nth", "2024-03-30 23:00", "2024-03-31 21:45"), id="92 quarters"),
        pytest.param("2024-10-27", range(1, 51), ("nth", "2024-10-26 22:00", "2024-10-27 22:30"), id="50 halves"),
    ],
)  # fmt: skip
def test_numbers_on_days_of_a_clock_change(
    date: str, numbers: Any, expected: tuple[str, str, str]
) -> None:
    before = str(np.datetime64(date) - np.timedelta64(1, "D"))
    texts = [str(number) for number in numbers]
    whole = [
        str(number + 1)
        for number in range({25: 24, 23: 24, 24: 24, 100: 96, 92: 96, 50: 48}[len(texts)])
    ]
    dates = days(*[before] * len(whole), *[date] * len(texts))
    cells_ = cells(*whole, *texts)
    found = find_positions(dates, cells_, zone="Europe/Rome")
    assert found.counting == expected[0]
    stamps = found.read(dates, cells_)
    instants, nonexistent = resolved(stamps, "Europe/Rome")
    assert not nonexistent.any()
    own = instants[len(whole) :]
    assert (f"{own[0]:%Y-%m-%d %H:%M}", f"{own[-1]:%Y-%m-%d %H:%M}") == expected[1:]
    steps = set(np.diff(instants.tz_localize(None).to_numpy()).tolist())
    assert len(steps) == 1


def test_numbers_that_do_not_tell_are_unreadable_on_that_day_alone() -> None:
    usual = days(*["2024-03-29"] * 24)
    found = find_positions(usual, cells(*map(str, range(1, 25))), zone="Europe/Rome")
    assert found.counting is None
    stamps = found.read(days("2024-03-31", "2024-03-31", "2024-04-01"), cells("1", "5", "5"))
    assert shown(stamps) == [None, None, "2024-04-01 04:00"]


@pytest.mark.parametrize("numbers", [["5", "6"], ["1", "2000"], ["x"]])
def test_numbers_that_count_no_intervals(numbers: list[str]) -> None:
    with pytest.raises(InvalidReadings):
        find_positions(days(*["2024-03-29"] * len(numbers)), cells(*numbers), zone="UTC")


# -- back and forth


def resolved(stamps: Stamps, zone: str) -> tuple[pd.DatetimeIndex, np.ndarray[Any, Any]]:
    """Instants, as the last room of the pipeline makes them of one series."""
    naive = pd.DatetimeIndex(np.where(stamps.absolute, np.datetime64("NaT"), stamps.wall))
    found, nonexistent = WallClock(zone).read(naive, "")
    own = pd.DatetimeIndex(stamps.wall).tz_localize("UTC")
    return found.where(~stamps.absolute, own), nonexistent & ~stamps.absolute


FORMATS = [
    "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H.%M", "%d.%m.%Y %H:%M", "%-d.%-m.%y %-H:%M", "%d/%m/%Y %H:%M:%S",
    "%d-%m-%Y %Hh%M", "%m/%d/%Y %I:%M %p", "%-m/%-d/%y %-I:%M:%S %p", "%Y%m%d %H%M", "%Y%m%d%H%M", "%d-%b-%Y %H:%M",
    "%d %B %Y %H:%M", "%B %-d, %Y %I:%M %p", "%a %d %b %Y %H:%M", "%A, %B %d, %Y %H:%M", "%Y-%m-%dT%H:%M%z",
    "%d.%m.%Y %H:%M %z", "%Y-%m-%d %H:%M %Z", "%a %b %d %Y %H:%M:%S GMT%z", "%a %b %-d %H:%M:%S %Z %Y",
]  # fmt: skip
ZONES = ["Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]
CHANGES = [
    datetime(2024, 3, 30, 20),
    datetime(2024, 10, 26, 20),
    datetime(2024, 3, 9, 20),
    datetime(2024, 11, 2, 20),
]


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    form=st.sampled_from(FORMATS),
    zone=st.sampled_from(ZONES),
    start=st.one_of(
        st.sampled_from(CHANGES),
        st.datetimes(datetime(1991, 1, 1), datetime(2060, 1, 1)).map(lambda at: at.replace(minute=0, second=0, microsecond=0)),
    ),
    step=st.sampled_from([15, 30, 60]),
    rows=st.integers(1, 150),
)  # fmt: skip
def test_what_is_written_is_read(
    form: str, zone: str, start: datetime, step: int, rows: int
) -> None:
    begun = pd.Timestamp(start).tz_localize("UTC")
    # Half an hour is repeated on Lord Howe, and half-past is the middle of nothing there.
    right = pd.date_range(begun, periods=rows, freq=timedelta(minutes=step))
    local = [at.astimezone(ZoneInfo(zone)) for at in right.to_pydatetime()]
    if "%Z" in form and not all((at.tzname() or "").isalpha() for at in local):
        return
    texts = cells(*(at.strftime(form) for at in local))
    found = find_format(texts, day_first=form.lstrip("%-").startswith("d"), zone=zone)
    instants, nonexistent = resolved(found.read(texts), zone)
    assert not nonexistent.any()
    if "%z" in form or "%Z" in form or zone in ("UTC", "Asia/Kolkata"):
        assert list(instants) == list(right)
        return
    # Of the clock alone: the same wall, and where the repeated hour is whole the same instants.
    assert [f"{at:%F %R}" for at in instants.tz_convert(zone)] == [f"{at:%F %R}" for at in local]
    if not ({at.replace(tzinfo=None) for at in (local[0], local[-1])} & twice(local)):
        assert list(instants) == list(right)


def twice(local: list[datetime]) -> set[datetime]:
    """Clock times at which the clock of a zone may stand twice."""
    return {
        at.replace(tzinfo=None)
        for at in local
        if at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset()
    }
