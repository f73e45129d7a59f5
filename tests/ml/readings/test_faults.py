"""Faults that spoil the scale they are measured by: what the report says, and what a forecast does."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from ml import Forecaster, QualityReport, assess, train
from ml.readings.findings import Finding
from tests.ml.series import TestMeter

METER = TestMeter(timezone="Europe/Vienna", country="AT")


def household(days: int = 450, seed: int = 4, *, step: str = "1h") -> pd.Series:
    """Readings of a household: a morning, an evening, and noise; to three decimals."""
    rng = np.random.default_rng(seed)
    index = pd.date_range("2023-03-01", periods=days * (24 if step == "1h" else 96), freq=step)
    index = index.tz_localize("UTC")
    hour = (index.hour + index.minute / 60 + 1).to_numpy() % 24
    usual = 0.2 + 0.4 * np.exp(-(((hour - 7) / 1.5) ** 2)) + 0.8 * np.exp(-(((hour - 19) / 2) ** 2))
    values = usual * np.exp(0.3 * rng.standard_normal(len(index)))
    return pd.Series(values.round(3), index=index)


SOUND = household()


def found(report: QualityReport, code: str) -> Finding:
    return next(item for item in report.findings if item.code == code)


def codes(report: QualityReport) -> set[str]:
    return {item.code for item in report.findings}


def now_and_then(share: float, seed: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).random(len(SOUND)) < share


def with_values(places: np.ndarray, value: float) -> pd.Series:
    return SOUND.where(~places, value)


def times(start: int, hours: int, factor: float) -> pd.Series:
    readings = SOUND.copy()
    readings.iloc[start : start + hours] *= factor
    return readings


def with_runs(value: float, *, length: int = 7, runs: int = 30) -> tuple[pd.Series, np.ndarray]:
    places = np.zeros(len(SOUND), bool)
    for start in np.random.default_rng(2).integers(0, len(SOUND) - length, runs):
        places[start : start + length] = True
    return with_values(places, value), places


@pytest.mark.parametrize("share", [0.003, 0.02, 0.2])
@pytest.mark.parametrize(
    "value",
    [65535.0, 32767.0, 255.0, 4294967295.0, -1.0, -99.0, -9999.0, 99.9, 999.9, 9999.0, 31e3],
)
def test_error_codes_are_known_by_their_repetition(value: float, share: float) -> None:
    places = now_and_then(share)
    report = assess(with_values(places, value), meter=METER)
    assert report.excluded == places.sum()
    code = found(report, "error_code")
    assert code.excluded
    assert code.readings == places.sum()
    assert f"{value:.10g}" in code.message
    assert codes(report) == {"error_code"}


@pytest.mark.parametrize("value", [65535.0, -1.0, 99.9, 31e3])
def test_error_codes_come_in_runs_too(value: float) -> None:
    readings, places = with_runs(value)
    report = assess(readings, meter=METER)
    assert found(report, "error_code").readings == places.sum()
    start = found(report, "error_code").places[0][0]
    assert pd.Timestamp(start) == readings.index[places][0]


def test_a_code_amid_the_readings_is_told_where_it_comes_improbably_often() -> None:
    rng = np.random.default_rng(5)
    district = (150 + 300 * SOUND + 5 * rng.standard_normal(len(SOUND))).round(2)
    places = now_and_then(0.02)
    report = assess(district.where(~places, 255.0), meter=METER)
    assert found(report, "error_code").readings == pytest.approx(places.sum(), abs=3)


def test_codes_in_finer_readings_are_no_part_of_a_sum() -> None:
    fine = household(60, step="15min")
    fine.iloc[::70] = 65535.0
    report = assess(fine, meter=replace(METER, resolution=timedelta(hours=1)))
    assert found(report, "error_code").readings == len(fine.iloc[::70])
    assert codes(report) == {"error_code", "finer", "finer_missing", "gap"}


def test_several_codes_are_all_named() -> None:
    first, second = now_and_then(0.01, seed=1), now_and_then(0.01, seed=2)
    readings = with_values(first, 65535.0).where(~second, -9999.0)
    report = assess(readings, meter=METER)
    assert found(report, "error_code").readings == (first | second).sum()
    assert "65535" in found(report, "error_code").message
    assert "-9999" in found(report, "error_code").message


@pytest.mark.parametrize("share", [0.005, 0.02, 0.04])
def test_spikes_are_found_by_a_scale_that_they_do_not_set(share: float) -> None:
    places = now_and_then(share)
    report = assess(SOUND.where(~places, 50 * SOUND), meter=METER)
    assert found(report, "spike").readings >= 0.95 * places.sum()
    assert report.excluded <= places.sum()


@pytest.mark.parametrize("factor", [1000.0, 0.001, 4.0, 0.25, 60.0])
@pytest.mark.parametrize(
    ("start", "days"), [(3000, 1), (5005, 3), (5005, 10), (0, 20), (len(SOUND) - 240, 10)]
)
def test_another_unit_is_found_and_left_out(factor: float, start: int, days: int) -> None:
    report = assess(times(start, 24 * days, factor), meter=METER)
    unit = found(report, "unit_change")
    assert unit.excluded
    assert len(unit.places) == unit.count == 1
    assert 24 * days <= report.excluded <= 24 * days + 8
    told = float(unit.message.split("about ")[1].split(" times")[0])
    assert told == pytest.approx(factor, rel=0.12)  # a day tells no more of a small factor
    assert ("can't be told" in unit.message) is (start in (0, len(SOUND) - 240))


def test_a_unit_that_has_lasted_is_taken_for_right() -> None:
    report = assess(times(len(SOUND) - 24 * 40, 24 * 40, 1000.0), meter=METER)
    assert report.excluded == pytest.approx(len(SOUND) - 24 * 40, abs=2)
    assert "0.001 times" in found(report, "unit_change").message
    assert report.ready


@pytest.mark.parametrize("factor", [1.5, 2.0, 0.6])
def test_a_new_level_is_told_and_kept(factor: float) -> None:
    report = assess(times(6000, len(SOUND), factor), meter=METER)
    shift = found(report, "level_shift")
    assert report.excluded == 0
    assert not shift.excluded
    assert abs(pd.Timestamp(shift.places[0][0]) - SOUND.index[6000]) < timedelta(days=3)
    assert codes(report) == {"level_shift"}


def test_a_swapped_meter_is_told_and_kept() -> None:
    hour = SOUND.index.hour.to_numpy()
    rng = np.random.default_rng(6)
    office = 0.6 + 1.5 * ((hour > 7) & (hour < 17)) * np.exp(0.1 * rng.standard_normal(len(hour)))
    readings = SOUND.copy()
    readings.iloc[6000:] = office[6000:]
    report = assess(readings, meter=METER)
    swap = found(report, "meter_swap")
    assert (report.excluded, swap.count, swap.excluded) == (0, 1, False)
    assert abs(pd.Timestamp(swap.places[0][0]) - SOUND.index[6000]) < timedelta(days=3)
    assert pd.Timestamp(swap.places[0][1]) == SOUND.index[-1] + timedelta(hours=1)


def week_after(model: Forecaster, readings: pd.Series) -> pd.Series:
    end = readings.index[-1] + timedelta(hours=1)
    return model.predict(readings, end, end + timedelta(days=7))["p50"]


FAULTS = {
    "65535 in 1.5 % of the hours": (with_values(now_and_then(0.015), 65535.0), "error_code"),
    "-9999 in 5 % of the hours": (with_values(now_and_then(0.05), -9999.0), "error_code"),
    "x1000 for ten days": (times(6007, 240, 1000.0), "unit_change"),
    "x1000 for the last ten days": (times(len(SOUND) - 240, 240, 1000.0), "unit_change"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_forecast_from_faulty_readings_is_like_the_true_ones(fault: str) -> None:
    readings, code = FAULTS[fault]
    model = train(readings, meter=METER)
    quality = model.meta["quality"]
    assert [item["code"] for item in quality["findings"]] == [code]
    assert quality["excluded"] >= (readings != SOUND).sum()
    median = week_after(model, readings)
    assert len(median) == 168
    assert median.between(SOUND.min(), SOUND.max()).all()
    assert model.meta["never_negative"]
