"""What is wrong with a meter's readings, where, and what a training must leave out.

A constant load may be a broken sensor, a burst a transmission error, 65535 a logger's word for
nothing; all would be learnt as if they were use. What is only unusual (zeros of a small meter,
negatives of a net load, a new tenant) is reported and kept.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from ml.errors import BadQuality, InsufficientHistory, OutOfRange
from ml.meter import Meter
from ml.readings.faults import Faults, faults_of
from ml.readings.faults.change_findings import of_codes, of_finer_codes, of_shifts, of_units
from ml.readings.faults.faults import finer_codes, without
from ml.readings.faults.shifts import shifts_of
from ml.readings.findings import (
    STOPPED,
    Finding,
    clock_changes,
    counted,
    iso,
    longest,
    marked,
    negative,
    off_grid,
    partial,
    places,
    runs,
)
from ml.readings.grid import BoolArray, Grid, Snapped, grid_of, resolution_of, snapped
from ml.readings.rates import is_rate

NEEDED = timedelta(days=14)
"""Two weeks: each weekday twice, once to compare and once to be compared with."""
LEAST_COMPLETE = 0.2


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
    finite = _finite(readings)
    step = resolution_of(meter, pd.DatetimeIndex(finite.index))
    rate = is_rate(meter.unit)
    moved = snapped(finite, step=step, zone=meter.timezone, rate=rate)
    codes = finer_codes(finite, moved, step=step, zone=meter.timezone)
    kept = finite[~codes]
    if codes.any():
        moved = snapped(kept, step=step, zone=meter.timezone, rate=rate)
    grid = grid_of(moved.points, step=step, zone=meter.timezone)
    faults = faults_of(grid)
    without_value = len(readings) - len(finite)
    found = [
        counted("not_finite", without_value, "without a finite value: left out"),
        *_of_times(kept, moved, step=step, rate=rate),
        of_finer_codes(int(codes.sum())),
        *_of_values(grid, faults),
    ]
    return Checked(without(grid, faults.bad), _report(grid, faults.bad, found))


def _finite(readings: pd.Series) -> pd.Series:
    """The readings that have a value; raises OutOfRange, and BadQuality where there is none."""
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
    return finite


def _of_times(finite: pd.Series, moved: Snapped, *, step: timedelta, rate: bool) -> list[Finding]:
    """What is conspicuous about when the readings are; some kinds may have been found 0 times."""
    finer = f"closer together than {step}: {'averaged' if rate else 'added up'} over it"
    twice = int(finite.index.duplicated().sum())
    beside = off_grid(finite, moved)
    return [
        counted("duplicate", twice, "at an instant given before: the last counts"),
        counted("off_grid", beside, "beside the grid: moved to its nearest instant"),
        counted("finer", len(moved.finer), finer),
        partial(moved.partial),
    ]


def _of_values(grid: Grid, faults: Faults) -> list[Finding]:
    """What is conspicuous about the values; some kinds may have been found 0 times."""
    gaps = np.isnan(grid.values)
    still = runs(grid.values == 0, places(STOPPED, grid))
    constant = float(np.nanmax(grid.values)) == float(np.nanmin(grid.values))
    same = int((~gaps).sum()) if constant else 0
    return [
        marked("gap", gaps, grid, excluded=False, message="missing"),
        marked(
            "flatline", faults.flat, grid, excluded=True, message="constant for a day or longer"
        ),
        of_codes(faults.codes, grid),
        of_units(faults.units, grid),
        marked(
            "spike", faults.spikes, grid, excluded=True, message="beyond anything else measured"
        ),
        *of_shifts(shifts_of(faults.table, faults.bad), grid, faults.table),
        negative(without(grid, faults.codes)),
        marked("stopped", still, grid, excluded=False, message="zero for a week or longer"),
        clock_changes(grid),
        counted("constant", same, "of one value: nothing to learn from"),
    ]


def _report(grid: Grid, bad: BoolArray, found: Sequence[Finding]) -> QualityReport:
    """The report on a grid of which the places `bad` are left out."""
    gaps = np.isnan(grid.values)
    known, excluded = int((~gaps).sum()), int(bad.sum())
    have = (known - excluded) * grid.step
    last = grid.index[-1] + grid.step
    missing = max(NEEDED - have, timedelta(0))
    complete = known / len(grid)
    findings = tuple(item for item in found if item.count)
    constant = any(item.code == "constant" for item in findings)
    return QualityReport(
        start=iso(grid.index[0]),
        end=iso(last),
        resolution_seconds=int(grid.step.total_seconds()),
        readings=known,
        expected=len(grid),
        completeness=complete,
        excluded=excluded,
        longest_gap_hours=longest(gaps) * grid.step / timedelta(hours=1),
        have_hours=have / timedelta(hours=1),
        need_hours=NEEDED / timedelta(hours=1),
        usable_from=iso(last + missing) if missing else None,
        ready=not missing and complete >= LEAST_COMPLETE and not constant,
        findings=findings,
    )


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
