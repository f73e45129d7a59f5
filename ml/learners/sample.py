"""The pairs that learners learn from, and the folds that keep some of them unseen."""

from dataclasses import dataclass

import numpy as np

from ml.features import Design
from ml.readings import FloatArray, Grid, IntArray

FOLDS = 2
BLOCK_DAYS = 14
"""Longer than the memory of most errors, short enough for every fold to hold every season."""


@dataclass(frozen=True)
class Sample:
    """Pairs with their readings, and the folds of each.

    actual: in the meter's unit; weight: what an error counts, 1 on average; fold: number of the
    part of the history that a probe must not see; band_fold: the same for the bands' models, which
    learn from the probes' errors and so need folds across theirs.
    """

    design: Design
    actual: FloatArray
    weight: FloatArray
    fold: IntArray
    band_fold: IntArray

    @classmethod
    def of(cls, design: Design, actual: FloatArray, grid: Grid) -> "Sample":
        """Blocks of days in turn make the folds, so that each fold holds every season."""
        number = design.pairs.target // block_of(grid)
        level = design.base.level
        return cls(
            design=design,
            actual=actual,
            weight=level / level.mean(),  # errors count in the meter's own unit
            fold=number % FOLDS,
            band_fold=number // FOLDS % FOLDS,
        )

    def joined(self, other: "Sample") -> "Sample":
        """The pairs of both, which must have the same columns."""
        return Sample(
            design=self.design.joined(other.design),
            actual=np.concatenate([self.actual, other.actual]),
            weight=np.concatenate([self.weight, other.weight]),
            fold=np.concatenate([self.fold, other.fold]),
            band_fold=np.concatenate([self.band_fold, other.band_fold]),
        )


def block_of(grid: Grid) -> int:
    """Places of a block; a short history still has two in each fold."""
    return max(1, min(BLOCK_DAYS, len(grid) // grid.day // (2 * FOLDS))) * grid.day
