"""What weather is worth to a forecast once it is a forecast itself.

    python -m benchmarks.weather_value FOLDER [FOLDER ...] --out results/weather

For every series with a temperature the error over that of the weekly naive, with
(a) no weather, (b) measured weather known ahead, (c) simulated forecasts, (d) the climatology,
and in an outage: (c) as far as the training goes, then nothing but the climatology.

(c) and (d) are frames by (valid_at, available_at): training, the choice whether weather is used at
all, and the forecasts see at each lead time what was available then, and past a week only the
climatology. A forecast is issued each midnight (UTC); its error is a first-order autoregression
along the run with a standard deviation of sqrt(1 + (0.33 * days ahead)^2) K for temperature:
that of IFS HRES in WeatherBench 2 (Rasp et al. 2024) of about 1.3 K after three days and 2.3 K
after seven, and 1 K at the start for what a grid cell misses of a place. Its memory is 20
hours. Other variables have errors that grow alike, from a third of their standard deviation on.
"""

import argparse
import json
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy import geometric, load, windows
from benchmarks.accuracy_peers import WeeklyNaive
from benchmarks.forecaster_adapter import SeriesMeter
from ml import Forecaster, train
from weather.climatology import climatology_of

START_ERROR_K = 1.0
ERROR_K_PER_DAY = 0.33
OTHERS_START = 0.33
"""Error at the start of variables other than temperature, in their standard deviations."""
MEMORY_HOURS = 20.0
REACH_DAYS = 7
CLIMATOLOGY_KNOWN = pd.Timedelta(days=31)
NEVER_NEGATIVE = ("humidity", "precipitation", "wind_speed", "solar_radiation")
REGIMES = {
    "none": ("none", "none"),
    "perfect": ("perfect", "perfect"),
    "forecast": ("forecast", "forecast"),
    "outage": ("forecast", "climatology"),
    "climatology": ("climatology", "climatology"),
}
"""What weather the training had, and what the forecasts have."""


def dated(frame: pd.DataFrame, available: pd.DatetimeIndex) -> pd.DataFrame:
    """The frame by (valid_at, available_at)."""
    names = ["valid_at", "available_at"]
    return frame.set_axis(pd.MultiIndex.from_arrays([frame.index, available], names=names))


def usual(measured: pd.DataFrame) -> pd.DataFrame:
    """Each month's climatology from what was measured until a month before it."""
    index = pd.DatetimeIndex(measured.index)
    months = index.tz_localize(None).to_period("M")
    parts = []
    for month in months.unique():
        known = index < month.start_time.tz_localize("UTC") - CLIMATOLOGY_KNOWN
        if known.any():
            parts.append(climatology_of(measured[known]).at(index[months == month]))
    frame = pd.concat(parts)
    return dated(frame, pd.DatetimeIndex(frame.index) - CLIMATOLOGY_KNOWN)


def happened(measured: pd.DataFrame) -> pd.DataFrame:
    """What was measured, known as soon as it is."""
    return dated(measured, pd.DatetimeIndex(measured.index))


