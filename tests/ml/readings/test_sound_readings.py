"""Meters that look odd and are sound: not one of their readings is left out."""

import numpy as np
import pandas as pd
import pytest

from ml import assess
from tests.ml.readings.test_faults import household
from tests.ml.series import TestMeter, datasets_folder

DAYS = 420
BASE = household(DAYS, seed=11)
HOUR = ((BASE.index.hour + 1) % 24).to_numpy()
DAY = np.arange(len(BASE)) // 24
WORKDAY = BASE.index.day_of_week.to_numpy() < 5
SUMMER = BASE.index.month.isin([5, 6, 7, 8, 9])


def charging_car() -> np.ndarray:
    rng, values = np.random.default_rng(1), BASE.to_numpy().copy()
    for day in range(DAYS - 2):
        if rng.random() < 0.35:
            start, hours = 24 * day + 22 + rng.integers(4), rng.integers(2, 5)
            values[start : start + hours] += 11.0
            values[start + hours] += 11.0 * rng.random()
    return values


def single_bursts() -> np.ndarray:
    rng = np.random.default_rng(2)
    return BASE.to_numpy() + (rng.random(len(BASE)) < 0.02) * rng.uniform(3, 9, len(BASE))


def absences() -> np.ndarray:
    """Three weeks and ten days in which only the refrigerator runs."""
    rng, values = np.random.default_rng(3), BASE.to_numpy().copy()
    for start, days in ((2000, 21), (6000, 10)):
        values[start : start + 24 * days] = 0.07 * np.exp(0.2 * rng.standard_normal(24 * days))
    return values


def sprinkler() -> np.ndarray:
    return np.where(SUMMER & (HOUR == 6) & (DAY % 2 == 0), 1250.0, 0.0)


def leak_and_pump() -> np.ndarray:
    leak = np.random.default_rng(13).choice([0.01, 0.02], len(BASE))
    return np.where((HOUR >= 4) & (HOUR < 8) & (DAY % 3 == 0), 125.0, leak)


def office() -> np.ndarray:
    noise = np.exp(0.05 * np.random.default_rng(4).standard_normal(len(BASE)))
    return np.where(WORKDAY & (HOUR > 7) & (HOUR < 18), 45.0, 4.0) * noise


def works_without_weekend() -> np.ndarray:
    noise = np.exp(0.1 * np.random.default_rng(5).standard_normal(len(BASE)))
    return np.where(WORKDAY, 60.0, 6.0) * noise


def works_in_campaigns() -> np.ndarray:
    noise = np.exp(0.1 * np.random.default_rng(6).standard_normal(len(BASE)))
    return np.where((DAY // 28) % 2 == 0, 60.0, 15.0) * noise


def pulses() -> np.ndarray:
    return 10.0 * np.random.default_rng(7).poisson(0.5 + 2 * BASE.to_numpy())


def rare_pulses() -> np.ndarray:
    return 100.0 * (np.random.default_rng(8).random(len(BASE)) < 0.06)


def solar() -> np.ndarray:
    sun = np.clip(np.sin((HOUR - 6) / 12 * np.pi), 0, None)
    bright = np.random.default_rng(9).beta(2, 1.5, DAYS)[DAY]
    return BASE.to_numpy() - 3.0 * sun * bright * (0.7 - 0.5 * np.cos(2 * np.pi * DAY / 365))


def standby() -> np.ndarray:
    rng = np.random.default_rng(10)
    rest = 0.06 + 0.002 * rng.standard_normal(len(BASE)).round(3)
    return np.where(rng.random(len(BASE)) < 0.015, 1.3 * np.exp(0.2 * rng.random(len(BASE))), rest)


SOUND = {
    "charging car": charging_car,
    "single bursts": single_bursts,
    "absences": absences,
    "sprinkler": sprinkler,
    "leak and pump": leak_and_pump,
    "office": office,
    "works without weekend": works_without_weekend,
    "works in campaigns": works_in_campaigns,
    "pulses": pulses,
    "rare pulses": rare_pulses,
    "net load": solar,
    "net load in whole kWh": lambda: solar().round(),
    "small solar in whole kWh": lambda: (BASE.to_numpy() + (solar() - BASE.to_numpy()) / 3).round(),
    "end of the scale at 255": lambda: np.minimum(200 * BASE.to_numpy(), 255.0),
    "end of the scale at 9.99": lambda: np.minimum(8 * BASE.to_numpy(), 9.99),
    "standby": standby,
    "very uneven": lambda: np.exp(1.2 * np.random.default_rng(12).standard_normal(len(BASE))),
}


@pytest.mark.parametrize("kind", SOUND)
def test_nothing_is_left_out(kind: str) -> None:
    report = assess(pd.Series(SOUND[kind](), index=BASE.index), meter=TestMeter())
    assert report.excluded == 0, report.findings


@pytest.mark.parametrize("step", ["15min", "1h"])
@pytest.mark.parametrize("days", [20, 60])
def test_short_and_fine_readings_have_no_findings(step: str, days: int) -> None:
    report = assess(household(days, seed=3, step=step), meter=TestMeter())
    assert report.findings == ()


def test_the_real_series_lose_nothing() -> None:
    """Sixteen measured ones, where their folder is; elsewhere the odd ones above stand for them."""
    for path in sorted(datasets_folder().glob("*/*.csv")):
        frame = pd.read_csv(path, usecols=["timestamp", "value"])
        index = pd.DatetimeIndex(pd.to_datetime(frame["timestamp"], utc=True))
        readings = pd.Series(frame["value"].to_numpy(float), index=index)
        report = assess(readings, meter=TestMeter(meter_id=path.stem, timezone="UTC"))
        assert report.excluded == 0, path.stem
