"""What jobs answer: the outcomes of `ml` in the words of the API (`api.md`, Results)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from config import Settings
from data.meters import Meter, format_duration
from data.store import IssuedForecast
from weather import commonest_grade, grade_stretches
from workers.inputs import Inputs
from workers.serving import Issue
from workers.wire_format import timestamp

if TYPE_CHECKING:  # ml is imported by the child that uses it (see `workers.tasks`)
    from ml import BacktestResult, Explanation, Forecast

DIGITS = 6
"""Significant digits of forecast values: below any meter's accuracy, a third of the bytes."""


def of_training(
    meta: Mapping[str, Any], version: str, *, promoted: bool, reason: str, weather: dict[str, Any]
) -> dict[str, Any]:
    """The result of a training; `meta` is the model's own account of itself."""
    kept = (
        "train_start", "train_end", "readings", "excluded", "quality", "metrics",
        "baseline_metrics", "source", "similar_meters", "seconds",
    )  # fmt: skip
    return {
        "model_version": version,
        "promoted": promoted,
        "reason": reason,
        "weather": weather,
        **{key: meta[key] for key in kept if key in meta},
    }


def night_flow(readings: pd.Series, meter: Meter, settings: Settings) -> dict[str, Any] | None:
    """The minimum night flow, where the meter's type has one (water)."""
    from ml import minimum_night_flow

    if not settings.meter_types[meter.meter_type].minimum_night_flow:
        return None
    flow = minimum_night_flow(readings, meter=meter)
    return None if flow is None else flow.to_dict()


def of_forecast(
    made: Issue, meter: Meter, grades: pd.Series, issued_at: datetime
) -> dict[str, Any]:
    """The result of a forecast; `grades` of the weather by valid time."""
    issued = made.forecast
    frame = issued.frame
    index = pd.DatetimeIndex(frame.index)
    return {
        "meter_type": meter.meter_type,
        "meter_id": meter.meter_id,
        "unit": meter.unit,
        "resolution": _resolution(index, meter),
        "issued_at": timestamp(issued_at),
        "origin": stamp(issued.origin),
        "model_version": made.version,
        "source": issued.source,
        "reason": made.reason,
        "weather": weather_grades(issued, grades),
        "points": points(frame),
    }


def weather_grades(issued: "Forecast", grades: pd.Series) -> list[dict[str, Any]]:
    """The grade of each stretch; `none` where the model did not use what there was."""
    index = pd.DatetimeIndex(issued.frame.index)
    used = np.zeros(len(index), bool)
    for stretch in issued.weather:
        if stretch.used:
            used |= (index >= stretch.start) & (index < stretch.end)
    return _stretches(grades, index, used)


def weather_learnt(inputs: Inputs, columns: list[str], index: pd.Index) -> dict[str, Any]:
    """The weather of a training or a test over `index`; `columns` are those that were used.

    `grade` is that of most hours, `stretches` has them all.
    """
    grades = inputs.grades[inputs.grades.index >= index[0]] if columns else inputs.grades.iloc[:0]
    return {
        "columns": columns,
        "grade": commonest_grade(grades).value,
        "stretches": _stretches(grades, pd.DatetimeIndex(index)),
    }


def _stretches(
    grades: pd.Series, index: pd.DatetimeIndex, used: np.ndarray | None = None
) -> list[dict[str, Any]]:
    return [
        {"start": stamp(part["start"]), "end": stamp(part["end"]), "grade": part["grade"]}
        for part in grade_stretches(grades, index, used)
    ]


def of_backtest(outcome: "BacktestResult", unit: str, inputs: Inputs) -> dict[str, Any]:
    """The result of a test."""
    result: dict[str, Any] = outcome.to_dict()
    used = result["weather"]["columns"] if result["weather"]["used_share"] else []
    tested = inputs.readings.index[inputs.readings.index >= pd.Timestamp(outcome.start)]
    weather = {**weather_learnt(inputs, used, tested), **result["weather"]}
    return {"unit": unit, **result, "weather": weather}


def of_explanation(
    found: "Explanation", meter: Meter, version: str, start: datetime, end: datetime
) -> dict[str, Any]:
    """What drove a forecast: contributions per step and importance, the largest first."""
    from ml.features.topics import topic_of

    frame = found.frame
    groups = frame.abs().sum().sort_values(ascending=False).index
    return {
        "meter_type": meter.meter_type,
        "meter_id": meter.meter_id,
        "unit": meter.unit,
        "model_version": version,
        "start": timestamp(start),
        "end": timestamp(end),
        "groups": list(groups),
        "points": points(frame[groups].assign(p50=frame.sum(axis=1))),
        "importance": [
            {"feature": name, "group": topic_of(name), "gain": _rounded(share)}
            for name, share in found.importance.items()
        ],
    }


def to_keep(made: Issue, meter: Meter, issued_at: datetime) -> IssuedForecast:
    """What the store keeps of an answer, so that it can be shown and scored later."""
    issued = made.forecast
    origin = issued.origin.to_pydatetime()
    return IssuedForecast(meter, issued.frame, issued_at, origin, made.version, issued.source)


def points(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """One object per time, with the quantiles by name."""
    times = [stamp(time) for time in frame.index]
    columns = {name: [_rounded(v) for v in frame[name].tolist()] for name in frame.columns}
    return [
        {"time": time, **{name: values[i] for name, values in columns.items()}}
        for i, time in enumerate(times)
    ]


def stamp(time: pd.Timestamp) -> str:
    """An interval's start, in whole seconds."""
    return time.tz_convert(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _resolution(index: pd.DatetimeIndex, meter: Meter) -> str | None:
    if len(index) > 1:
        return format_duration((index[1] - index[0]).to_pytimedelta())
    return format_duration(meter.resolution) if meter.resolution else None
