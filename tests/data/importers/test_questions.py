"""What is asked, and that each answer gives the series whose figures it was offered with."""

import io
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from config.errors import AmbiguousFile, InvalidReadings
from data.embedded import EmbeddedStore
from data.importers.importing import import_readings, read_readings
from data.importers.options import ImportOptions
from data.importers.summary import ImportSummary
from data.meters import Meter

HOME = Meter("electricity", "home", timezone="Europe/Rome")
NOW = datetime(2026, 6, 1, tzinfo=UTC)
HOURS = pd.date_range("2026-03-01", periods=48, freq="h")
WAVE = (2 + np.sin(np.arange(48))).round(2)


def table(heading: str, *columns: object) -> bytes:
    rows = zip(*columns, strict=True)
    return "\n".join([heading, *(";".join(map(str, row)) for row in rows)]).encode()


def two_loads() -> bytes:
    return table("Time;Load (kWh);Purchased (kWh)", HOURS, WAVE, WAVE / 4)


def registers() -> bytes:
    times = [*HOURS, *HOURS]
    names = ["Kanal A"] * 48 + ["Kanal B"] * 48
    return table("Zeit;Kanal;Wert (kWh)", times, names, [*WAVE, *(WAVE * 3).round(2)])


def meters() -> bytes:
    times = [*HOURS, *HOURS]
    return table("time;meter;kWh", times, ["m1"] * 48 + ["m2"] * 48, [*WAVE, *WAVE[::-1]])


def counts() -> bytes:
    return table("time;kWh", HOURS, (5000 + WAVE.cumsum()).round(2))


def thousands() -> bytes:
    return table(
        "time;kWh", HOURS, [f"{int(value * 10)}.{int(value * 999) % 1000:03}" for value in WAVE]
    )


@pytest.mark.parametrize(
    ("body", "field", "choices"),
    [
        (two_loads(), "value_column", 2),
        (registers(), "register", 2),
        (meters(), "meter_column", 2),
        (counts(), "counter", 2),
        (thousands(), "decimal", 2),
    ],
    ids=["columns", "registers", "meters", "counter", "decimal"],
)
def test_each_answer_gives_what_it_says(
    embedded: EmbeddedStore, body: bytes, field: str, choices: int
) -> None:
    with pytest.raises(AmbiguousFile) as asked:
        import_readings(embedded, HOME, io.BytesIO(body), now=NOW)
    assert embedded.meters() == []
    assert asked.value.detail["field"] == field
    assert len(asked.value.detail["choices"]) == choices
    for choice in asked.value.detail["choices"]:
        options = ImportOptions.of(choice["options"])
        meter = Meter("electricity", "answer", timezone="Europe/Rome")
        import_readings(embedded, meter, io.BytesIO(body), options, now=NOW)
        stored = embedded.readings(meter)
        assert len(stored) == choice["count"]
        assert float(stored.sum()) == pytest.approx(choice["sum"], rel=1e-9)
        assert f"{stored.index[0]:%Y-%m-%dT%H:%M:%SZ}" == choice["first"]
        assert f"{stored.index[-1]:%Y-%m-%dT%H:%M:%SZ}" == choice["last"]
        assert len(choice["points"]) == min(60, choice["count"])
        embedded.delete_meter(meter)


def test_the_hint_says_the_answers_as_the_command_takes_them() -> None:
    with pytest.raises(AmbiguousFile) as asked:
        read_readings(io.BytesIO(counts()), HOME, now=NOW)
    assert "--counter (" in asked.value.hint
    assert "--no-counter (" in asked.value.hint
    assert "Nothing was stored" in asked.value.hint


@pytest.mark.parametrize("step", [7, 30], ids=["weeks", "months"])
def test_bills_are_refused_in_words(step: int) -> None:
    times = pd.date_range("2025-01-01", periods=12, freq=f"{step}D")
    with pytest.raises(InvalidReadings, match=r"a month or a week is no step") as refused:
        read_readings(io.BytesIO(table("Bill date;kWh", times, WAVE[:12])), HOME, now=NOW)
    assert "interval data" in refused.value.hint


