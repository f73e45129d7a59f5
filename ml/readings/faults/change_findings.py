"""Findings of codes and changes in words, with the places where they are."""

import numpy as np

from ml.readings.faults.residuals import Residuals
from ml.readings.faults.shifts import Shifts
from ml.readings.faults.unit_changes import UnitChange
from ml.readings.findings import Finding, FindingCode, iso, marked
from ml.readings.grid import BoolArray, Grid

MOST_CODES = 5
"""Codes told by name."""


def of_codes(codes: BoolArray, grid: Grid) -> Finding:
    """Readings that are codes and no measurements."""
    values, times = np.unique(grid.values[codes], return_counts=True)
    commonest = values[np.argsort(-times, kind="stable")][:MOST_CODES]
    named = ", ".join(f"{value:.10g}" for value in commonest)
    message = f"of {named}: a code for a missing reading, left out"
    return marked("error_code", codes, grid, excluded=True, message=message)


def of_finer_codes(count: int) -> Finding:
    """Codes among readings that were to be put together."""
    words = f"{count} finer readings are a code for a missing reading: left out of their intervals"
    return Finding("error_code", count, count, True, (), words)


def of_units(change: UnitChange, grid: Grid) -> Finding:
    """Stretches in another unit than most readings."""
    named = " or ".join(_times(factor) for factor in change.factors)
    message = f"about {named} the others and of their shape, as if in another unit: left out"
    if change.lasts:
        message += "; which unit is the right one can't be told: load those in the wrong one anew"
    return marked("unit_change", change.mask, grid, excluded=True, message=message)


def of_shifts(shifts: Shifts, grid: Grid, table: Residuals) -> list[Finding]:
    """Dates from which on a meter, or what it measures, is another one. Nothing is left out."""
    named = ", ".join(_times(factor) for factor in shifts.factors)
    return [
        _lasting("level_shift", shifts.days, shifts, grid, table, f"from a new level on: {named}"),
        _lasting(
            "meter_swap",
            shifts.swaps,
            shifts,
            grid,
            table,
            "of another level and shape: a new meter?",
        ),
    ]


def _lasting(
    code: FindingCode,
    days: tuple[int, ...],
    shifts: Shifts,
    grid: Grid,
    table: Residuals,
    words: str,
) -> Finding:
    """From each day to the next change, or to the end."""
    starts = table.places(sorted(days))
    every = table.places(sorted((*shifts.days, *shifts.swaps)))
    bounds = np.append(every, len(grid))
    ends = [int(bounds[bounds.searchsorted(start, side="right")]) for start in starts]
    touched = sum(
        int((~np.isnan(grid.values[start:end])).sum())
        for start, end in zip(starts, ends, strict=True)
    )
    places = tuple(
        (iso(grid.index[start]), iso(grid.index[end - 1] + grid.step))
        for start, end in zip(starts, ends, strict=True)
    )
    text = f"{touched} readings in {len(places)} places {words}"
    return Finding(code, len(places), touched, False, places, text)


def _times(factor: float) -> str:
    return f"{float(f'{factor:.3g}'):.10g} times"
