"""Each finding of the quality report, with its place and count."""

import numpy as np
import pandas as pd
import pytest

from ml import BadQuality, InsufficientHistory, OutOfRange, QualityReport, assess, train
from ml.readings import check
from ml.readings.findings import Finding
from tests.ml.series import Series, TestMeter, synthetic


@pytest.fixture
def clean() -> Series:
    return synthetic(days=40)


def finding(report: QualityReport, code: str) -> Finding | None:
    return next((item for item in report.findings if item.code == code), None)


def test_sound_readings_have_no_findings(clean: Series) -> None:
    report = assess(clean.readings, meter=clean.meter)
    assert report.findings == ()
    assert report.ready
    assert report.completeness == 1.0


def broken(readings: pd.Series, code: str) -> pd.Series:
    readings = readings.copy()
    if code == "gap":
        return readings.drop(readings.index[100:130])
    if code == "flatline":
        readings.iloc[200:240] = 4.0
    if code == "spike":
        readings.iloc[300] = 5e4
    if code == "negative":
        readings.iloc[310] = -1.0
    if code == "not_finite":
        readings.iloc[5] = np.inf
    if code == "duplicate":
        return pd.concat([readings, readings.iloc[[7]]])
    if code == "stopped":
        readings.iloc[400:600] = 0.0
    if code == "off_grid":
        times = readings.index.to_series()
        times.iloc[9] += pd.Timedelta(minutes=3)
        return readings.set_axis(pd.DatetimeIndex(times))
    if code == "clock_change":
        change = pd.Timestamp("2024-10-27 01:00", tz="UTC")
        return readings.drop([change])
    return readings


@pytest.mark.parametrize(
    ("code", "readings", "excluded"),
    [
        ("gap", 30, False),
        ("flatline", 40, True),
        ("spike", 1, True),
        ("negative", 1, False),
        ("not_finite", 1, False),
        ("duplicate", 1, False),
        ("stopped", 200, False),
        ("off_grid", 1, False),
        ("clock_change", 1, False),
    ],
)
def test_each_fault_is_found_where_it_is(code: str, readings: int, excluded: bool) -> None:
    series = synthetic(days=40, start="2024-10-01")
    faulty = broken(series.readings, code)
    found = finding(assess(faulty, meter=series.meter), code)
    assert found is not None
    assert (found.count, found.readings, found.excluded) == (
        (1, readings, excluded) if found.places else (readings, readings, excluded)
    )
    if code == "gap":
        start, end = found.places[0]
        assert pd.Timestamp(start) == series.readings.index[100]
        assert pd.Timestamp(end) == series.readings.index[130]


def test_excluded_readings_are_not_learnt_from(clean: Series) -> None:
    checked = check(broken(clean.readings, "spike"), meter=clean.meter)
    assert np.isnan(checked.grid.values[300])


def test_zeros_of_a_small_meter_are_no_flatline(clean: Series) -> None:
    readings = clean.readings.copy()
    readings.iloc[100:200] = 0.0
    assert finding(assess(readings, meter=clean.meter), "flatline") is None


def test_the_report_is_json(clean: Series) -> None:
    document = assess(broken(clean.readings, "gap"), meter=clean.meter).to_dict()
    assert document["findings"][0]["code"] == "gap"


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        pytest.param(lambda readings: readings.iloc[:0], BadQuality, id="empty"),
        pytest.param(lambda readings: readings * np.nan, BadQuality, id="no-values"),
        pytest.param(lambda readings: readings.tz_localize(None), OutOfRange, id="no-time-zone"),
    ],
)
def test_what_is_no_series_of_readings_is_refused(clean: Series, damage, error) -> None:
    with pytest.raises(error):
        assess(damage(clean.readings), meter=clean.meter)


def test_one_reading_after_years_of_silence_is_too_little_to_learn_from() -> None:
    index = pd.date_range("2019-01-01", "2021-01-01", freq="h", tz="UTC")
    index = index.append(pd.DatetimeIndex(["2025-01-01"], tz="UTC"))
    values = 5 + np.sin(index.hour / 24 * 2 * np.pi)
    with pytest.raises(InsufficientHistory, match="after a long gap"):
        train(pd.Series(np.asarray(values), index=index), meter=TestMeter(timezone="UTC"))
