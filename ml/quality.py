"""What is wrong with a meter's readings, where, and what a training must leave out.

A constant load may be a broken sensor, a burst a transmission error; both would be learnt as
if they were use. What is only unusual (zeros of a small meter, negatives of a net load) is
reported and kept.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from ml.errors import BadQuality, InsufficientHistory, OutOfRange
from ml.grid import (
    DAY,
    BoolArray,
    Grid,
    Snapped,
    checked_resolution,
    find_resolution,
    grid_of,
    snapped,
)
from ml.meter import Meter
from ml.units import is_rate

NEEDED = timedelta(days=14)
"""Two weeks: each weekday twice, once to compare and once to be compared with."""
FLATLINE = timedelta(hours=24)
FEWEST_FLAT = 6
STOPPED = timedelta(days=7)
SPIKE_FACTOR = 10.0
"""Times the 99th percentile of the absolute readings: far above the bursts of real households."""
NET_LOAD_SHARE = 0.02
"""More negatives than this are feed-in, not errors."""
LEAST_COMPLETE = 0.2
MOST_PLACES = 20
"""Places listed per finding; the count is always of all."""


@dataclass(frozen=True)
class Finding:
    """One kind of finding. `readings`: how many are touched; `places`: (start, end) in UTC."""

    code: str
    count: int
    readings: int
    excluded: bool
    places: tuple[tuple[str, str], ...]
    message: str


@dataclass(frozen=True)
class QualityReport:
    """The state of a meter's readings; shares are 0 to 1 of the places on its grid."""

    start: str
    end: str
    resolution_seconds: int
    readings: int
    expected: int
    completeness: float
    excluded: int
    longest_gap_hours: float
    have_hours: float
    need_hours: float
    usable_from: str | None
    ready: bool
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, object]:
        """As JSON types."""
        found = asdict(self)
        found["findings"] = [
            {**asdict(item), "places": [list(place) for place in item.places]}
            for item in self.findings
        ]
        return found


@dataclass(frozen=True)
class Checked:
    """Readings on their grid with what must not be learnt from taken out, and the report."""

    grid: Grid
    report: QualityReport


def assess(readings: pd.Series, *, meter: Meter) -> QualityReport:
    """The quality report of a meter's readings.

    Raises BadQuality or OutOfRange where no supported resolution can be found.
    """
    return check(readings, meter=meter).report


def check(readings: pd.Series, *, meter: Meter) -> Checked:
    """The readings on their grid, cleaned for learning, with the report of what was found."""
    if not isinstance(readings.index, pd.DatetimeIndex) or readings.index.tz is None:
        raise OutOfRange(
            "readings need an index of instants with a time zone",
            hint="Convert the index to UTC before handing the readings over.",
        )
    finite = readings[np.isfinite(readings.to_numpy(float, na_value=np.nan))]
    if finite.empty:
        raise BadQuality(
            "there is no reading with a value",
            hint="Load readings for this meter.",
            detail={"readings": 0, "rows": len(readings)},
        )
    index = pd.DatetimeIndex(finite.index)
    step = find_resolution(index) if meter.resolution is None else meter.resolution
    step = checked_resolution(step)
    rate = is_rate(meter.unit)
    moved = snapped(finite, step=step, zone=meter.timezone, rate=rate)
    grid = grid_of(moved.points, step=step, zone=meter.timezone)
    known = int((~np.isnan(grid.values)).sum())
    constant = float(np.nanmax(grid.values)) == float(np.nanmin(grid.values))
    masks = {"flatline": _flatline(grid), "spike": _spike(grid)}
    bad = np.logical_or.reduce(list(masks.values()))
    findings = [
        _counted("not_finite", len(readings) - len(finite), "without a finite value: left out"),
        _counted(
            "duplicate",
            int(index.duplicated().sum()),
            "at an instant given before: the last counts",
        ),
        _counted(
            "off_grid", _off_grid(finite, moved), "beside the grid: moved to its nearest instant"
        ),
        _counted(
            "finer",
            len(moved.finer),
            f"closer together than {step}: {'averaged' if rate else 'added up'} over it",
        ),
        _partial(moved.partial),
        _marked("gap", np.isnan(grid.values), grid, excluded=False, message="missing"),
        _marked(
            "flatline",
            masks["flatline"],
            grid,
            excluded=True,
            message="constant for a day or longer",
        ),
        _marked(
            "spike", masks["spike"], grid, excluded=True, message="beyond anything else measured"
        ),
        _negative(grid),
        _marked(
            "stopped",
            _runs(grid.values == 0, _places(STOPPED, grid)),
            grid,
            excluded=False,
            message="zero for a week or longer",
        ),
        _clock_changes(grid),
        _counted("constant", known if constant else 0, "of one value: nothing to learn from"),
    ]
    have = (known - int(bad.sum())) * step
    last = grid.index[-1] + step
    missing = max(NEEDED - have, timedelta(0))
    complete = known / len(grid)
    gaps = np.isnan(grid.values)
    report = QualityReport(
        start=_iso(grid.index[0]),
        end=_iso(last),
        resolution_seconds=int(step.total_seconds()),
        readings=known,
        expected=len(grid),
        completeness=complete,
        excluded=int(bad.sum()),
        longest_gap_hours=_longest(gaps) * step / timedelta(hours=1),
        have_hours=have / timedelta(hours=1),
        need_hours=NEEDED / timedelta(hours=1),
        usable_from=_iso(last + missing) if missing else None,
        ready=not missing and complete >= LEAST_COMPLETE and not constant,
        findings=tuple(item for item in findings if item.count),
    )
    cleaned = Grid(grid.index, np.where(bad, np.nan, grid.values), step, grid.zone)
    return Checked(cleaned, report)


