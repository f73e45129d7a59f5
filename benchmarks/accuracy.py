"""Rolling-origin accuracy, calibration and cost of forecasters on a folder of series.

    python -m benchmarks.accuracy FOLDER [FOLDER ...] --out results/accuracy

Reads CSV files `timestamp,value[,temperature,...]` (UTC) and, from `series.json` in the folder
above, each series' `timezone`, `country` and `subdivision` by the start of its name. Forecasts the
latest 8 weeks from 8 origins at local midnight, 7 days each, by a model fitted once before the
first of them. Beside ours runs every peer that is installed, here or in the environment of
--peers-python. Prints one table per kind and
weather, writes OUT.json with a row per series, and OUT.png where matplotlib is there.

Weather `actuals` is the measured weather, known over the horizon: an upper bound, for all alike.
"""

import argparse
import importlib.util
import json
import math
import multiprocessing
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy_peers import PEERS, WeeklyNaive

HORIZON_DAYS = 7
ORIGINS = 8
LEVELS = {"q10": 0.1, "q50": 0.5, "q90": 0.9}


@dataclass(frozen=True)
class Row:
    """One forecaster on one series; errors in the series' unit, times in seconds."""

    forecaster: str
    series: str
    kind: str
    weather: str
    mae: float
    day_mae: float
    naive_mae: float
    naive_day_mae: float
    npinball: float | None
    coverage_80: float | None
    fit_cpu: float
    years: float
    forecast_ms: float
    peak_mb: float


