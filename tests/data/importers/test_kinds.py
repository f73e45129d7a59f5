"""Exports in the ways of utilities and devices: each to its series, to a question or to a refusal."""

import json
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from config.errors import AmbiguousFile, EnergyError
from data.embedded import EmbeddedStore
from data.importers.importing import import_readings
from data.importers.options import ImportOptions
from data.meters import Meter
from tests.data.importers.kinds import Kind, Span, Truth, comma, value

GALLON = 0.003785411784

BERLIN = Span("Europe/Berlin", "2024-03-04 00:00", 72)
QUARTERS = Span("Europe/Berlin", "2024-03-04 00:00", 192, 15)
FALL = Span("Europe/Berlin", "2024-10-27 00:00", 25)
HALVES = Span("Europe/Berlin", "2024-03-04 00:00", 144, 30)
CHICAGO = Span("America/Chicago", "2024-11-02 00:00", 73)
NY_QUARTERS = Span("America/New_York", "2024-03-04 00:00", 192, 15)
NEW_YORK = Span("America/New_York", "2024-03-04 00:00", 72)
MADRID = Span("Europe/Madrid", "2024-10-26 00:00", 73)
WINTER = Span("Etc/GMT-1", "2024-03-30 00:00", 96)
MELBOURNE = Span("Australia/Melbourne", "2024-05-01 00:00", 240, 30)

COUNT = [round(1000 + one, 3) for one in accumulate((value(at) for at in range(73)), initial=0.0)]
DAYS = [
    datetime(2024, 3, 4 + at, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC) for at in range(20)
]


def de(time: datetime) -> str:
    return f"{time:%d.%m.%Y %H:%M}"


def iso(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M}"


def us(time: datetime) -> str:
    return f"{time:%m/%d/%Y}"


def counted(span: Span) -> list[int]:
    """Numbers of the hours of each day, 1 to 25 where there are so many."""
    found: list[int] = []
    for at, time in enumerate(span.begins):
        new = at == 0 or time.date() != span.begins[at - 1].date()
        found.append(1 if new else found[-1] + 1)
    return found


def in_steps(span: Span, scale: float) -> Truth:
    """Whole numbers of a smaller unit."""
    return Truth(span.times, [int(one * scale) / scale for one in span.values])


def day_rows(span: Span, per_day: int, kind: int = 0) -> list[str]:
    count = len(span.times)
    return [
        ",".join(str(value(at, kind)) for at in range(d, d + per_day))
        for d in range(0, count, per_day)
    ]


def texan(kind: int, register: str) -> str:
    def row(a: datetime, b: datetime, x: float, i: int) -> str:
        revised = f"{us(a + timedelta(days=1))} 06:02:13"
        return f"'1044,{us(a)},{revised}, {a:%H:%M}, {b:%H:%M},{value(i, kind)},{register}"

    return CHICAGO.rows(row)


HALF_HOURS = ",".join(
    f"{at // 2:02}:{at % 2 * 30:02} - {(at + 1) // 2 % 24:02}:{(at + 1) % 2 * 30:02}"
    for at in range(48)
)
ENEDIS = "Identifiant PRM;Type;Date de debut;Date de fin;Grandeur physique;Unite;Pas en minutes\n"
HOURS_OF_MADRID = counted(MADRID)

