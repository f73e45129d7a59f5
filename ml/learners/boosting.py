"""XGBoost, with a pinball objective that needs no second pass over the leaves.

XGBoost's own absolute and quantile errors have no curvature, so each leaf is set anew by a
quantile of its rows, at three quarters more time. Here the pinball loss is replaced in every
round by the parabola that lies over it and touches it at the present prediction (Hunter and
Lange, "Quantile regression via an MM algorithm", 2000), so that the loss never rises.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xgboost
from numpy.typing import NDArray

from ml.readings import FloatArray

OnRound = Callable[[], None]
Gradients = tuple[NDArray[np.floating], NDArray[np.floating]]
Objective = Callable[[NDArray[np.float32]], Gradients]

BOUND_ROWS = 8_000
"""Over a hundred for each bin: more take time and move no bound that matters."""


@dataclass(frozen=True, kw_only=True)
class BoostingSettings:
    """The few XGBoost parameters that mattered; names as in XGBoost."""

    rounds: int = 80
    learning_rate: float = 0.12
    max_depth: int = 6
    min_child_weight: float = 30.0
    subsample: float = 0.7
    colsample_bytree: float = 0.5
    reg_lambda: float = 5.0
    max_bin: int = 64


def smooth_pinball(
    label: NDArray[np.float32], weight: NDArray[np.float32], *, level: float, width: float
) -> Objective:
    """Gradient and curvature of the parabola over the pinball loss at `level` (0 to 1).

    `width`, in the target's unit, rounds the kink: below it the loss is a square. Curvature is
    scaled to 1 there, so that `min_child_weight` and `reg_lambda` count rows.
    """

    def objective(predicted: NDArray[np.float32]) -> Gradients:
        error = predicted - label
        curvature = width / (width + np.abs(error))
        gradient = error * curvature + width * (1 - 2 * level)
        return gradient * weight, curvature * weight

    return objective


def bounds_of(
    matrix: NDArray[np.float32], weight: FloatArray, *, settings: BoostingSettings, nthread: int
) -> xgboost.QuantileDMatrix:
    """A matrix whose bins others may be `like`, of rows spread evenly over these."""
    step = -(-len(matrix) // BOUND_ROWS)
    return binned(matrix[::step], weight[::step], settings=settings, nthread=nthread)


def binned(
    matrix: NDArray[np.float32],
    weight: FloatArray,
    *,
    settings: BoostingSettings,
    nthread: int,
    like: xgboost.QuantileDMatrix | None = None,
) -> xgboost.QuantileDMatrix:
    """The matrix in bins, without labels yet: several boosters may learn from it in turn.

    Bins `like` those of another matrix cost no search for their bounds.
    """
    if like is None:
        return xgboost.QuantileDMatrix(
            matrix, weight=weight, max_bin=settings.max_bin, nthread=nthread
        )
    # The weight decides on bounds only, and would be handed over four times on the way.
    data = xgboost.QuantileDMatrix(matrix, max_bin=settings.max_bin, nthread=nthread, ref=like)
    data.set_weight(weight)
    return data


def fit_booster(
    data: xgboost.DMatrix,
    *,
    level: float,
    width: float,
    settings: BoostingSettings,
    nthread: int,
    seed: int,
    on_round: OnRound,
) -> xgboost.Booster:
    """A booster for one quantile `level`, started from that quantile of the labels.

    `on_round` is called after each round; whatever it raises ends the training.
    """
    label = data.get_label()
    start = float(np.quantile(label, level))
    objective = smooth_pinball(label, data.get_weight(), level=level, width=width)
    booster = xgboost.Booster(
        {
            "tree_method": "hist",
            "base_score": start,
            "learning_rate": settings.learning_rate,
            "max_depth": settings.max_depth,
            "min_child_weight": settings.min_child_weight,
            "subsample": settings.subsample,
            "colsample_bytree": settings.colsample_bytree,
            "reg_lambda": settings.reg_lambda,
            "max_bin": settings.max_bin,
            "nthread": nthread,
            "seed": seed,
            "disable_default_eval_metric": 1,
        },
        [data],
    )
    # What `xgboost.train` would do, less what it asks of the matrix anew in every round.
    for number in range(settings.rounds):
        predicted = booster.predict(
            data, output_margin=True, training=True, validate_features=False
        )
        gradient, curvature = objective(predicted)
        booster.boost(data, number, grad=gradient, hess=curvature)
        on_round()
    return booster.reset()  # lets go of the matrix


def predict_booster(booster: xgboost.Booster, matrix: NDArray[np.float32]) -> FloatArray:
    """Raw predictions, one per row."""
    return np.asarray(booster.inplace_predict(matrix), np.float64)