def simulated(measured: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """A week's forecast from each midnight on, wrong as a real one."""
    rng = np.random.default_rng(seed)
    index = pd.DatetimeIndex(measured.index)
    hours = (index[1] - index[0]) / pd.Timedelta(hours=1)
    steps = int(REACH_DAYS * 24 / hours)
    starts = np.flatnonzero(index == index.normalize())
    starts = starts[starts + steps <= len(index)]
    places = starts[:, None] + np.arange(steps)
    keep = float(np.exp(-hours / MEMORY_HOURS))
    days = np.arange(steps) * hours / 24
    growth = np.hypot(START_ERROR_K, ERROR_K_PER_DAY * days)
    columns = {}
    for name in measured:
        noise = rng.normal(size=places.shape)
        for step in range(1, steps):
            noise[:, step] = keep * noise[:, step - 1] + np.sqrt(1 - keep**2) * noise[:, step]
        own = 1.0 if name == "temperature" else OTHERS_START * float(measured[name].std())
        values = measured[name].to_numpy(float)[places] + own * growth * noise
        columns[name] = np.maximum(values, 0) if name in NEVER_NEGATIVE else values
    flat = pd.DataFrame({name: values.ravel() for name, values in columns.items()})
    flat.index = index[places.ravel()]
    return dated(flat, index[np.repeat(starts, steps)])


def weather_of(measured: pd.DataFrame, regime: str, *, seed: int) -> pd.DataFrame | None:
    """The weather frame of a regime, as `ml` takes it."""
    if regime == "none":
        return None
    if regime == "perfect":
        return measured
    parts = [usual(measured), happened(measured)]
    if regime == "forecast":
        parts.append(simulated(measured, seed=seed))
    frame = pd.concat(parts)
    return frame[~frame.index.duplicated(keep="last")].sort_index()


def shortened(path: Path, earlier: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A series without its last days; one of a few months loses a fifth as many."""
    frame, meta = load(path)
    span = frame.index[-1] - frame.index[0]
    days = earlier if span > pd.Timedelta(days=200) else earlier // 5
    return frame[frame.index <= frame.index[-1] - pd.Timedelta(days=days)], meta


@lru_cache(maxsize=1)
def trained(path: Path, regime: str, earlier: int) -> Forecaster:
    """The model of a series, trained before the first window."""
    frame, meta = shortened(path, earlier)
    meter = SeriesMeter(
        meter_type=meta["kind"],
        meter_id=meta["name"],
        timezone=meta["timezone"],
        country=meta["country"],
        subdivision=meta["subdivision"],
        resolution=timedelta(minutes=meta["freq_minutes"]),
    )
    weather = weather_of(frame[meta["weather"]], regime, seed=len(frame))
    first = next(windows(frame, meta))[0]
    readings = frame["value"]
    return train(readings[readings.index < first], _before(weather, first), meter=meter)


def measure(path: Path, regime: str, earlier: int) -> dict[str, Any]:
    """Scores of one series in one regime, by the windows of `accuracy.py`."""
    frame, meta = shortened(path, earlier)
    learnt, given = REGIMES[regime]
    model = trained(path, learnt, earlier)
    weather = weather_of(frame[meta["weather"]], given, seed=len(frame))
    readings = frame["value"]
    naive = WeeklyNaive(meta)
    errors, naive_errors, days, inside = [], [], [], []
    for start, index in windows(frame, meta):
        known = frame[frame.index < start]
        end = index[-1] + (index[1] - index[0])
        found = model.predict(known["value"], start, end, _around(weather, start, end))
        actual = readings.reindex(index)
        errors.append((found["p50"] - actual).abs())
        inside.append(actual.between(found["p10"], found["p90"])[actual.notna()])
        naive_errors.append((naive.predict(known, frame.loc[index])["forecast"] - actual).abs())
        days.append(np.arange(len(index)) * meta["freq_minutes"] < 1440)
    error, naive_error, day = pd.concat(errors), pd.concat(naive_errors), np.concatenate(days)
    return {
        "series": meta["name"],
        "kind": meta["kind"],
        "regime": regime,
        "relative_mae": float(error.mean() / naive_error.mean()),
        "relative_mae_day": float(error[day].mean() / naive_error[day].mean()),
        "coverage_80": float(pd.concat(inside).mean()),
        "trust": model.meta["weather_trust"],
        "choices": model.meta["chosen"]["mae_of_choices"],
    }


def _before(weather: pd.DataFrame | None, instant: pd.Timestamp) -> pd.DataFrame | None:
    """What was available before the instant, of the time before it."""
    if weather is None:
        return None
    available = weather.index.get_level_values(-1)
    return weather[(available < instant) & (weather.index.get_level_values(0) < instant)]


def _around(
    weather: pd.DataFrame | None, start: pd.Timestamp, end: pd.Timestamp
) -> pd.DataFrame | None:
    """The weather of the weeks that a forecast looks at."""
    if weather is None:
        return None
    valid = weather.index.get_level_values(0)
    return weather[(valid >= start - pd.Timedelta(days=120)) & (valid < end)]


def jobs(folders: list[Path], only: str) -> Iterator[tuple[Path, str]]:
    """Each series that has a temperature, in each regime."""
    for path in sorted(p for folder in folders for p in folder.rglob("*.csv")):
        with path.open() as file:
            has = "temperature" in file.readline().strip().split(",")
        if has and any(part in path.stem for part in only.split(",")):
            yield from ((path, regime) for regime in REGIMES)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path("weather_value.json"))
    parser.add_argument("--only", default="", help="comma-separated parts of series' names")
    parser.add_argument("--earlier", type=int, default=0, help="windows so many days earlier")
    args = parser.parse_args()
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    print("| series | " + " | ".join(f"{r}: week / day" for r in REGIMES) + " | trust |")
    print("|---" * (len(REGIMES) + 2) + "|")
    for path, regime in jobs(args.folders, args.only):
        found = rows.setdefault(path.stem, {})
        found[regime] = measure(path, regime, args.earlier)
        if len(found) == len(REGIMES):
            cells = [_cell(found[name]) for name in REGIMES]
            trust = " ".join(f"{100 * share:.0f}" for share in found["forecast"]["trust"])
            print(f"| {path.stem} | {' | '.join(cells)} | {trust} |", flush=True)
    whole = [
        f"{geometric([one[name]['relative_mae'] for one in rows.values()]):.3f} / "
        f"{geometric([one[name]['relative_mae_day'] for one in rows.values()]):.3f}"
        for name in REGIMES
    ]
    print(f"| geometric mean | {' | '.join(whole)} | |")
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps([one for found in rows.values() for one in found.values()]))


def _cell(row: dict[str, Any]) -> str:
    return f"{row['relative_mae']:.3f} / {row['relative_mae_day']:.3f}"


if __name__ == "__main__":
    main()
