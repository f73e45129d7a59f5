"""What similar meters bring to one with a short history.

    python -m benchmarks.short_histories FOLDER [FOLDER ...] --weeks 2 4 8 --out results/short

Every series of a folder, hourly and without weather, is cut to so many weeks before some points of
time; forecasts of four weeks after each, a week at a time, are made by a model of these weeks alone
and by one that was also given the four nearest other series of its folder (`ml.ensemble.similar`).
Series of other years are moved by whole weeks so that they end before. Prints the change of the
error in percent, of the week and of the first day, and writes OUT.json with a row per case.
"""

import argparse
import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy import load
from benchmarks.forecaster_adapter import SeriesMeter
from ml import Forecaster, ForecastingError, SimilarMeter, train
from ml.forecasting.profiles import Shape, nearest_first, shape_of

NEAREST = 4
TEST_WEEKS = 4
YEAR = pd.Timedelta(days=364)
"""A year in whole weeks."""
WANTED = pd.Timedelta(days=300)
"""What a moved series should have before the cut."""


@dataclass(frozen=True)
class Hourly:
    """A series as hourly means, and its meter."""

    meter: SeriesMeter
    readings: pd.Series

    @classmethod
    def of(cls, path: Path) -> "Hourly":
        frame, meta = load(path)
        readings = frame["value"].dropna()
        if meta["freq_minutes"] < 60:
            hours = readings.resample("1h")
            readings = hours.mean()[hours.count() >= 60 // meta["freq_minutes"]]
        places = {name: meta[name] for name in ("timezone", "country", "subdivision")}
        meter = SeriesMeter(
            meter_type=meta["kind"], meter_id=meta["name"], resolution=timedelta(hours=1), **places
        )
        return cls(meter, readings)

    def cuts(self, number: int, weeks: int) -> list[pd.Timestamp]:
        """Local midnights with so many weeks before them, the last four test weeks from the end."""
        index = self.readings.index
        first = index[0] + pd.Timedelta(weeks=weeks, days=2)
        last = index[-1] - pd.Timedelta(weeks=TEST_WEEKS, days=1)
        shares = (np.arange(number) + 1) / number
        cuts = [first + (last - first) * share for share in shares]
        zone = self.meter.timezone
        return [cut.tz_convert(zone).normalize().tz_convert("UTC") for cut in cuts]

    def before(self, cut: pd.Timestamp) -> SimilarMeter:
        """The readings before the cut, moved back by years where they are of later ones."""
        index = self.readings.index
        need = min(WANTED, index[-1] - index[0])
        years = max(0, int(np.ceil((index[0] - cut + need) / YEAR)))
        moved = self.readings.set_axis(pd.DatetimeIndex(index) - years * YEAR)
        return SimilarMeter(self.meter, moved[moved.index < cut])


def nearest(own: Hourly, known: pd.Series, similar: list[SimilarMeter]) -> list[SimilarMeter]:
    """Those with the nearest weekly shapes."""
    shapes: dict[str, Shape] = {}
    for one in similar:
        shape = shape_of(one.readings, meter=one.meter) if len(one.readings) else None
        if shape is not None:
            shapes[one.meter.meter_id] = shape
    order = nearest_first(known, shapes, meter=own.meter)[:NEAREST]
    return [one for one in similar if one.meter.meter_id in order]


def errors(model: Forecaster, own: Hourly, first: pd.Timestamp, cut: pd.Timestamp) -> pd.DataFrame:
    """Absolute errors of the test weeks, of the model and of the weekly naive, and the lead."""
    parts = []
    for week in range(TEST_WEEKS):
        start, end = (
            (cut.tz_convert(own.meter.timezone) + pd.DateOffset(days=7 * number)).tz_convert("UTC")
            for number in (week, week + 1)
        )
        history = own.readings[(own.readings.index >= first) & (own.readings.index < start)]
        frame = model.predict(history, start, end)
        actual = own.readings.reindex(frame.index)
        week_ago = pd.DatetimeIndex(frame.index) - pd.Timedelta(days=7)
        naive = own.readings.reindex(week_ago).to_numpy()
        parts.append(
            pd.DataFrame(
                {
                    "model": (frame["p50"] - actual).abs(),
                    "naive": (actual - naive).abs(),
                    "lead": np.arange(len(frame)),
                }
            )
        )
    return pd.concat(parts).dropna()


def measure(own: Hourly, others: list[Hourly], cut: pd.Timestamp, weeks: int) -> dict[str, Any]:
    """Errors over the naive's of one case, alone and with similar meters."""
    first = cut - pd.Timedelta(weeks=weeks)
    known = own.readings[(own.readings.index >= first) & (own.readings.index < cut)]
    row: dict[str, Any] = {"series": own.meter.meter_id, "cut": cut.isoformat(), "weeks": weeks}
    similar = nearest(own, known, [one.before(cut) for one in others])
    for name, given in (("alone", []), ("with_similar", similar)):
        model = train(known, meter=own.meter, similar=given)
        found = errors(model, own, first, cut)
        day = found[found["lead"] < 24]
        row[name] = float(found["model"].mean() / found["naive"].mean())
        row[f"{name}_day"] = float(day["model"].mean() / day["naive"].mean())
        row["used"] = model.meta["similar_meters"]
    return row


def table(rows: list[dict[str, Any]]) -> str:
    """One line for each length of history."""
    lines = ["| weeks | cases | used | week | day |", "|---|---|---|---|---|"]
    for weeks in sorted({row["weeks"] for row in rows}):
        some = [row for row in rows if row["weeks"] == weeks]
        used = sum(bool(row["used"]) for row in some)
        week, day = (
            100
            * (np.exp(np.mean([np.log(r[f"with_similar{e}"] / r[f"alone{e}"]) for r in some])) - 1)
            for e in ("", "_day")
        )
        lines.append(f"| {weeks} | {len(some)} | {used} | {week:+.1f} % | {day:+.1f} % |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--weeks", nargs="+", type=int, default=[2, 3, 4, 6, 8, 12])
    parser.add_argument("--cuts", type=int, default=2, help="points of time per series")
    parser.add_argument("--out", type=Path, default=Path("results/short"))
    arguments = parser.parse_args()
    rows = []
    for folder in arguments.folders:
        series = [Hourly.of(path) for path in sorted(folder.glob("*.csv"))]
        for own in series:
            others = [one for one in series if one is not own]
            for cut in own.cuts(arguments.cuts, max(arguments.weeks)):
                for weeks in arguments.weeks:
                    try:
                        rows.append(measure(own, others, cut, weeks))
                    except ForecastingError as error:
                        print(f"{own.meter.meter_id}, {weeks} weeks: {error}")
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.with_suffix(".json").write_text(json.dumps(rows, indent=1))
    print(table(rows))


if __name__ == "__main__":
    main()
