"""A meter's readings on a regular grid, and what is wrong with them.

`check` gives the `Grid` and a `QualityReport`, `assess` the report alone. Lowest floor of `ml`.
"""

from ml.readings.grid import BoolArray, FloatArray, Grid, IntArray, SingleArray, make_grid
from ml.readings.quality import Checked, QualityReport, assess, check

__all__ = [
    "BoolArray",
    "Checked",
    "FloatArray",
    "Grid",
    "IntArray",
    "QualityReport",
    "SingleArray",
    "assess",
    "check",
    "make_grid",
]
