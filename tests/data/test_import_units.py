"""Units, and counters that only count up until they do not."""

from datetime import timedelta

import pandas as pd
import pytest

from config.errors import InvalidReadings, InvalidRequest
from data import Meter, Store
from data.embedded import EmbeddedStore
from data.importers import import_table
from data.units import factor, is_known, is_rate
from tests.data.samples import quarters, source

HOME = Meter("electricity", "home", timezone="Europe/Rome")
WATER = Meter("water", "pump", unit="m3")


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
        ("CCF", "m3", None, 2.8316846592),
        ("HCF", "m3", None, 2.8316846592),
        ("Mcf", "m3", None, 28.316846592),
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


@pytest.mark.parametrize("words", ["total", "kWh/15min"])
def test_words_in_brackets_that_are_no_unit_are_told_of(
    embedded: EmbeddedStore, words: str
) -> None:
    summary = import_table(embedded, HOME, source(quarters([4.0], f"Load ({words})")))
    assert embedded.readings(HOME).tolist() == [4.0]
    assert not summary.conversions
    [warning] = summary.warnings
    assert warning.startswith(f"electricity/home: {words!r} in the heading is no unit")


def test_reactive_energy_is_refused(embedded: EmbeddedStore) -> None:
    with pytest.raises(InvalidRequest, match="reactive"):
        import_table(embedded, HOME, source(quarters([4.0], "Load (kvarh)")))


def test_a_unit_that_is_said_needs_none_in_the_heading(embedded: EmbeddedStore) -> None:
    summary = import_table(embedded, HOME, source(quarters([4.0], "Load (total)")), unit="Wh")
    assert embedded.readings(HOME).tolist() == [0.004]
    assert not summary.warnings


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
    monkeypatch.setattr("data.importers.containers.text.BLOCK_ROWS", 10)
    rows = quarters([float(count) for count in range(35)]).splitlines()
    text = "\n".join([rows[0], *rows[1:][::order]])
    summary = import_table(embedded, WATER, source(text), counter=True)
    assert embedded.readings(WATER).tolist() == [1.0] * 34
    assert not summary.dropped


def test_a_counter_goes_on_from_the_file_before(store: Store) -> None:
    rows = quarters([100.0, 101.0, 103.0, 106.0, 110.0]).splitlines()
    first, second = "\n".join(rows[:3]), "\n".join([rows[0], *rows[3:]])

    for text in (first, second, first):
        summary = import_table(store, WATER, source(text), counter=True)
        assert not summary.dropped

    assert store.readings(WATER).tolist() == [1.0, 2.0, 3.0, 4.0]
    count = store.meter("water", "pump").last_count
    assert count is not None
    assert (count.time, count.value) == (pd.Timestamp("2024-01-01 01:00", tz="UTC"), 110.0)


def test_counts_sent_one_by_one_become_consumption(embedded: EmbeddedStore) -> None:
    embedded.put_meter(WATER)
    heading, *rows = quarters([5.0, 6.0, 8.0]).splitlines()

    accepted = [
        import_table(embedded, WATER, source(f"{heading}\n{row}"), counter=True).accepted
        for row in rows
    ]

    assert accepted == [0, 1, 1]
    assert embedded.readings(WATER).tolist() == [1.0, 2.0]


def test_a_file_after_a_missing_one_does_not_pile_its_consumption_up(
    embedded: EmbeddedStore,
) -> None:
    rows = quarters([100.0, 101.0, 103.0, 106.0, 110.0]).splitlines()
    for part in (rows[:3], [rows[0], *rows[4:]]):
        import_table(embedded, WATER, source("\n".join(part)), counter=True)

    assert embedded.readings(WATER).tolist() == [1.0, 4.0]


def test_counts_of_two_files_may_have_two_units(embedded: EmbeddedStore) -> None:
    for text, unit in (
        ("time,value\n2024-01-01 00:00,1\n2024-01-01 01:00,2\n", "m3"),
        ("time,value\n2024-01-01 02:00,4000\n2024-01-01 03:00,7000\n", "L"),
    ):
        import_table(embedded, WATER, source(text), counter=True, unit=unit)

    assert embedded.readings(WATER).tolist() == pytest.approx([1.0, 2.0, 3.0], rel=1e-12)


def test_one_count_is_no_consumption(embedded: EmbeddedStore) -> None:
    with pytest.raises(InvalidReadings):
        counted(embedded, [5.0])
    assert embedded.meters() == []
