"""Places on a grid where the readings are wrong, each kind looked for without the others."""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pandas as pd

from ml.readings.faults.error_codes import error_codes
from ml.readings.faults.residuals import Residuals, residuals_of
from ml.readings.faults.spikes import spikes
from ml.readings.faults.unit_changes import UnitChange, unit_change
from ml.readings.findings import flatline
from ml.readings.grid import BoolArray, Grid, Snapped


@dataclass(frozen=True)
class Faults:
    """Masks over a grid, no place in two of them, and the residuals they were found with."""

    codes: BoolArray
    flat: BoolArray
    units: UnitChange
    spikes: BoolArray
    table: Residuals

    @property
    def unmeasured(self) -> BoolArray:
        """What was never used as it stands there, whatever the meter does."""
        return self.codes | self.units.mask | self.spikes

    @property
    def bad(self) -> BoolArray:
        """What must not be learnt from."""
        return self.unmeasured | self.flat


def faults_of(grid: Grid) -> Faults:
    """One kind after the other: none is measured by what another one has spoilt."""
    codes = error_codes(grid)
    flat = flatline(without(grid, codes))
    table = residuals_of(grid, codes | flat)
    units = unit_change(grid, table)
    units = replace(units, mask=units.mask & ~(codes | flat))
    found = spikes(without(grid, codes | flat | units.mask))
    return Faults(codes, flat, units, found, table)


def without(grid: Grid, bad: BoolArray) -> Grid:
    """The grid without the readings at the places `bad`."""
    return replace(grid, values=np.where(bad, np.nan, grid.values)) if bad.any() else grid


def measured(grid: Grid) -> Grid:
    """The grid without codes, other units and spikes; as it is where nothing would be left.

    A meter that stands still has measured what it shows: who forecasts may go by it.
    """
    left = without(grid, faults_of(grid).unmeasured)
    return grid if np.isnan(left.values).all() else left


def finer_codes(finite: pd.Series, moved: Snapped, *, step: timedelta, zone: str) -> BoolArray:
    """The codes among readings finer than the grid, whose sums would hide them."""
    if not len(moved.finer):
        return np.zeros(len(finite), bool)
    index = pd.DatetimeIndex(finite.index).tz_convert("UTC").as_unit("s")
    return error_codes(Grid(index, finite.to_numpy(float), step, zone))
