"""The small parts: objective, mixture, bands, scores, baseline."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from ml import backtest, seasonal_naive
from ml.ensemble.bands import weighted_quantile
from ml.ensemble.weights import mixture
from ml.learners.boosting import smooth_pinball
from ml.learners.naive import naive_quantiles
from ml.metrics import scores
from ml.readings import make_grid
from tests.ml.series import Series, synthetic


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
def test_the_smooth_objective_settles_near_its_quantile(level: float) -> None:
    label = np.random.default_rng(0).normal(size=4000)
    objective = smooth_pinball(label, np.ones(4000), level=level, width=0.05)
    value = 0.0
    for _ in range(200):
        gradient, curvature = objective(np.full(4000, value, np.float32))
        value -= float(gradient.sum() / curvature.sum())
    assert (label <= value).mean() == pytest.approx(level, abs=0.02)


def test_the_mixture_leans_to_the_better_candidate_and_stays_convex() -> None:
    rng = np.random.default_rng(0)
    actual = rng.normal(size=3000)
    candidates = np.column_stack(
        [actual + rng.normal(0, 0.1, 3000), actual + rng.normal(0, 1.0, 3000)]
    )
    weights = mixture(actual, candidates, np.array([0.5, 0.5]), np.ones(3000))
    assert weights.sum() == pytest.approx(1.0)
    assert (weights >= 0).all()
    assert weights[0] > 0.9


def test_few_errors_leave_the_prior() -> None:
    prior = np.array([0.7, 0.3])
    assert mixture(np.zeros(5), np.ones((5, 2)), prior, np.ones(5)) is prior


def test_weighted_quantile_counts_weights() -> None:
    values, weight = np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 8.0])
    assert weighted_quantile(values, weight, 0.1) == 1.0
    assert weighted_quantile(values, weight, 0.5) == 3.0


def test_scores_of_a_known_forecast() -> None:
    actual = np.array([1.0, 2.0, np.nan, 4.0])
    flat = np.array([2.0, 2.0, 2.0, 2.0])
    found = scores(actual, {0.1: flat - 1, 0.5: flat, 0.9: flat + 1}, scale=0.5)
    assert found["readings"] == 3
    assert found["mae"] == pytest.approx(1.0)
    assert found["mase"] == pytest.approx(2.0)
    assert found["bias"] == pytest.approx(-1 / 3)
    assert found["coverage_80"] == pytest.approx(2 / 3)


def test_the_naive_looks_further_back_where_a_week_is_missing(series: Series) -> None:
    readings = series.readings.copy()
    readings.iloc[-100] = np.nan
    start = readings.index[-1] + pd.Timedelta(hours=1)
    end = start + pd.Timedelta(days=7)
    grid = make_grid(readings.dropna(), step=timedelta(hours=1), zone="Europe/Rome", end=end)
    naive = seasonal_naive(grid, origin=start, start=start, end=end)
    assert naive.iloc[-100] == readings.iloc[-100 - 168]
    assert naive.iloc[-99] == readings.iloc[-99]


def test_the_naive_has_a_band_of_its_own_errors(series: Series) -> None:
    grid = make_grid(series.readings, step=timedelta(hours=1), zone="Europe/Rome")
    week = 7 * 24
    found = naive_quantiles(grid.values[:-week], grid, (0.1, 0.5, 0.9))
    actual = grid.values[week:]
    inside = (actual >= found[0.1]) & (actual <= found[0.9])
    assert inside.mean() == pytest.approx(0.8, abs=0.01)
    result = backtest(series.readings, meter=series.meter, test_size=0.1)
    assert 0.5 < result.baseline_metrics["coverage_80"] < 1.0


def test_backtest_result_is_whole_and_json() -> None:
    series = synthetic(days=100)
    told: list[float] = []
    result = backtest(
        series.readings,
        series.weather,
        meter=series.meter,
        test_size=0.25,
        report=lambda stage, fraction, **facts: told.append(fraction),
    ).to_dict()
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)
    assert set(result) >= {
        "start",
        "end",
        "origins",
        "metrics",
        "baseline_metrics",
        "by_lead",
        "by_hour",
        "coverage",
        "weather",
        "points",
    }
    assert result["origins"] == 4
    assert [part["lead_days"] for part in result["by_lead"]] == [1, 2, 3, 4, 5, 6, 7]
    assert len(result["by_hour"]) == 24
    # The test begins at the midnight before 25 of 100 days, and a clock change takes an hour.
    assert len(result["points"]) == 26 * 24 - 1
    assert result["weather"] == {"used_share": 1.0, "columns": ["temperature"]}
