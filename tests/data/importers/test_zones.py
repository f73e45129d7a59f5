"""Zones that headings name, and whether they speak of ends."""

import pandas as pd
import pytest

from data.importers.moments import offset_of, says_end, zone_in


@pytest.mark.parametrize(
    ("text", "fixed", "pair"),
    [
        ("Date/time UTC", "UTC", None),
        ("time_utc", "UTC", None),
        ("utc_timestamp", "UTC", None),
        ("Start (GMT)", "UTC", None),
        ("Time (CET/CEST)", None, "Europe/Berlin"),
        ("Zeit (MEZ/MESZ)", None, "Europe/Berlin"),
        ("Time (GMT/BST)", None, "Europe/London"),
        ("Hour (EST/EDT)", None, "America/New_York"),
        ("Time (CET)", "UTC+01:00", "Europe/Berlin"),
        ("Time CEST", "UTC+02:00", "Europe/Berlin"),
        ("Zeit (MEZ)", "UTC+01:00", "Europe/Berlin"),
        ("AEST", None, None),
        ("Interval end AEST", "UTC+10:00", "Australia/Sydney"),
        ("Reading time (AEST)", "UTC+10:00", "Australia/Sydney"),
        ("timestamp [UTC+1]", "UTC+01:00", None),
        ("timestamp (UTC+05:30)", "UTC+05:30", None),
        ("timestamp (GMT-3)", "UTC-03:00", None),
        ("time (+01:00)", "UTC+01:00", None),
        ("Timezone: Europe/Madrid", None, "Europe/Madrid"),
        ("All times are in America/Argentina/Buenos_Aires.", None, "America/Argentina/Buenos_Aires"),
        ("Times are in Eastern Time.", None, "America/New_York"),
        ("Pacific Standard Time", "UTC-08:00", "America/Los_Angeles"),
        ("Central European Summer Time", "UTC+02:00", "Europe/Berlin"),
        ("Coordinated Universal Time", "UTC", None),
        ("local time", None, None),
        ("Local/Standard", None, None),
        ("Utca", None, None),
        ("Cutco time", None, None),
        ("Date", None, None),
        ("kWh/Day", None, None),
        ("VAL...measured, EST...estimated", None, None),
        ("Est. usage", None, None),
        ("Date 01-02", None, None),
        ("Usage (-1)", None, None),
        ("", None, None),
    ],
)  # fmt: skip
def test_the_zone_of_a_heading(text: str, fixed: str | None, pair: str | None) -> None:
    found = zone_in(text)
    assert (found and found.fixed, found and found.pair) == (fixed, pair)
    if found is not None:
        assert found.ambiguous == (fixed is not None and pair is not None)
        for zone in filter(None, (fixed, pair)):
            assert pd.DatetimeIndex(["2024-01-01"]).tz_localize(zone).tz is not None


@pytest.mark.parametrize(
    ("word", "zone", "minutes"),
    [
        ("CEST", "Europe/Rome", 120),
        ("cet", "UTC", 60),
        ("IST", "Asia/Kolkata", 330),
        ("IST", "Europe/Dublin", 60),
        ("IST", "UTC", None),
        ("CST", "Asia/Shanghai", 480),
        ("CST", "America/Chicago", -360),
        ("utc", "Europe/Rome", 0),
        ("uhr", "Europe/Rome", None),
    ],
)
def test_names_of_zones_in_cells(word: str, zone: str, minutes: int | None) -> None:
    assert offset_of(word, zone) == minutes


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("End Time", True),
        ("EndTime", True),
        ("interval_end", True),
        ("period ending", True),
        ("Hour Ending", True),
        ("HE", True),
        ("Read Date and End Time", True),
        ("bis", True),
        ("Datum bis", True),
        ("Ende der Messung", True),
        ("fin", True),
        ("Date de fin", True),
        ("hasta", True),
        ("alle", True),
        ("Ora fine", True),
        ("til", True),
        ("t/m", True),
        ("to", True),
        ("Data do", True),
        ("Sluttid", True),
        ("Päättyy", True),
        ("Vége", True),
        ("Konec", True),
        ("von", False),
        ("Datum von", False),
        ("Beginn der Messung", False),
        ("start", False),
        ("Start Date", False),
        ("interval_start", False),
        ("from", False),
        ("Hour beginning", False),
        ("début", False),
        ("desde", False),
        ("dalle", False),
        ("Inizio", False),
        ("Początek", False),
        ("od", False),
        ("Fra", False),
        ("Alkaa", False),
        ("Kezdete", False),
        ("Date", None),
        ("Timestamp", None),
        ("From - to", None),
        ("Data da leitura", None),
        ("Data do dia", None),
        ("Date du relevé", None),
        ("Datum van meting", None),
        ("Weekend", None),
        ("", None),
    ],
)
def test_headings_of_ends(name: str, end: bool | None) -> None:
    assert says_end(name) is end