def load(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A series on its regular grid, gaps as NaN, and what is known of it."""
    frame = pd.read_csv(path)
    frame.index = pd.DatetimeIndex(
        pd.to_datetime(frame.pop("timestamp"), utc=True, format="ISO8601")
    )
    frame = frame[~frame.index.duplicated()].sort_index()
    minutes = int(frame.index.to_series().diff().mode().iloc[0] / pd.Timedelta(minutes=1))
    grid = pd.date_range(frame.index[0], frame.index[-1], freq=f"{minutes}min")
    frame = frame.reindex(grid)
    weather = [str(name) for name in frame if name != "value" and frame[name].notna().mean() > 0.5]
    frame[weather] = frame[weather].interpolate(limit_direction="both")
    meta: dict[str, Any] = {"timezone": "UTC", "country": None, "subdivision": None}
    places = path.parent.parent / "series.json"
    known = json.loads(places.read_text()) if places.exists() else {}
    for start in sorted(known, key=len):
        if path.stem.startswith(start):
            meta |= known[start]
    meta |= {"name": path.stem, "kind": path.parent.name, "freq_minutes": minutes}
    span = slice(frame["value"].first_valid_index(), frame["value"].last_valid_index())
    return frame.loc[span, ["value", *weather]], meta | {"weather": weather}


def windows(
    frame: pd.DataFrame, meta: dict[str, Any]
) -> Iterator[tuple[pd.Timestamp, pd.DatetimeIndex]]:
    """Each origin at local midnight, oldest first, with the instants to forecast from it."""
    step = pd.Timedelta(minutes=meta["freq_minutes"])
    midnight = (frame.index[-1] + step).tz_convert(meta["timezone"]).normalize()
    for back in range(ORIGINS, 0, -1):
        start = (midnight - pd.DateOffset(days=HORIZON_DAYS * back)).tz_convert("UTC")
        end = (midnight - pd.DateOffset(days=HORIZON_DAYS * (back - 1))).tz_convert("UTC")
        yield start, pd.date_range(start, end, freq=step, inclusive="left")


def measure(name: str, path: Path, weather: str) -> Row:
    """One forecaster on one series, in this process, whose time and memory are its own."""
    frame, meta = load(path)
    meta["weather"] = meta["weather"] if weather == "actuals" else []
    frame = frame[["value", *meta["weather"]]]
    model, naive = PEERS[name][0](meta), WeeklyNaive(meta)
    spans = list(windows(frame, meta))
    first = frame[frame.index < spans[0][0]]
    began = time.process_time()
    model.fit(first.copy())
    fit_cpu = time.process_time() - began
    parts, took = [], 0.0
    for start, index in spans:
        history, future = frame[frame.index < start], frame.reindex(index)[meta["weather"]]
        began = time.perf_counter()
        found = model.predict(history.copy(), future.copy()).reindex(index)
        took += time.perf_counter() - began
        day = np.arange(len(index)) * meta["freq_minutes"] < 1440
        parts.append(
            found.assign(
                actual=frame["value"].reindex(index),
                naive=naive.predict(history, future)["forecast"],
                day=day,
            )
        )
    table = pd.concat(parts).dropna(subset=["actual"])
    error, naive_error = (
        (table[column] - table["actual"]).abs() for column in ("forecast", "naive")
    )
    banded = set(LEVELS) <= set(table)
    return Row(
        forecaster=name,
        series=meta["name"],
        kind=meta["kind"],
        weather=weather,
        mae=float(error.mean()),
        day_mae=float(error[table["day"]].mean()),
        naive_mae=float(naive_error.mean()),
        naive_day_mae=float(naive_error[table["day"]].mean()),
        npinball=_pinball(table) / float(table["actual"].abs().mean()) if banded else None,
        coverage_80=float(table["actual"].between(table["q10"], table["q90"]).mean())
        if banded
        else None,
        fit_cpu=fit_cpu,
        years=(first.index[-1] - first.index[0]) / pd.Timedelta(days=365.25),
        forecast_ms=1000 * took / len(spans),
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _pinball(table: pd.DataFrame) -> float:
    losses = []
    for column, level in LEVELS.items():
        error = table["actual"] - table[column]
        losses.append(np.maximum(level * error, (level - 1) * error).mean())
    return float(np.mean(losses))


def geometric(values: list[float]) -> float:
    """Geometric mean: a ratio of 2 on one series and of a half on another make 1."""
    return math.exp(sum(math.log(max(value, 1e-9)) for value in values) / len(values))


def print_tables(rows: list[Row]) -> None:
    """Per kind and weather the forecasters, best first, over the series that all finished."""
    for kind, weather in sorted({(row.kind, row.weather) for row in rows}):
        cell = [row for row in rows if (row.kind, row.weather) == (kind, weather)]
        names = sorted({row.forecaster for row in cell})
        print(f"\n### {kind}, weather {weather}: {len({row.series for row in cell})} series\n")
        print(
            "| forecaster | rel. MAE | day | worst series | nPinball % | coverage 80 % |"
            " train CPU s/year | forecast ms | peak MB |\n" + "|---" * 9 + "|"
        )
        lines = [_line(name, [row for row in cell if row.forecaster == name]) for name in names]
        print("\n".join(line for _, line in sorted(lines)))


def _line(name: str, rows: list[Row]) -> tuple[float, str]:
    """One forecaster's relative error, and its line of a table."""
    relative = [row.mae / row.naive_mae for row in rows]
    day = geometric([row.day_mae / row.naive_day_mae for row in rows])
    pinball = [row.npinball for row in rows if row.npinball is not None]
    cover = [row.coverage_80 for row in rows if row.coverage_80 is not None]
    cells = [
        name,
        f"{geometric(relative):.3f}",
        f"{day:.3f}",
        f"{max(relative):.2f}",
        f"{100 * np.mean(pinball):.2f}" if pinball else "–",
        f"{100 * np.mean(cover):.0f}" if cover else "–",
        f"{np.mean([row.fit_cpu / row.years for row in rows]):.2f}",
        f"{np.mean([row.forecast_ms for row in rows]):.0f}",
        f"{max(row.peak_mb for row in rows):.0f}",
    ]
    return geometric(relative), f"| {' | '.join(cells)} |"


def draw(rows: list[Row], path: Path) -> None:
    """The relative error of every series, one colour per forecaster."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    labels = sorted({(row.kind, row.series, row.weather) for row in rows})
    figure, axes = pyplot.subplots(figsize=(8, 1 + 0.3 * len(labels)))
    for name in PEERS:
        own = {(r.kind, r.series, r.weather): r for r in rows if r.forecaster == name}
        places = [place for place, label in enumerate(labels) if label in own]
        found = [own[labels[place]].mae / own[labels[place]].naive_mae for place in places]
        if found:
            axes.plot(found, places, "o", label=name)
    axes.axvline(1.0, color="grey", linewidth=0.8)
    axes.set_yticks(range(len(labels)), [f"{series} ({weather})" for _, series, weather in labels])
    axes.set_xlabel("mean absolute error over that of the weekly naive")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def measure_all(folders: list[Path], parts: list[str], forecasters: list[str]) -> list[Row]:
    """Every forecaster on every series of the folders whose name has one of the parts."""
    jobs = []
    for path in sorted(p for folder in folders for p in folder.rglob("*.csv")):
        columns = path.open().readline().strip().split(",")
        wanted = any(part in path.stem for part in parts)
        if wanted and columns[:2] == ["timestamp", "value"]:
            regimes = ["none", "actuals"] if len(columns) > 2 else ["none"]
            jobs += [(name, path, weather) for weather in regimes for name in forecasters]
    rows: list[Row] = []
    # A fresh process for each job: one's memory and warm caches are not another's.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as pool:
        for job, future in [(job, pool.submit(measure, *job)) for job in jobs]:
            row = future.result()
            rows.append(row)
            print(
                f"{job[0]:<22}{job[1].stem:<30}{job[2]:<9}{row.mae / row.naive_mae:.3f}", flush=True
            )
    return rows


def measured_elsewhere(args: argparse.Namespace, forecasters: str) -> list[Row]:
    """The rows of forecasters that only the interpreter of the peers can run."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "peers"
        subprocess.run(
            [args.peers_python, "-m", "benchmarks.accuracy", *map(str, args.folders),
             "--only", args.only, "--forecasters", forecasters, "--out", str(out)],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return [Row(**row) for row in json.loads(out.with_suffix(".json").read_text())]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path("accuracy"), help="without its ending")
    parser.add_argument("--only", default="", help="comma-separated parts of series' names")
    parser.add_argument("--forecasters", help="comma-separated names; all that are installed")
    parser.add_argument("--peers-python", help="interpreter that has the peers this one lacks")
    args = parser.parse_args()
    installed = [
        name
        for name, (_, needs) in PEERS.items()
        if all(importlib.util.find_spec(module) for module in needs)
    ]
    chosen = args.forecasters.split(",") if args.forecasters else installed
    rows = measure_all(args.folders, args.only.split(","), chosen)
    lacking = ",".join(name for name in PEERS if name not in installed)
    if args.peers_python and lacking:
        rows += measured_elsewhere(args, lacking)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.with_suffix(".json").write_text(json.dumps([asdict(row) for row in rows], indent=1))
    print_tables(rows)
    if importlib.util.find_spec("matplotlib"):
        draw(rows, args.out.with_suffix(".png"))


if __name__ == "__main__":
    main()