KINDS = (
    # where the unit stands
    Kind("unit below its name", ENEDIS + "0900;Courbe;04/03/2024;07/03/2024;Energie active;W;30\nHorodate;Valeur\n" + HALVES.rows(lambda a, b, x, i: f"{b.isoformat()};{int(x * 1000)}"), (Truth(HALVES.times, [int(x * 1000) / 2000 for x in HALVES.values]),)),
    Kind("unit in a text of all rows", "MPRN,Read Value,Read Type,Read Date and End Time\n" + HALVES.rows(lambda a, b, x, i: f"1000,{x},Active Import Interval (kW),{b:%d-%m-%Y %H:%M}", newest=True), (HALVES.truth(0.5),)),
    Kind("unit above, with a colon", "Meter: 11\nUnits: Gallons\n\nDate,Time,Usage\n" + NEW_YORK.rows(lambda a, b, x, i: f"{us(a)},{a:%I:%M %p},{x}"), (NEW_YORK.truth(GALLON),), zone="America/New_York", meter_type="water"),
    Kind("heading is the unit", "time_utc,mw\n" + BERLIN.rows(lambda a, b, x, i: f"{iso(a.astimezone(UTC))},{x}"), (BERLIN.truth(1000),)),
    Kind("units of each row", "Zeit;Wert;Einheit\n" + BERLIN.rows(lambda a, b, x, i: f"{de(a)};{int(x * 1000)};Wh" if i % 2 else f"{de(a)};{comma(x)};kWh"), (BERLIN.truth(),)),
    Kind("made-up unit", "Time Bucket (America/Chicago),Mains (kWatts)\n" + CHICAGO.rows(lambda a, b, x, i: f"{iso(a)},{x}"), (CHICAGO.truth(),), zone="UTC"),
    Kind("name of a metric", json.dumps({"data": {"result": [{"metric": {"__name__": "power_watts"}, "values": [[int(a.timestamp()), str(int(x * 1000))] for a, x in zip(BERLIN.times, BERLIN.values, strict=True)]}]}}), (in_steps(BERLIN, 1000),)),
    Kind("units by field", json.dumps({"history": [{"datetime": iso(a), "consumption": x * 1000} for a, x in zip(BERLIN.begins, BERLIN.values, strict=True)], "units": {"consumption": "Wh"}}), (BERLIN.truth(),)),
    Kind("unit behind the values", "Time,Power\n" + BERLIN.rows(lambda a, b, x, i: f"{iso(a)},{int(x * 1000)} W"), (in_steps(BERLIN, 1000),)),
    Kind("several units behind the values", "Time,Power\n" + BERLIN.rows(lambda a, b, x, i: f"{iso(a)},{x} kW" if i % 2 else f"{iso(a)},{int(x * 1000)} W"), refuses="raw values"),
    Kind("power without a unit", "time,power\n" + BERLIN.rows(lambda a, b, x, i: f"{iso(a)},{x}"), asks="unit"),
    Kind("unknown unit", "time,load (xkW)\n" + BERLIN.rows(lambda a, b, x, i: f"{iso(a)},{x}"), refuses="--unit"),
    Kind("current", "Time,Current (A)\n" + BERLIN.rows(lambda a, b, x, i: f"{iso(a)},{x}"), refuses="--value-column"),
    Kind("gas for electricity", "Datum;Gasverbruik (m3)\n" + BERLIN.rows(lambda a, b, x, i: f"{de(a)};{comma(x)}"), refuses="--value-column"),
    Kind("water beside electricity", "Time,Water (L),Electricity (kWh)\n" + BERLIN.rows(lambda a, b, x, i: f"{iso(a)},{int(x * 100)},{x}"), (BERLIN.truth(),)),
    # registers
    Kind("registers by tariff and direction", "Van (datum);Van (tijdstip);EAN-code;Register;Volume;Eenheid\n" + BERLIN.rows(lambda a, b, x, i: f'{a:%d-%m-%Y};{a:%H:%M:%S};="541";Afname {"Dag" if a.hour > 6 else "Nacht"};{comma(x)};kWh\n{a:%d-%m-%Y};{a:%H:%M:%S};="541";Injectie {"Dag" if a.hour > 6 else "Nacht"};{comma(value(i, 3))};kWh'), (BERLIN.truth(), BERLIN.truth(kind=3, suffix="feed_in"))),
    Kind("Spanish registers, hour 25", "CUPS;Fecha;Hora;AE_kWh;AS_kWh;R1_kVArh\n" + MADRID.rows(lambda a, b, x, i: f"ES1;{a:%d/%m/%Y};{HOURS_OF_MADRID[i]};{comma(x)};{comma(value(i, 2))};0,2"), (MADRID.truth(), MADRID.truth(kind=2, suffix="feed_in")), zone="Europe/Madrid"),
    Kind("Polish registers stacked", "Data;Wartość kWh;Rodzaj\n" + BERLIN.rows(lambda a, b, x, i: f"{a:%Y-%m-%d} {a.hour + 1}:00;{comma(x)};pobór") + BERLIN.rows(lambda a, b, x, i: f"{a:%Y-%m-%d} {a.hour + 1}:00;{comma(value(i, 8))};oddanie"), (BERLIN.truth(), BERLIN.truth(kind=8, suffix="feed_in"))),
    Kind("surplus generation in rows", "ESIID,USAGE_DATE,REVISION_DATE,USAGE_START_TIME,USAGE_END_TIME,USAGE_KWH,CONSUMPTION_SURPLUSGENERATION\n" + texan(0, "Consumption") + texan(3, "Surplus Generation"), (CHICAGO.truth(), CHICAGO.truth(kind=3, suffix="feed_in")), zone="America/Chicago"),
    Kind("delivered and received", "Date/Time,Energy Delivered (kWh),Energy Received (kWh)\n" + BERLIN.rows(lambda a, b, x, i: f"{iso(a)},{x},{value(i, 3)}"), (BERLIN.truth(), BERLIN.truth(kind=3, suffix="feed_in"))),
    Kind("a day per row and register", f"NMI,CON/GEN,DATE,ESTIMATED?,{HALF_HOURS}\n" + "".join(f"6203,{name},{MELBOURNE.begins[d * 48]:%Y%m%d},No,{row}\n" for k, name in ((0, "Consumption"), (6, "Generation")) for d, row in enumerate(day_rows(MELBOURNE, 48, k))), (MELBOURNE.truth(), MELBOURNE.truth(kind=6, suffix="feed_in")), zone="Australia/Melbourne"),
    Kind("energy beside power", "Časovna značka,P+ Prejeta moč,P- Oddana moč,Energija A+,Energija A-\n" + QUARTERS.rows(lambda a, b, x, i: f"{b:%Y-%m-%d %H:%M:%S},{x * 4:.3f},0.0,{x},0.0"), (QUARTERS.truth(),)),
    Kind("net consumption beside demand", "Account,Interval Start Date/Time,Net Consumption (kWh),Demand (kW)\n" + BERLIN.rows(lambda a, b, x, i: f"1,{iso(a)},{x},{x + 1:.2f}"), (BERLIN.truth(),)),
    Kind("peak demand beside tariffs", "Date,On-Peak Usage (kWh),Off-Peak Usage (kWh),Peak Demand (kW)\n" + BERLIN.rows(lambda a, b, x, i: f"{iso(a)},{x},0,9" if 8 <= a.hour < 20 else f"{iso(a)},0,{x},9"), (BERLIN.truth(),)),
    Kind("tariffs with their total", "Usage date,On-peak kWh,Off-peak kWh,Total kWh,Total cost\n" + BERLIN.rows(lambda a, b, x, i: f"{iso(a)},{x},0,{x},$0.11"), (BERLIN.truth(),)),
    Kind("homes that are alike", "Date,Your usage (kWh),Similar homes (kWh)\n" + BERLIN.rows(lambda a, b, x, i: f"{iso(a)},{x},{x + 1:.3f}"), (BERLIN.truth(),)),
    Kind("a forecast beside", "time,forecast_kwh,actual_kwh\n" + BERLIN.rows(lambda a, b, x, i: f"{iso(a)},{x + 1:.3f},{x}"), (BERLIN.truth(),)),
    Kind("grid and house", "Zeit;Netzeinspeisung [W];Netzbezug [W];Hausverbrauch [W]\n" + BERLIN.rows(lambda a, b, x, i: f"{de(a)};0;{int(x * 1000)};{int(x * 1200)}"), asks="value_column"),
    Kind("this year and last", "Zeit;Verbrauch 2024 (kWh);Verbrauch 2023 (kWh)\n" + BERLIN.rows(lambda a, b, x, i: f"{de(a)};{comma(x)};{comma(value(i, 2))}"), asks="value_column"),
    Kind("nothing but 0 beside", "Timestamp,Gallons,Leak Gallons\n" + BERLIN.rows(lambda a, b, x, i: f"{iso(a)},{x},0"), (BERLIN.truth(GALLON),), meter_type="water"),
    Kind("ids that are numbers", "Tunnus;Tuote;Alkuaika;Määrä\n" + BERLIN.rows(lambda a, b, x, i: f"643006960000000001;8716867000030;{a.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ};{comma(x, 6)}"), (BERLIN.truth(),)),
    Kind("reactive energy alone", "Zeit;Blindarbeit (kvarh)\n" + BERLIN.rows(lambda a, b, x, i: f"{de(a)};{comma(x)}"), refuses="reactive"),
    # meters
    Kind("two meters by number", "Nr.;Zeit;Verbrauch (kWh)\n" + BERLIN.rows(lambda a, b, x, i: f"40000001;{de(a)};{comma(x)}\n40000002;{de(a)};{comma(value(i, 3))}"), asks="meter"),
    Kind("two meters in turn", "meter,time,kwh\n" + BERLIN.rows(lambda a, b, x, i: f"{'A' if i < 40 else 'B'},{iso(a)},{x}"), asks="meter"),
    Kind("two meters in turn, joined", "meter,time,kwh\n" + BERLIN.rows(lambda a, b, x, i: f"{'A' if i < 40 else 'B'},{iso(a)},{x}"), (BERLIN.truth(),), options={"register_column": "meter", "register": "A + B"}),
    # counts
    Kind("count beside use", "Zeit;Zählerstand (kWh);Verbrauch (kWh)\n" + BERLIN.rows(lambda a, b, x, i: f"{de(a)};{comma(COUNT[i])};{comma(x)}"), (BERLIN.truth(),)),
    Kind("reading beside use", "Date,Reading (m3),Usage (L)\n" + BERLIN.rows(lambda a, b, x, i: f"{iso(a)},{COUNT[i]},{int(x * 1000)}"), (in_steps(BERLIN, 1000),), meter_type="water"),
    Kind("change beside state and sum", json.dumps({"sensor.energy": [{"start": int(t.timestamp() * 1000), "change": x, "state": 7 + COUNT[i], "sum": COUNT[i]} for i, (t, x) in enumerate(zip(BERLIN.times, BERLIN.values, strict=True))]}), (BERLIN.truth(),)),
    Kind("a count", "Zeit;Zählerstand (kWh)\n" + BERLIN.rows(lambda a, b, x, i: f"{de(a)};{comma(COUNT[i])}"), asks="counter"),
    Kind("a count of the day", "date;energy_today (kWh)\n" + BERLIN.rows(lambda a, b, x, i: f"{de(a)};{comma(COUNT[i + 1] - COUNT[i // 24 * 24])}"), asks="counter"),
    # times
    Kind("hours with letters", "Data;Godz.;Zapotrzebowanie [MW]\n" + FALL.rows(lambda a, b, x, i: f"{a:%Y%m%d};{['1', '2', '3', '3A', *map(str, range(4, 25))][i]};{comma(x)}"), (FALL.truth(1000),)),
    Kind("midnight closes its date", "Date,Hour Ending,kWh\n" + NEW_YORK.rows(lambda a, b, x, i: f"{us(a)},{b:%I:%M %p},{x}"), (NEW_YORK.truth(),), zone="America/New_York"),
    Kind("midnight closes its date, backwards", "Datum;Zeit;kWh\n" + QUARTERS.rows(lambda a, b, x, i: f"{a:%d.%m.%Y};{b:%H:%M};{comma(x)}", newest=True), (QUARTERS.truth(),)),
    Kind("hours ending as numbers", "Date,Hour Ending,MWh\n" + NEW_YORK.rows(lambda a, b, x, i: f"{us(a)},{a.hour + 1}00,{x}"), (NEW_YORK.truth(1000),), zone="America/New_York"),
    Kind("clock without a colon", "DATUM;ZEIT;WERT (kWh)\n" + QUARTERS.rows(lambda a, b, x, i: f"{a:%Y%m%d};{a:%H%M};{comma(x)}"), (QUARTERS.truth(),)),
    Kind("UTC ends before local dates", "Data Date,Hour Number,Local Time at End of Hour,UTC Time at End of Hour,Demand (MW)\n" + CHICAGO.rows(lambda a, b, x, i: f"{us(a)},{counted(CHICAGO)[i]},{us(b)} {b:%I:%M:%S %p},{us(b.astimezone(UTC))} {b.astimezone(UTC):%I:%M:%S %p},{x}"), (CHICAGO.truth(1000),), zone="America/Chicago"),
    Kind("dates with dots and blanks", "Időpont;Fogyasztás (kWh)\n" + QUARTERS.rows(lambda a, b, x, i: f"{a:%Y. %m. %d. %H:%M};{comma(x)}"), (QUARTERS.truth(),), encoding="cp1250"),
    Kind("a date with a last dot", "Datum;Vrijeme;Snaga (kW)\n" + QUARTERS.rows(lambda a, b, x, i: f"{a:%d.%m.%Y.};{a:%H:%M};{comma(x)}"), (QUARTERS.truth(0.25),)),
    Kind("summer and winter as a flag", "Datum;Zeit;S/W;kWh\n" + FALL.rows(lambda a, b, x, i: f"{a:%d.%m.%Y};{a:%H:%M};{'S' if a.dst() else 'W'};{comma(x)}"), (FALL.truth(),)),
    Kind("standard time all year", "Zeit;kWh\n" + WINTER.rows(lambda a, b, x, i: f"{de(a)};{comma(x)}"), refuses="--timezone"),
    Kind("standard time that is named", "Zeit (MEZ);kWh\n" + WINTER.rows(lambda a, b, x, i: f"{de(a)};{comma(x)}"), (WINTER.truth(),)),
    Kind("day or month first", "Date,Usage (kWh)\n" + "".join(f"0{1 + at}/05/2024,{value(at)}\n" for at in range(9)), refuses="--day-first"),
    Kind("days in columns", "Hour,2024-03-04,2024-03-05\n" + "".join(f"{at},{value(at)},{value(at, 1)}\n" for at in range(24)), refuses="Transpose"),
    Kind("no date", "Zeit;kWh\n" + BERLIN.rows(lambda a, b, x, i: f"{a:%H:%M};{comma(x)}"), refuses="no date"),
    Kind("bills by name", "Monat;Verbrauch (kWh)\n" + "".join(f"{name} 2023;{300 + at}\n" for at, name in enumerate(("Januar", "Februar", "März", "April"))), refuses="by the day"),
    Kind("days with hours within", json.dumps([{"date": f"2024-03-0{4 + d}", "hours": [{"hour": h, "kwh": value(d * 24 + h)} for h in range(24)]} for d in range(3)]), (BERLIN.truth(),)),
    # numbers and rows
    Kind("three digits behind each comma", "Datum;Afname (kWh)\n" + "".join(f"{4 + at:02}-03-2024;{comma(1 + value(at))}\n" for at in range(20)), (Truth(DAYS, [round(1 + value(at), 3) for at in range(20)]),)),
    Kind("American thousands", "Date,Hour,Demand (MW)\n" + NEW_YORK.rows(lambda a, b, x, i: f'{us(a)},{a.hour + 1},"{10000 + int(x * 1000):,}"'), (Truth(NEW_YORK.times, [(10_000 + int(one * 1000)) * 1000.0 for one in NEW_YORK.values]),), zone="America/New_York"),
    Kind("lakhs", "Date,Units (kWh)\n" + BERLIN.rows(lambda a, b, x, i: f'{iso(a)},"1,{10 + i * 37 % 80},234.5"'), (Truth(BERLIN.times, [(110 + i * 37 % 80) * 1000 + 234.5 for i in range(72)]),)),
    Kind("decimal comma between commas", "Date,Usage (kWh)\n" + BERLIN.rows(lambda a, b, x, i: f"{iso(a)},{comma(x)}"), refuses="decimal comma"),
    Kind("a record above, no names", "HDR,1.0,CTCT,02/05/2024,00:00:00,1,145\n" + BERLIN.rows(lambda a, b, x, i: f"DET,AB123,CTCT,1,UN,{a:%d/%m/%Y %H:%M:%S},{x}"), (BERLIN.truth(),)),
    Kind("totals within", "Zeit;kWh\n" + BERLIN.rows(lambda a, b, x, i: f"{de(a)};{comma(x)}" + ("\nTagessumme;12,5" if i % 24 == 23 else "")), (BERLIN.truth(),)),
    Kind("estimated beside actual", "time,kwh,status\n" + BERLIN.rows(lambda a, b, x, i: f"{iso(a)},{x + 1:.3f},Estimated\n{iso(a)},{x},Actual"), (BERLIN.truth(),)),
    # what a second round of strangers' exports showed
    Kind("a load named in capitals", "Datetime,NORTH_MW\n" + NEW_YORK.rows(lambda a, b, x, i: f"{a:%Y-%m-%d %H:%M:%S},{x}"), (NEW_YORK.truth(1000),), zone="America/New_York"),
    Kind("one use in two units", "Account,Read Date,Gallons,CCF\n" + NEW_YORK.rows(lambda a, b, x, i: f"7,{iso(a)},{x * 748.052:.3f},{x}"), (Truth(NEW_YORK.times, [round(x * 748.052, 3) * GALLON for x in NEW_YORK.values]),), zone="America/New_York", meter_type="water"),
    Kind("tariffs in two units", "Zeit;Hochtarif (kWh);Niedertarif (Wh)\n" + BERLIN.rows(lambda a, b, x, i: f"{de(a)};{comma(x)};{int(value(i, 2) * 1000)}"), asks="value_column"),
    Kind("hours as a range", "Okres;Energia pobrana [kWh]\n" + BERLIN.rows(lambda a, b, x, i: f"{a:%d.%m.%Y} {a.hour}-{a.hour + 1};{comma(x)}"), (BERLIN.truth(),)),
    Kind("a name, a date with a last dot, a comma", "POD;Időpont;Fogyasztás [kWh]\n" + QUARTERS.rows(lambda a, b, x, i: f"HU0009;{a:%Y.%m.%d. %H:%M};{comma(x)}"), (QUARTERS.truth(),)),
    Kind("unit at the end of a short name", json.dumps({"intervals": [{"end_at": int(b.timestamp()), "enwh": int(x * 1000)} for b, x in zip(QUARTERS.ends, QUARTERS.values, strict=True)]}), (in_steps(QUARTERS, 1000),)),
    Kind("points with a position", json.dumps({"result": [{"TimeSeries": [{"mRID": "57", "measure_Unit.name": "KWH", "Period": [{"resolution": "PT1H", "timeInterval": {"start": f"{BERLIN.times[24 * d]:%Y-%m-%dT%H:%MZ}", "end": "2024-03-07T23:00Z"}, "Point": [{"position": str(h + 1), "quantity": str(value(24 * d + h))} for h in range(24)]} for d in range(3)]}]}]}), (BERLIN.truth(),)),
    Kind("minutes in names", "Zeit;Export 15 min (kWh);P 15 min (kWh)\n" + QUARTERS.rows(lambda a, b, x, i: f"{de(a)};0,0;{comma(x)}"), (QUARTERS.truth(),)),
    Kind("litres a minute beside a pressure", "Time;Zone 4 [l/min];Pressure [bar]\n" + QUARTERS.rows(lambda a, b, x, i: f"{iso(a)};{x};3.{i % 4}"), (QUARTERS.truth(0.015),), meter_type="water"),
    # as databases and feeds write them
    Kind("a unit of two words in brackets", "Period,Usage(Real energy in kilowatt-hours),Quality\n" + NY_QUARTERS.rows(lambda a, b, x, i: f'"{iso(a)} to {iso(b)}","{x}",""'), (NY_QUARTERS.truth(),), zone="America/New_York"),
    Kind("watts behind an underscore", json.dumps({"results": [{"series": [{"name": "p", "columns": ["time", "mean_W"], "values": [[a.isoformat(), int(x * 1000)] for a, x in zip(BERLIN.times, BERLIN.values, strict=True)]}]}]}), (in_steps(BERLIN, 1000),)),
    Kind("unit in the only label beside", json.dumps({"labels": [{"series": "All", "unit": "Watts"}], "data": [[int(a.timestamp()), int(x * 1000)] for a, x in zip(BERLIN.times, BERLIN.values, strict=True)]}), (in_steps(BERLIN, 1000),)),
    Kind("length of an interval and values within", json.dumps({"keys": ["energy"], "data": [{"ts": int(BERLIN.times[0].timestamp()), "period": 3600, "values": [[x] for x in BERLIN.values]}]}), refuses="--value-column"),
    Kind("count beside the highest flow", "Number;Date;Volume [m³];Flow max year [l/h]\n" + BERLIN.rows(lambda a, b, x, i: f"5;{de(a)};{comma(COUNT[i])};{i % 70}"), asks="counter", meter_type="water"),
    Kind("Bezug and Lieferung", "Zeit;Bezug kWh;Lieferung kWh\n" + BERLIN.rows(lambda a, b, x, i: f"{de(a)};{comma(x)};{comma(value(i, 3))}"), (BERLIN.truth(), BERLIN.truth(kind=3, suffix="feed_in"))),
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_kinds(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_bytes(kind.data)
    store = EmbeddedStore(tmp_path / "store.db")
    unit = {"electricity": "kWh", "water": "m3"}[kind.meter_type]
    meter = Meter(kind.meter_type, "x", unit=unit, timezone=kind.zone)
    options = ImportOptions.of({"prefix": "x"} | kind.options)
    if kind.asks or kind.refuses:
        with pytest.raises(EnergyError) as raised:
            import_readings(store, meter, path, options, several=True)
        error = raised.value
        assert isinstance(error, AmbiguousFile) == bool(kind.asks)
        said = f"{error.message} {error.hint}"
        assert (kind.asks or kind.refuses) in f"{said} {error.detail.get('field', '')}"
        assert store.meters() == []
        return
    import_readings(store, meter, path, options, several=True)
    assert {one.meter_id for one in store.meters()} == {_id(truth) for truth in kind.series}
    for truth in kind.series:
        found = store.readings(Meter(kind.meter_type, _id(truth)))
        assert list(found.index) == [pd.Timestamp(time) for time in truth.times]
        np.testing.assert_allclose(found.to_numpy(), truth.values, atol=1e-6)


def _id(truth: Truth) -> str:
    return f"x_{truth.suffix}" if truth.suffix else "x"
