"""Rolling-origin backtest: how good the forecasts would have been."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from ml.ensemble import SimilarMeter
from ml.errors import InsufficientHistory, OutOfRange
from ml.forecasting import Forecast, Forecaster
from ml.learners import seasonal_naive
from ml.learners.naive import naive_quantiles, naive_scale
from ml.meter import Meter
from ml.metrics import scores
from ml.options import TrainingOptions
from ml.progress import Report
from ml.quantiles import levels_in
from ml.readings import Grid, check
from ml.readings.clocks import local_midnights
from ml.readings.findings import iso
from ml.readings.grid import DAY
from ml.training import train

WINDOW_DAYS = 7
"""Time between two origins, and how far each forecasts; the chart then has each time once."""
FITTING_SHARE = 0.8
"""Of the progress; the windows have the rest."""

Metrics = dict[str, float | None]


@dataclass(frozen=True)
class BacktestResult:
    """Scores of a test span beside those of the weekly naive, all in the meter's unit.

    by_lead: one entry per day of lead; by_hour: one per local hour; points: every interval of
    the span once, with time, actual, p10, p50, p90 (pNN) and baseline.
    """

    start: str
    end: str
    origins: int
    source: str
    metrics: Metrics
    baseline_metrics: Metrics
    by_lead: list[dict[str, object]]
    by_hour: list[dict[str, object]]
    coverage: dict[str, float | None]
    weather: dict[str, object]
    points: list[dict[str, object]]

    def to_dict(self) -> dict[str, object]:
        """As JSON types."""
        return asdict(self)


def backtest(
    readings: pd.Series,
    weather: pd.DataFrame | None = None,
    *,
    meter: Meter,
    test_size: float = 0.2,
    similar: Sequence[SimilarMeter] = (),
    report: Report | None = None,
    options: TrainingOptions | None = None,
) -> BacktestResult:
    """Fit on the readings before the latest `test_size` of their span, then roll through it.

    The model is fitted once; at each origin, a week apart at local midnight, it is handed the
    readings up to there. Measured weather (a frame indexed by valid time alone) counts as known
    over each window, which flatters; a frame with issue times does not. `similar`: see `train`.

    Raises OutOfRange for a test_size outside 0 to 1, and what `train` raises.
    """
    options = options or TrainingOptions()
    if not 0 < test_size < 1:
        raise OutOfRange(
            f"test_size of {test_size} is not between 0 and 1",
            hint="Give a share such as 0.2.",
            detail={"test_size": test_size},
        )
    grid = check(readings, meter=meter).grid
    windows = _windows(grid, test_size, options.max_horizon)
    first = windows[0][0]

    def fitting(stage: str, fraction: float, **facts: object) -> None:
        if report is not None:
            report(stage, FITTING_SHARE * fraction, **facts)

    known = readings[readings.index < first]
    forecaster = train(
        known,
        _known_weather(weather, first),
        meter=meter,
        similar=similar,
        report=fitting,
        options=options,
    )
    forecasts = []
    for number, (start, end) in enumerate(windows, start=1):
        forecasts.append(forecaster.forecast(readings, start, end, weather))
        if report is not None:
            report(
                "validating",
                FITTING_SHARE + (1 - FITTING_SHARE) * number / len(windows),
                message=f"Testing: window {number} of {len(windows)}",
            )
    table = pd.concat(
        [
            _scored(one, grid, start, end)
            for one, (start, end) in zip(forecasts, windows, strict=True)
        ]
    )
    before = grid.until(int(grid.index.searchsorted(first)))
    return _result(table, forecasts, forecaster, before)


def _windows(
    grid: Grid, test_size: float, longest: timedelta
) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Starts and ends of the windows: local midnights in UTC, the last one may be short."""
    span = grid.index[-1] + grid.step
    begin = span - test_size * (span - grid.index[0])
    days = min(WINDOW_DAYS, max(1, longest // DAY))
    starts = local_midnights(begin, span, zone=grid.zone)[::days]
    found = list(zip(starts, [*starts[1:], span], strict=True))
    kept = [window for window in found if _can_be_tested(grid, *window, longest=longest)]
    if not kept:
        raise InsufficientHistory(
            "no window of the test span has readings in it and shortly before it",
            hint="Choose a larger test_size, or load the missing readings.",
            detail={"have_hours": 0, "need_hours": 24 * days, "usable_from": None},
        )
    return kept


def _can_be_tested(
    grid: Grid, start: pd.Timestamp, end: pd.Timestamp, *, longest: timedelta
) -> bool:
    """Whether a window has readings, and its latest reading before is not too long ago."""
    first, stop = grid.index.searchsorted([start, end])
    known = ~np.isnan(grid.values)
    before = np.flatnonzero(known[:first])
    if not known[first:stop].any() or not len(before):
        return False
    return bool(end - grid.index[int(before[-1])] <= longest)


def _known_weather(weather: pd.DataFrame | None, first: pd.Timestamp) -> pd.DataFrame | None:
    """The weather that a training before `first` could have had."""
    if weather is None:
        return None
    if isinstance(weather.index, pd.MultiIndex):
        return weather[weather.index.get_level_values("available_at") < first]
    return weather[weather.index < first]


def _scored(forecast: Forecast, grid: Grid, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """The forecast beside what happened and the naive, with lead and local hour."""
    table = forecast.frame.copy()
    index = pd.DatetimeIndex(table.index)
    actual = pd.Series(grid.values, index=grid.index)
    table["actual"] = actual.reindex(index)
    naive = seasonal_naive(grid, origin=forecast.origin, start=start, end=end)
    table["baseline"] = naive.reindex(index)
    table["lead_days"] = ((index - forecast.origin + grid.step) / DAY).to_numpy()
    table["hour"] = index.tz_convert(grid.zone).hour
    return table


def _result(
    table: pd.DataFrame, forecasts: list[Forecast], forecaster: Forecaster, before: Grid
) -> BacktestResult:
    scale = naive_scale(before)
    lead = np.ceil(table["lead_days"]).astype(int)
    metrics = _model_scores(table, scale)
    stretches = [stretch for forecast in forecasts for stretch in forecast.weather]
    hours = [(stretch.end - stretch.start).total_seconds() / 3600 for stretch in stretches]
    used = sum(length for s, length in zip(stretches, hours, strict=True) if s.used)
    names = list(levels_in(table).values())
    index = pd.DatetimeIndex(table.index)
    return BacktestResult(
        start=iso(index[0]),
        end=iso(index[-1] + before.step),
        origins=len(forecasts),
        source=forecaster.source,
        metrics=metrics,
        baseline_metrics=_naive_scores(table, scale, before),
        by_lead=[
            {
                "lead_days": day,
                **_model_scores(table[lead == day], scale),
                "baseline_mae": _naive_scores(table[lead == day], scale, before).get("mae"),
            }
            for day in sorted(lead.unique().tolist())
        ],
        by_hour=[
            {
                "hour": hour,
                **_model_scores(table[table["hour"] == hour], scale),
                "baseline_mae": _naive_scores(table[table["hour"] == hour], scale, before).get(
                    "mae"
                ),
            }
            for hour in sorted(table["hour"].unique().tolist())
        ],
        coverage=_coverage(table, names),
        weather={"used_share": used / sum(hours), "columns": forecaster.meta["weather_columns"]},
        points=_points(table, names),
    )


def _model_scores(table: pd.DataFrame, scale: float) -> Metrics:
    levels = {level: table[name].to_numpy(float) for level, name in levels_in(table).items()}
    return scores(table["actual"].to_numpy(float), levels, scale=scale)


def _naive_scores(table: pd.DataFrame, scale: float, before: Grid) -> Metrics:
    naive = naive_quantiles(table["baseline"].to_numpy(float), before, levels_in(table))
    return scores(table["actual"].to_numpy(float), naive, scale=scale)


def _coverage(table: pd.DataFrame, names: Iterable[str]) -> dict[str, float | None]:
    """Share of the readings at or below each quantile; a calibrated p10 has 0.1."""
    known = table.dropna(subset=["actual"])
    return {
        name: float((known["actual"] <= known[name]).mean()) if len(known) else None
        for name in names
    }


def _points(table: pd.DataFrame, names: list[str]) -> list[dict[str, object]]:
    columns = ["actual", *names, "baseline"]
    values = table[columns].astype(object).where(table[columns].notna(), None)
    return [
        {"time": iso(time), **dict(zip(columns, row, strict=True))}
        for time, row in zip(pd.DatetimeIndex(table.index), values.to_numpy().tolist(), strict=True)
    ]