def test_power_that_is_sent_on_change_is_its_energy() -> None:
    generator = np.random.default_rng(3)
    seconds = np.cumsum(generator.integers(5, 900, 400))
    times = pd.Timestamp("2026-03-01", tz="UTC") + pd.to_timedelta(seconds, unit="s")
    power = generator.integers(50, 3000, 400)
    summary = ImportSummary()
    body = table("time;Power (W)", [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in times], power)
    [found] = read_readings(io.BytesIO(body), HOME, now=NOW, summary=summary)
    means = found.series.readings
    # Second by second, each value until the next one.
    each = np.repeat(power[:-1], np.diff(seconds))
    index = times[0] + pd.to_timedelta(np.arange(len(each)), unit="s")
    wanted = pd.Series(each, index=index, dtype="float64").resample("15min").mean()[1:-1]
    assert found.series.unit == "W"
    assert means.reindex(wanted.index).to_numpy() == pytest.approx(wanted.to_numpy(), rel=1e-9)
    assert "irregular" in summary.warnings[0]


def test_counts_at_odd_times_are_read_between_them(embedded: EmbeddedStore) -> None:
    generator = np.random.default_rng(5)
    seconds = np.cumsum(generator.integers(60, 1500, 300))
    times = pd.Timestamp("2026-03-01", tz="UTC") + pd.to_timedelta(seconds, unit="s")
    counted = 7000 + np.cumsum(generator.random(300)).round(3)
    body = table("time;kWh", [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in times], counted)
    options = ImportOptions(counter=True)
    import_readings(embedded, HOME, io.BytesIO(body), options, now=NOW)
    stored = embedded.readings(HOME)
    edges = [*stored.index, stored.index[-1] + timedelta(minutes=15)]
    at = np.interp([edge.timestamp() for edge in edges], [t.timestamp() for t in times], counted)
    assert stored.to_numpy() == pytest.approx(np.diff(at), abs=1e-9)


def test_a_long_silence_stays_a_gap() -> None:
    times = ["2026-03-01T00:00:00Z", "2026-03-01T00:07:00Z", "2026-03-01T00:21:00Z",
             "2026-03-01T00:55:00Z", "2026-03-01T12:03:00Z", "2026-03-01T12:20:00Z",
             "2026-03-01T12:49:00Z", "2026-03-01T13:02:00Z"]  # fmt: skip
    body = table("time;Power (kW)", times, [1, 2, 1, 3, 1, 2, 1, 2])
    [found] = read_readings(io.BytesIO(body), HOME, now=NOW, bridge=timedelta(hours=2))
    hours = found.series.readings.index.hour
    assert 2 in hours
    assert not {4, 5, 6, 7, 8, 9, 10, 11} & set(hours)


def test_values_at_odd_times_that_are_neither_are_refused() -> None:
    seconds = np.cumsum(np.random.default_rng(1).integers(5, 900, 60))
    times = [f"{pd.Timestamp('2026-03-01') + timedelta(seconds=int(s))}Z" for s in seconds]
    with pytest.raises(InvalidReadings, match="irregular"):
        read_readings(io.BytesIO(table("time;kWh", times, [*WAVE, *WAVE[:12]])), HOME, now=NOW)


def test_a_dry_run_tells_and_stores_nothing(embedded: EmbeddedStore) -> None:
    body = table("Datum;Verbrauch (Wh)", HOURS, WAVE * 1000)
    summary = import_readings(embedded, HOME, io.BytesIO(body), dry_run=True, now=NOW)
    assert embedded.meters() == []
    assert summary.accepted == 48
    said = summary.assumptions
    assert said["delimiter"] == "semicolon"
    assert said["unit"].startswith("Wh")
    assert said["zone"].startswith("Europe/Rome")
    assert said["times_mark"].startswith("starts")
