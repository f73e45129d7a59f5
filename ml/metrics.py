"""Scores of forecasts against readings."""

from collections.abc import Mapping

import numpy as np

from ml.readings import FloatArray


def pinball(actual: FloatArray, predicted: FloatArray, level: float) -> float:
    """Mean pinball loss of a quantile forecast, in the readings' unit."""
    error = actual - predicted
    return float(np.mean(np.maximum(level * error, (level - 1) * error)))


def scores(
    actual: FloatArray, quantiles: Mapping[float, FloatArray], *, scale: float
) -> dict[str, float | None]:
    """MAE, RMSE, WAPE, MASE, bias, and where there are bands, pinball and coverage_80.

    `quantiles[0.5]` is the point forecast; `scale` is the in-sample mean absolute error of the
    weekly seasonal naive (Hyndman and Koehler 2006). Bias is forecast minus reading. Rows with
    an unknown reading are left out; None where a score has nothing to divide by.
    """
    known = ~np.isnan(actual)
    actual = actual[known]
    levels = {level: values[known] for level, values in quantiles.items()}
    if not len(actual):
        return {"readings": 0}
    error = levels[0.5] - actual
    mae, size = float(np.abs(error).mean()), float(np.abs(actual).mean())
    found: dict[str, float | None] = {
        "readings": len(actual),
        "mae": mae,
        "rmse": float(np.sqrt((error**2).mean())),
        "wape": mae / size if size > 0 else None,
        "mase": mae / scale if scale > 0 else None,
        "bias": float(error.mean()),
    }
    if len(levels) > 1:
        found["pinball"] = float(
            np.mean([pinball(actual, values, level) for level, values in levels.items()])
        )
    if 0.1 in levels and 0.9 in levels:
        inside = (actual >= levels[0.1]) & (actual <= levels[0.9])
        found["coverage_80"] = float(inside.mean())
        found["width_80"] = float((levels[0.9] - levels[0.1]).mean())
    return found
