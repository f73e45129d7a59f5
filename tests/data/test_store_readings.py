"""What every store promises of meters and readings, each test against both kinds."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from config.errors import InvalidReadings, UnknownMeter
from data import Meter, Store
from data.store import Listed, Tally
from tests.data.samples import HOME, MARCH, TOWN, hours, same, series, write_issue

# -- catalogue


def test_a_meter_comes_back_as_it_was_put(store: Store) -> None:
    store.put_meter(HOME)
    assert store.meter("electricity", "home_1") == HOME


def test_a_name_may_hold_any_sign(store: Store) -> None:
    strange = Meter("water", "x", unit="m3", name='a"b\\c\nd,e=f \\" 水 \\')
    store.put_meter(strange)
    assert store.meters() == [strange]


def test_putting_again_replaces(store: Store) -> None:
    store.put_meter(HOME)
    renamed = Meter("electricity", "home_1", unit="MWh")
    store.put_meter(renamed)
    assert store.meters() == [renamed]


def test_meters_are_listed_by_type_and_id(store: Store) -> None:
    second = Meter("electricity", "a")
    for meter in (TOWN, HOME, second):
        store.put_meter(meter)
    assert store.meters() == [second, HOME, TOWN]
    assert store.meters("water") == [TOWN]
    assert store.meters("gas") == []


def test_the_listing_has_each_meter_with_its_newest_reading(store: Store) -> None:
    store.write_readings(HOME, series())
    store.put_meter(TOWN)
    newest = series().index.max().to_pydatetime()
    assert store.listing() == [
        Listed(HOME.meter_type, HOME.meter_id, HOME.name, newest),
        Listed(TOWN.meter_type, TOWN.meter_id, TOWN.name, None),
    ]


def test_an_unknown_meter_is_an_error(store: Store) -> None:
    with pytest.raises(UnknownMeter):
        store.meter("electricity", "nobody")
    with pytest.raises(UnknownMeter):
        store.delete_meter(HOME)


def test_deleting_takes_readings_and_forecasts_but_no_other_meter(store: Store) -> None:
    for meter in (HOME, TOWN):
        store.write_readings(meter, series())
        write_issue(store, meter, MARCH)
    store.delete_meter(HOME)
    assert store.meters() == [TOWN]
    assert store.span(HOME) is None
    assert store.forecasts(HOME, MARCH, MARCH + timedelta(days=9)).empty
    assert len(store.readings(TOWN)) == 48
    assert len(store.forecasts(TOWN, MARCH, MARCH + timedelta(days=9))) == 3


def test_a_meter_that_was_deleted_can_come_back_empty(store: Store) -> None:
    store.write_readings(HOME, series())
    store.delete_meter(HOME)
    store.put_meter(HOME)
    assert store.meters() == [HOME]
    assert store.readings(HOME).empty


# -- readings


@pytest.mark.parametrize("step", ["5min", "15min", "30min", "h", "D"])
def test_readings_come_back_to_the_last_bit(store: Store, step: str) -> None:
    written = series(step=step)
    store.write_readings(HOME, written)
    same(store.readings(HOME), written)


@pytest.mark.parametrize(
    ("start", "end", "kept"),
    [
        pytest.param(None, None, slice(0, 48), id="all"),
        pytest.param(10, None, slice(10, 48), id="from-included"),
        pytest.param(None, 10, slice(0, 10), id="end-exclusive"),
        pytest.param(3, 4, slice(3, 4), id="one"),
        pytest.param(4, 4, slice(0, 0), id="nothing"),
        pytest.param(-99, 99, slice(0, 48), id="wider"),
        pytest.param(60, None, slice(0, 0), id="after-the-last"),
    ],
)
def test_a_range_is_start_included_end_excluded(
    store: Store, start: int | None, end: int | None, kept: slice
) -> None:
    written = series()
    store.write_readings(HOME, written)
    bounds = [None if at is None else MARCH + timedelta(hours=at) for at in (start, end)]
    same(store.readings(HOME, *bounds), written.iloc[kept])


def test_writing_twice_changes_nothing_and_says_replaced(store: Store) -> None:
    first = store.write_readings(HOME, series())
    again = store.write_readings(HOME, series())
    assert (first.accepted, first.replaced) == (48, 0)
    assert (again.accepted, again.replaced) == (48, 48)
    same(store.readings(HOME), series())


def test_a_later_value_replaces_an_earlier_one(store: Store) -> None:
    store.write_readings(HOME, series())
    late = pd.Series([99.5, 1.5], index=hours(MARCH + timedelta(hours=47), 2))
    result = store.write_readings(HOME, late)
    assert (result.accepted, result.replaced) == (2, 1)
    assert store.readings(HOME).iloc[-2:].tolist() == [99.5, 1.5]
    assert store.tally(HOME).count == 49


def test_many_meters_are_written_at_once(store: Store) -> None:
    store.write_readings(HOME, series())
    later = series(MARCH + timedelta(hours=40))
    results = store.write_many([(HOME, later), (TOWN, series()), (HOME, series(count=1))])
    assert [(one.accepted, one.replaced) for one in results] == [(48, 8), (48, 0), (1, 1)]
    assert store.tally(HOME).count == 88
    same(store.readings(TOWN), series())
    assert store.meters() == [HOME, TOWN]
    assert store.write_many([]) == []


def test_a_meter_that_must_be_known_is_not_added(store: Store) -> None:
    store.put_meter(HOME)
    with pytest.raises(UnknownMeter):
        store.write_many([(HOME, series()), (TOWN, series())], known_only=True)
    assert store.meters() == [HOME]
    assert store.span(HOME) is None
    assert store.write_many([(HOME, series())], known_only=True)[0].accepted == 48


def test_one_bad_series_stops_all(store: Store) -> None:
    with pytest.raises(InvalidReadings):
        store.write_many([(HOME, series()), (TOWN, series() * np.nan)])
    assert store.meters() == []


def test_disorder_and_duplicates_are_put_right(store: Store) -> None:
    written = series()
    shuffled = pd.concat([written.sample(frac=1, random_state=3) + 1, written.iloc[::-1]])
    assert store.write_readings(HOME, shuffled).accepted == 48
    same(store.readings(HOME), written)


@pytest.mark.parametrize("day", ["2024-03-31", "2024-10-27"], ids=["spring", "autumn"])
def test_clock_changes_neither_lose_nor_double_an_hour(store: Store, day: str) -> None:
    local = pd.date_range(f"{day} 00:00", f"{day} 23:00", freq="h", tz="Europe/Rome")
    written = pd.Series(np.arange(len(local), dtype="float64"), index=local)
    store.write_readings(HOME, written)
    found = store.readings(HOME)
    assert str(found.index.tz) == "UTC"
    assert found.tolist() == written.tolist()
    assert (found.index == local).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_is_refused_whole(store: Store, bad: float) -> None:
    with pytest.raises(InvalidReadings) as error:
        store.write_readings(HOME, pd.Series([1.0, bad], index=hours(MARCH, 2)))
    assert error.value.detail["count"] == 1
    assert store.meters() == []


def test_naive_times_are_refused(store: Store) -> None:
    naive = series().tz_localize(None)
    with pytest.raises(InvalidReadings):
        store.write_readings(HOME, naive)


def test_extreme_values_survive(store: Store) -> None:
    values = [0.0, -0.1, 1e-300, 1.7976931348623157e308, 5e-324, 0.1 + 0.2, -4382.8]
    written = pd.Series(values, index=hours(MARCH, len(values)), name="value")
    store.write_readings(HOME, written)
    assert store.readings(HOME).tolist() == values


def test_an_empty_write_stores_nothing(store: Store) -> None:
    result = store.write_readings(HOME, series().iloc[:0])
    assert (result.accepted, result.replaced) == (0, 0)
    assert store.readings(HOME).empty
    assert store.readings(HOME).index.tz is not None


def test_span_tells_first_and_last(store: Store) -> None:
    assert store.span(HOME) is None
    store.write_readings(HOME, series().drop(series().index[5:9]))
    span = store.span(HOME)
    assert (span.first, span.last) == (MARCH, MARCH + timedelta(hours=47))
    assert store.tally(HOME).count == 44


def test_the_total_tells_of_a_correction_within_the_span(store: Store) -> None:
    assert store.tally(HOME) == Tally(0, 0.0)
    readings = series()
    store.write_readings(HOME, readings)
    assert store.tally(HOME).total == pytest.approx(readings.sum(), rel=1e-12)
    store.write_readings(HOME, readings.iloc[3:4] + 1)
    assert store.tally(HOME).total == pytest.approx(readings.sum() + 1, rel=1e-12)


def test_a_tally_of_a_range_ends_before_its_end(store: Store) -> None:
    readings = series()
    store.write_readings(HOME, readings)
    start, end = readings.index[3].to_pydatetime(), readings.index[10].to_pydatetime()
    tally = store.tally(HOME, start, end)
    assert (tally.count, tally.total) == (7, pytest.approx(readings.iloc[3:10].sum()))
    assert store.tally(HOME, end=end).count == 10
    assert store.tally(HOME, start + timedelta(microseconds=1)).count == len(readings) - 4


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([1.7e308, 1.7e308], id="up"),
        pytest.param([1.7e308, 1.7e308, -1.7e308, -1.7e308, -1.7e308], id="up-and-down"),
    ],
)
def test_a_sum_larger_than_a_float_is_infinite(store: Store, values: list[float]) -> None:
    store.write_readings(HOME, pd.Series(values, index=hours(MARCH, len(values))))
    assert store.tally(HOME) == Tally(len(values), np.inf)
    assert store.delete_readings(HOME, MARCH, MARCH + timedelta(days=1)) == len(values)


@pytest.mark.parametrize(
    ("start", "end", "gone"),
    [
        pytest.param(5, 6, 1, id="one"),
        pytest.param(-10, 3, 3, id="the-first"),
        pytest.param(40, 1000, 8, id="the-last"),
        pytest.param(48, 60, 0, id="none"),
        pytest.param(0, 48, 48, id="all"),
        pytest.param(6, 5, 0, id="reversed"),
    ],
)
def test_readings_of_a_range_are_deleted_and_nothing_else(
    store: Store, start: int, end: int, gone: int
) -> None:
    readings, other = series(), Meter("electricity", "home_10")
    for meter in (HOME, other, TOWN):
        store.write_readings(meter, readings)
    write_issue(store, HOME, MARCH)
    before = store.forecasts(HOME, MARCH, MARCH + timedelta(days=30))
    bounds = MARCH + timedelta(hours=start), MARCH + timedelta(hours=end)

    assert store.delete_readings(HOME, *bounds) == gone

    left = readings[(readings.index < bounds[0]) | (readings.index >= bounds[1])]
    assert store.readings(HOME).to_dict() == (left if gone else readings).to_dict()
    assert store.tally(HOME).count == len(readings) - gone
    assert (store.span(HOME) is None) == (gone == len(readings))
    for untouched in (other, TOWN):
        same(store.readings(untouched), readings)
    assert len(store.forecasts(HOME, MARCH, MARCH + timedelta(days=30))) == len(before)
    assert HOME in store.meters()
    assert store.delete_readings(HOME, *bounds) == 0


def test_deleted_readings_can_be_written_again(store: Store) -> None:
    readings = series()
    store.write_readings(HOME, readings)
    store.delete_readings(HOME, MARCH, MARCH + timedelta(days=10))
    assert store.write_readings(HOME, readings).replaced == 0
    same(store.readings(HOME), readings)


def test_an_unknown_meter_has_no_readings_to_delete(store: Store) -> None:
    assert store.delete_readings(HOME, MARCH, MARCH + timedelta(days=1)) == 0
    assert store.meters() == []


def test_ids_with_every_allowed_sign_stay_apart(store: Store) -> None:
    ids = ["a.b", "a:b", "a-b", "a_b", "A.b"]
    for number, meter_id in enumerate(ids):
        one = pd.Series([float(number)], index=hours(MARCH, 1))
        store.write_readings(Meter("water", meter_id), one)
    found = [store.readings(Meter("water", meter_id)).tolist() for meter_id in ids]
    assert found == [[0.0], [1.0], [2.0], [3.0], [4.0]]
