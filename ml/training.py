"""Training: from readings to a Forecaster. The one place where the parts are wired."""

import importlib.metadata
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import xgboost

from ml.baselines import naive_scale
from ml.boosting import BoostingSettings
from ml.calibration import Band, fit_bands
from ml.design import CONTEXT_DAYS, Design, Surroundings, draw_pairs
from ml.expert import BASELINES, Expert, baseline_columns, mixed
from ml.fingerprint import fingerprint
from ml.forecaster import Forecaster
from ml.grid import BoolArray, FloatArray, Grid, IntArray
from ml.heads import FittedHead, blocks, fit_head, plan
from ml.meter import Meter
from ml.metrics import scores
from ml.mixing import LEAD_DAYS, lead_group, mixture
from ml.options import MEDIAN, TrainingOptions
from ml.progress import Progress, Report
from ml.quality import Checked, check, require_ready
from ml.weather_view import WEATHER_COLUMNS

FOLDS = 3
BLOCK_DAYS = 14
"""Longer than the memory of most errors, short enough for every fold to hold every season."""
HALF_LIFE_DAYS = 730.0
RECENT_HALF_LIFE_DAYS = 90.0
"""For weights and bands: what went wrong lately tells most of what will go wrong next."""
HELD_BACK_DAYS = 42
YEARLY_DAYS = 550
"""One year shows each season once, which is no pattern yet."""
SETTINGS = BoostingSettings()


@dataclass(frozen=True)
class Evidence:
    """What an expert is made of: pairs, and the unseen forecast of each by every candidate."""

    design: Design
    actual: FloatArray
    weight: FloatArray
    half: IntArray
    grid: Grid
    options: TrainingOptions

    @property
    def recency(self) -> FloatArray:
        age = (len(self.grid) - self.design.pairs.target) / self.grid.day
        return self.weight * 0.5 ** (age / RECENT_HALF_LIFE_DAYS)