def require_ready(report: QualityReport) -> None:
    """Raise InsufficientHistory or BadQuality where nothing can be learnt."""
    if report.usable_from is not None and report.excluded * 2 < report.readings:
        raise InsufficientHistory(
            f"{report.have_hours:.0f} of {report.need_hours:.0f} hours; "
            f"earliest usable date {report.usable_from[:10]}",
            hint="Load older readings, or wait until enough have come.",
            detail={
                "have_hours": report.have_hours,
                "need_hours": report.need_hours,
                "usable_from": report.usable_from,
            },
        )
    codes = [item.code for item in report.findings]
    if "constant" in codes:
        raise BadQuality(
            f"nothing can be learnt: all {report.readings} readings have one value",
            hint="Train again when they change; a meter that stands still may be broken.",
            detail={"readings": report.readings, "codes": codes},
        )
    if not report.ready:
        raise BadQuality(
            f"nothing can be learnt: {100 * report.completeness:.0f} % of the readings are there, "
            f"{report.excluded} of them are excluded",
            hint="Look at the quality report; repair the meter or load its readings again.",
            detail={
                "completeness": report.completeness,
                "excluded": report.excluded,
                "readings": report.readings,
                "codes": codes,
            },
        )


def _places(span: timedelta, grid: Grid) -> int:
    return max(FEWEST_FLAT, span // grid.step)


def _edges(mask: BoolArray) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends (exclusive) of the runs of True."""
    steps = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    return np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)


def _longest(mask: BoolArray) -> int:
    starts, ends = _edges(mask)
    return int((ends - starts).max()) if len(starts) else 0


def _runs(mask: BoolArray, shortest: int) -> BoolArray:
    """Only the runs of at least `shortest` places."""
    starts, ends = _edges(mask)
    kept = np.zeros(len(mask), bool)
    for start, end in zip(starts, ends, strict=True):
        if end - start >= shortest:
            kept[start:end] = True
    return kept


def _flatline(grid: Grid) -> BoolArray:
    """Constant and not nought: a small meter may rest at nought for days."""
    values = grid.values
    same = np.concatenate([[False], (values[1:] == values[:-1]) & (values[1:] != 0)])
    runs = _runs(same, _places(FLATLINE, grid) - 1)
    return runs | np.concatenate([runs[1:] & ~runs[:-1], [False]])


def _spike(grid: Grid) -> BoolArray:
    size = np.abs(grid.values)
    usual = float(np.nanquantile(size, 0.99))
    return size > SPIKE_FACTOR * usual if usual > 0 else np.zeros(len(grid), bool)


def _off_grid(finite: pd.Series, moved: Snapped) -> int:
    index = finite.index
    return int((~index.isin(moved.points.index) & ~index.isin(moved.finer)).sum())


def _partial(count: int) -> Finding:
    words = f"{count} intervals lack more than a tenth of their finer readings: taken for missing"
    return Finding("finer_missing", count, count, False, (), words)


def _negative(grid: Grid) -> Finding:
    mask = grid.values < 0
    share = float(mask.sum()) / max(int((~np.isnan(grid.values)).sum()), 1)
    if share > NET_LOAD_SHARE:
        return _counted("net_load", int(mask.sum()), "negative: kept as feed-in")
    return _marked("negative", mask, grid, excluded=False, message="negative")


def _clock_changes(grid: Grid) -> Finding:
    """Days of a clock change of which readings are missing: local times were stored as UTC."""
    if grid.step == DAY:
        return _counted("clock_change", 0, "")
    changes = np.flatnonzero(np.diff(grid.shift)) + 1
    near = np.zeros(len(grid), bool)
    hours_3 = max(1, grid.day // 8)
    for place in changes:
        near[max(place - hours_3, 0) : place + hours_3] = True
    return _marked(
        "clock_change",
        near & np.isnan(grid.values),
        grid,
        excluded=False,
        message="missing about a clock change: were local times stored as UTC?",
    )


def _marked(code: str, mask: BoolArray, grid: Grid, *, excluded: bool, message: str) -> Finding:
    starts, ends = _edges(mask)
    longest_first = np.argsort(starts - ends, kind="stable")[:MOST_PLACES]
    places = tuple(
        (_iso(grid.index[starts[n]]), _iso(grid.index[ends[n] - 1] + grid.step))
        for n in sorted(longest_first.tolist())
    )
    touched = int(mask.sum())
    text = f"{touched} readings in {len(starts)} places {message}"
    return Finding(code, len(starts), touched, excluded, places, text)


def _counted(code: str, count: int, message: str) -> Finding:
    return Finding(code, count, count, False, (), f"{count} readings {message}")


def _iso(instant: pd.Timestamp) -> str:
    return instant.tz_convert("UTC").isoformat().replace("+00:00", "Z")
