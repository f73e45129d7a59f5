"""Training: from readings to a Forecaster. The one place where the parts are wired."""

import importlib.metadata
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import xgboost

from ml.ensemble import Evidence, Judged, SimilarMeter
from ml.ensemble.bands import rounds_of_bands
from ml.ensemble.candidates import Fitting, with_weather, without_weather
from ml.ensemble.evidence import held_back_scores
from ml.ensemble.selection import blended, choose, chosen, mix, with_similar
from ml.ensemble.similar import borrow
from ml.errors import InsufficientHistory
from ml.features import Surroundings, draw_pairs
from ml.features.design import CONTEXT_DAYS
from ml.features.weather_view import WEATHER_COLUMNS
from ml.fingerprint import fingerprint
from ml.forecasting import Forecaster
from ml.learners import Sample
from ml.learners.boosted import SIMILAR_SUFFIX
from ml.learners.sample import FOLDS
from ml.meter import Meter
from ml.options import TrainingOptions
from ml.progress import PLAN, Progress, Report
from ml.readings import Checked, Grid, check
from ml.readings.quality import NEEDED, require_ready

YEARLY_DAYS = 550
"""One year shows each season once, which is no pattern yet."""


def train(
    readings: pd.Series,
    weather: pd.DataFrame | None = None,
    *,
    meter: Meter,
    similar: Sequence[SimilarMeter] = (),
    report: Report | None = None,
    options: TrainingOptions | None = None,
) -> Forecaster:
    """Train the forecaster of one meter.

    readings: consumption over the interval that starts at each instant, aware index, any order;
    weather: by valid time, or by (valid_at, available_at), columns among WEATHER_COLUMNS;
    similar: similar meters that a short history learns from too, where that proves to be of use.
    `report(stage, fraction, **facts)` is called in every boosting round and may raise to stop.

    Raises InsufficientHistory, BadQuality, OutOfRange.
    """
    options = options or TrainingOptions()
    began = time.perf_counter()
    progress = Progress(report)
    progress.tell("checking", 0.0, message="Checking the readings")
    checked = check(readings, meter=meter)
    require_ready(checked.report)
    progress.tell("features", PLAN.checked, message="Building features")
    grid = _remembered(checked.grid, options.memory)
    known = _Known(
        scale=float(np.nanmean(np.abs(grid.values))),
        yearly=len(grid) / grid.day > YEARLY_DAYS,
        weather_columns=_usable_columns(weather),
    )
    sample = _draw_sample(grid, weather, meter, known, options)
    _require_folds(sample, grid)
    evidence = Evidence.of(sample, grid)
    fitting = Fitting(sample, evidence, options, progress)
    found = with_weather(fitting) if known.weather_columns else without_weather(fitting)
    if not found.weathered:
        known = replace(known, weather_columns=())
    borrowed = borrow(fitting, similar)
    found = replace(
        found,
        plain=with_similar(evidence, found.plain, borrowed.candidates),
        weathered=with_similar(evidence, found.weathered, borrowed.candidates),
    )
    calibrating = progress.rounds(
        "calibrating",
        start=PLAN.borrowed,
        end=PLAN.calibrated,
        total=rounds_of_bands(options.quantiles),
        label="Calibrating the bands",
    )
    rich, maes = None, {"naive": evidence.naive_mae}
    if found.weathered:
        rich = mix(evidence, found.weathered, options=options, on_round=calibrating)
    like = rich.ensemble.bands if rich else ()
    plain = choose(evidence, found.plain, options=options, on_round=calibrating, like=like)
    maes["without_weather"] = plain.mae(evidence)
    best = plain
    if rich:
        best = blended(evidence, plain, rich, found.trust)
        maes["with_weather"] = best.mae(evidence)
        if maes["with_weather"] >= maes["naive"]:
            best, rich, known = plain, None, replace(known, weather_columns=())
    progress.tell("validating", PLAN.calibrated, message="Comparing with the weekly naive")
    metrics, baseline_metrics = held_back_scores(evidence, best)
    meta = _meta(meter, checked, grid, options, known) | {
        "features": list(sample.design.names),
        "source": "model" if best.ensemble.learners else "baseline",
        "chosen": chosen(best, maes),
        "similar_meters": list(borrowed.meters) if _uses_similar(plain, rich) else [],
        "weather_trust": found.trust.round(4).tolist(),
        "metrics": metrics,
        "baseline_metrics": baseline_metrics,
        "fingerprint": fingerprint(readings, weather),
        "seconds": time.perf_counter() - began,
    }
    progress.tell("validating", 1.0, message="Trained")
    return Forecaster(meta, plain=plain.ensemble, weather=None if rich is None else rich.ensemble)


def _uses_similar(*ensembles: Judged | None) -> bool:
    learners = [learner for judged in ensembles if judged for learner in judged.ensemble.learners]
    return any(learner.name.endswith(SIMILAR_SUFFIX) for learner in learners)


@dataclass(frozen=True)
class _Known:
    """What a forecast must know of its training."""

    scale: float
    yearly: bool
    weather_columns: tuple[str, ...]


def _draw_sample(
    grid: Grid, weather: pd.DataFrame | None, meter: Meter, known: _Known, options: TrainingOptions
) -> Sample:
    """Every known reading as a target, with the features of one drawn origin."""
    horizon = options.max_horizon // grid.step
    surroundings = Surroundings.of(
        grid,
        weather,
        scale=known.scale,
        country=meter.country,
        subdivision=meter.subdivision,
        yearly=known.yearly,
        days_ahead=-(-horizon // grid.day) + 1,
        columns=known.weather_columns,
    )
    pairs = draw_pairs(grid, horizon=horizon, seed=options.seed)
    return Sample.of(surroundings.design(pairs), grid.values[pairs.target], grid)


def _require_folds(sample: Sample, grid: Grid) -> None:
    """Raise InsufficientHistory where the readings all lie in one fold: a few after a long gap."""
    if len(np.unique(sample.fold)) == FOLDS:
        return
    have = int((~np.isnan(grid.values)).sum()) * grid.step / timedelta(hours=1)
    raise InsufficientHistory(
        f"only {have:.0f} hours of readings since {grid.index[0]:%Y-%m-%d}, after a long gap",
        hint="Train on a range that ends before the gap, load what is missing, or wait.",
        detail={
            "have_hours": have,
            "need_hours": NEEDED / timedelta(hours=1),
            "usable_from": None,
        },
    )


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
    known: _Known,
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
        "scale": known.scale,
        "never_negative": bool(np.nanmin(grid.values) >= 0),
        "yearly": known.yearly,
        "weather_columns": list(known.weather_columns),
        "quality": checked.report.to_dict(),
        "versions": {
            name: importlib.metadata.version(name) for name in ("numpy", "pandas", "holidays")
        }
        | {"xgboost": xgboost.__version__},
    }