def train(
    readings: pd.Series,
    weather: pd.DataFrame | None = None,
    *,
    meter: Meter,
    report: Report | None = None,
    options: TrainingOptions | None = None,
) -> Forecaster:
    """Train the forecaster of one meter.

    readings: consumption over the interval that starts at each instant, aware index, any order;
    weather: by valid time, or by (valid_at, available_at), columns among WEATHER_COLUMNS.
    `report(stage, fraction, **facts)` is called in every boosting round and may raise to stop.

    Raises InsufficientHistory, BadQuality, OutOfRange.
    """
    options = options or TrainingOptions()
    began = time.perf_counter()
    progress = Progress(report)
    progress.tell("checking", 0.0, message="Checking the readings")
    checked = check(readings, meter=meter)
    require_ready(checked.report)
    progress.tell("features", 0.02, message="Building features")
    grid = _remembered(checked.grid, options.memory)
    scale = float(np.nanmean(np.abs(grid.values)))
    horizon = options.max_horizon // grid.step
    columns = _usable_columns(weather)
    yearly = len(grid) / grid.day > YEARLY_DAYS
    surroundings = Surroundings.of(
        grid,
        weather,
        scale=scale,
        country=meter.country,
        subdivision=meter.subdivision,
        yearly=yearly,
        versions=-(-horizon // grid.day) + 2,
        columns=columns,
    )
    pairs = draw_pairs(grid, horizon=horizon, seed=options.seed)
    design = surroundings.design(pairs)
    block = max(1, min(BLOCK_DAYS, len(grid) // grid.day // (2 * FOLDS)))
    fold = blocks(pairs.target, day=grid.day, folds=FOLDS, block_days=block)
    evidence = Evidence(
        design=design,
        actual=grid.values[pairs.target],
        weight=_weights(design, grid),
        half=(pairs.target // (grid.day * block)) % 2,
        grid=grid,
        options=options,
    )
    with_weather = bool(columns) and surroundings.view is not None
    heads = plan(weather=with_weather)
    tick = progress.rounds(
        "fitting", start=0.05, end=0.85, total=len(heads) * FOLDS * SETTINGS.rounds, label="Fitting"
    )
    fitted: list[FittedHead] = []
    unseen: list[FloatArray] = []
    everything = np.ones(len(pairs), bool)
    for number, head in enumerate(heads):
        one, forecast = fit_head(
            head,
            design,
            evidence.actual,
            evidence.weight,
            fold,
            everything,
            settings=SETTINGS,
            nthread=options.nthread,
            seed=options.seed + 10 * number,
            on_round=tick,
        )
        fitted.append(one)
        unseen.append(forecast)
    progress.tell("calibrating", 0.86, message="Calibrating the bands")
    naive = baseline_columns(design, grid)
    plain, plain_median = _expert(
        evidence,
        [f for f in fitted if not f.head.weather],
        [u for f, u in zip(fitted, unseen, strict=True) if not f.head.weather],
        naive,
    )
    rich, rich_median = (
        _expert(evidence, fitted, unseen, naive) if with_weather else (None, plain_median)
    )
    progress.tell("validating", 0.95, message="Comparing with the weekly naive")
    recent = pairs.target >= len(grid) - HELD_BACK_DAYS * grid.day
    source = "model"
    best = rich_median
    if _mae(evidence, best, recent) >= _mae(evidence, naive[1], recent):
        source = "baseline"
        plain, best = _expert(evidence, [], [], naive)
        rich = None
    metrics = scores(evidence.actual[recent], {MEDIAN: best[recent]}, scale=naive_scale(grid))
    baseline = scores(evidence.actual[recent], {MEDIAN: naive[1][recent]}, scale=naive_scale(grid))
    meta = _meta(
        meter,
        checked,
        grid,
        options,
        columns=columns if with_weather else (),
        scale=scale,
        yearly=yearly,
    )
    meta |= {
        "features": list(design.names),
        "source": source,
        "metrics": metrics,
        "baseline_metrics": baseline,
        "fingerprint": fingerprint(readings, weather),
        "seconds": time.perf_counter() - began,
    }
    progress.tell("validating", 1.0, message="Trained")
    return Forecaster(meta, plain=plain, weather=rich)


def _expert(
    evidence: Evidence, fitted: list[FittedHead], unseen: list[FloatArray], naive: list[FloatArray]
) -> tuple[Expert, FloatArray]:
    """The mixture and its bands from unseen forecasts; also the unseen median, (pairs,)."""
    design, day = evidence.design, evidence.grid.day
    candidates = np.column_stack([*unseen, *naive])
    model_share = 1.0 if fitted else 0.0
    prior = np.array(
        [model_share / max(len(fitted), 1)] * len(fitted)
        + [(1 - model_share) / len(naive)] * len(naive)
    )
    group = lead_group(design.pairs.lead, day=day, bounds=LEAD_DAYS)
    weights = np.vstack(
        [
            mixture(
                evidence.actual[group == number],
                candidates[group == number],
                prior,
                evidence.recency[group == number],
            )
            for number in range(len(LEAD_DAYS) + 1)
        ]
    )
    median = mixed(candidates, weights, design, day=day)
    bands: tuple[Band, ...] = fit_bands(
        design,
        median,
        evidence.actual,
        evidence.recency,
        evidence.half,
        levels=tuple(level for level in evidence.options.quantiles if level != MEDIAN),
        day=day,
        nthread=evidence.options.nthread,
        seed=evidence.options.seed,
    )
    return Expert(tuple(fitted), weights, bands), median


def _mae(evidence: Evidence, forecast: FloatArray, chosen: BoolArray) -> float:
    return float(np.abs(forecast - evidence.actual)[chosen].mean())


def _weights(design: Design, grid: Grid) -> FloatArray:
    """Errors count in the meter's own unit, and recent ones more."""
    age = (len(grid) - design.pairs.target) / grid.day
    return 0.5 ** (age / HALF_LIFE_DAYS) * design.base.level / design.base.level.mean()


def _remembered(grid: Grid, memory: timedelta) -> Grid:
    """The grid without what lies longer back than the memory and the context before it."""
    kept = max(0, len(grid) - (memory + timedelta(days=CONTEXT_DAYS)) // grid.step)
    return replace(grid, index=grid.index[kept:], values=grid.values[kept:])


def _usable_columns(weather: pd.DataFrame | None) -> tuple[str, ...]:
    if weather is None or weather.empty:
        return ()
    return tuple(n for n in WEATHER_COLUMNS if n in weather and weather[n].notna().any())


def _meta(
    meter: Meter,
    checked: Checked,
    grid: Grid,
    options: TrainingOptions,
    *,
    columns: tuple[str, ...],
    scale: float,
    yearly: bool,
) -> dict[str, Any]:
    return {
        "meter": {
            "meter_type": meter.meter_type,
            "meter_id": meter.meter_id,
            "unit": meter.unit,
            "timezone": meter.timezone,
            "country": meter.country,
            "subdivision": meter.subdivision,
        },
        "resolution_seconds": int(grid.step.total_seconds()),
        "max_horizon_hours": options.max_horizon / timedelta(hours=1),
        "quantiles": list(options.quantiles),
        "seed": options.seed,
        "train_start": grid.index[0].isoformat(),
        "train_end": (grid.index[-1] + grid.step).isoformat(),
        "readings": int((~np.isnan(grid.values)).sum()),
        "scale": scale,
        "never_negative": bool(np.nanmin(grid.values) >= 0),
        "yearly": yearly,
        "weather_columns": list(columns),
        "candidates": list(BASELINES),
        "quality": checked.report.to_dict(),
        "versions": {
            name: importlib.metadata.version(name) for name in ("numpy", "pandas", "holidays")
        }
        | {"xgboost": xgboost.__version__},
    }
