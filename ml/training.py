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

from ml.calibration import rounds_of_bands
from ml.design import CONTEXT_DAYS, Surroundings, draw_pairs
from ml.fingerprint import fingerprint
from ml.forecaster import Forecaster
from ml.grid import Grid
from ml.heads import fit_boosted, heads_for, rounds_of
from ml.linear import LINEAR, LinearHead, fit_linear
from ml.meter import Meter
from ml.network import EPOCHS, fit_network
from ml.options import TrainingOptions
from ml.progress import Progress, Report
from ml.quality import Checked, check, require_ready
from ml.sample import FOLDS, Sample
from ml.selection import (
    Candidate,
    Evidence,
    blended,
    choose,
    chosen,
    held_back_scores,
    mix,
    weather_trust,
)
from ml.weather_trust import LEAD_DAYS as TRUST_LEAD_DAYS
from ml.weather_view import WEATHER_COLUMNS

YEARLY_DAYS = 550
"""One year shows each season once, which is no pattern yet."""


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
    known = _Known(
        scale=float(np.nanmean(np.abs(grid.values))),
        yearly=len(grid) / grid.day > YEARLY_DAYS,
        weather_columns=_usable_columns(weather),
    )
    sample = _draw_sample(grid, weather, meter, known, options)
    evidence = Evidence.of(sample, grid)
    candidates = _fit_candidates(sample, grid, known, options, progress, span=(0.05, 0.7))
    weatherless = [one for one in candidates if not one.head.weather]
    trust = np.zeros(len(TRUST_LEAD_DAYS) + 1)
    if known.weather_columns:
        trust = weather_trust(evidence, candidates)
        known = known if trust.any() else replace(known, weather_columns=())
        if (trust[:-1] < 1).any():
            # Beside weather only a small head goes without; where weather has not all the say in
            # the week that it is forecast for, the meter gets all of them. Where it has none, not
            # even the rows' robust weights are taken over: the model is that of a meter without.
            weatherless = _fit_candidates(
                sample,
                grid,
                replace(known, weather_columns=()),
                options,
                progress,
                span=(0.7, 0.85),
                fitted=[one for one in weatherless if trust.any() and one.head.name == LINEAR],
            )
    calibrating = progress.rounds(
        "calibrating",
        start=0.86,
        end=0.95,
        total=rounds_of_bands(options.quantiles),
        label="Calibrating the bands",
    )
    rich, maes = None, {"naive": evidence.naive_mae}
    if known.weather_columns:
        # The plain linear head stays in the mixture, for meters that weather says little of.
        weathered = [one for one in candidates if one.head.weather or one.head.name == LINEAR]
        rich = mix(evidence, weathered, options=options, on_round=calibrating)
    like = rich.expert.bands if rich else ()
    plain = choose(evidence, weatherless, options=options, on_round=calibrating, like=like)
    maes["without_weather"] = plain.mae(evidence)
    best = plain
    if rich:
        best = blended(evidence, plain, rich, trust)
        maes["with_weather"] = best.mae(evidence)
        if maes["with_weather"] >= maes["naive"]:
            best, rich, known = plain, None, replace(known, weather_columns=())
    progress.tell("validating", 0.95, message="Comparing with the weekly naive")
    metrics, baseline_metrics = held_back_scores(evidence, best)
    meta = _meta(meter, checked, grid, options, known) | {
        "features": list(sample.design.names),
        "source": "model" if best.expert.heads else "baseline",
        "chosen": chosen(best, maes),
        "weather_trust": trust.round(4).tolist(),
        "metrics": metrics,
        "baseline_metrics": baseline_metrics,
        "fingerprint": fingerprint(readings, weather),
        "seconds": time.perf_counter() - began,
    }
    progress.tell("validating", 1.0, message="Trained")
    return Forecaster(meta, plain=plain.expert, weather=None if rich is None else rich.expert)


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


def _fit_candidates(
    sample: Sample,
    grid: Grid,
    known: _Known,
    options: TrainingOptions,
    progress: Progress,
    *,
    span: tuple[float, float],
    fitted: Sequence[Candidate] = (),
) -> list[Candidate]:
    """Every head of the meter with its unseen forecasts; `span` is its part of the progress.

    `fitted` are linear heads of the same sample that need not be fitted again.
    """
    with_weather = bool(known.weather_columns)
    groups = heads_for(weather=with_weather)
    total = FOLDS * EPOCHS + sum(rounds_of(heads, FOLDS) for heads in groups)
    tick = progress.rounds("fitting", start=span[0], end=span[1], total=total, label="Fitting")
    candidates = list(fitted)
    if not fitted:
        linear = fit_linear(sample, weather=with_weather, day=grid.day, seed=options.seed)
        candidates = [Candidate(*one) for one in linear]
    columns = next(
        one.head
        for one in candidates
        if isinstance(one.head, LinearHead) and one.head.weather == with_weather
    )
    network = fit_network(sample, columns, day=grid.day, seed=options.seed, on_round=tick)
    candidates.append(Candidate(*network))
    for heads in groups:
        boosted = fit_boosted(
            heads, sample, nthread=options.nthread, seed=options.seed, on_round=tick
        )
        candidates += [Candidate(*one) for one in boosted]
    return candidates


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
