"""Why a forecast is what it is, in words that a person knows and in the meter's unit.

For boosted heads the contributions are SHAP values (Lundberg et al. 2020) as XGBoost computes
them, for the linear head and the network their products; all add up exactly, and so does their
mixture.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xgboost

from ml.ensemble import Expert
from ml.ensemble.ensemble import baseline_columns
from ml.ensemble.weights import LEAD_DAYS, lead_group
from ml.features import Design, topics
from ml.learners import BoostedHead
from ml.readings import FloatArray, Grid


@dataclass(frozen=True)
class Explanation:
    """Contributions per step and importance over all.

    frame: UTC index, one column per topic, in the meter's unit; a row adds up to the median
    before a meter that is never negative is kept from it. importance: each feature's share of
    the gain of all splits, largest first, adding up to 1.
    """

    frame: pd.DataFrame
    importance: dict[str, float]

    def to_dict(self) -> dict[str, object]:
        """As JSON types."""
        steps = [
            {"time": time.isoformat().replace("+00:00", "Z"), "contributions": row}
            for time, row in zip(
                pd.DatetimeIndex(self.frame.index), self.frame.to_dict("records"), strict=True
            )
        ]
        return {"points": steps, "importance": self.importance}


def contributions(expert: Expert, design: Design, grid: Grid) -> dict[str, FloatArray]:
    """Per topic what it adds to the median of each pair, in the meter's unit, (pairs,)."""
    group = lead_group(design.pairs.lead, day=grid.day, bounds=LEAD_DAYS)
    weights = expert.weights[group]
    found: dict[str, FloatArray] = {}
    for number, head in enumerate(expert.heads):
        if isinstance(head, BoostedHead):
            parts = _of_boosted(head, design)
        else:
            parts = head.contributions(design, day=grid.day)
        for topic, values in parts.items():
            found[topic] = found.get(topic, 0.0) + weights[:, number] * values
    for number, column in enumerate(baseline_columns(design, grid), start=len(expert.heads)):
        found[topics.USUAL_WEEK] = found.get(topics.USUAL_WEEK, 0.0) + weights[:, number] * column
    return found


def importance(expert: Expert, names: tuple[str, ...]) -> dict[str, float]:
    """Share of the gain of each feature over the boosted heads, weighted as in the mixture."""
    total: dict[str, float] = {}
    for number, head in enumerate(expert.heads):
        if not isinstance(head, BoostedHead):
            continue
        gains = head.booster.get_score(importance_type="total_gain")
        whole = sum(float(np.sum(gain)) for gain in gains.values()) or 1.0
        share = float(expert.weights[:, number].mean())
        for key, gain in gains.items():
            name = names[int(key.removeprefix("f"))]
            total[name] = total.get(name, 0.0) + share * float(np.sum(gain)) / whole
    whole = sum(total.values()) or 1.0
    ordered = sorted(total.items(), key=lambda item: -item[1])
    return {name: value / whole for name, value in ordered}


def _of_boosted(head: BoostedHead, design: Design) -> dict[str, FloatArray]:
    matrix = design.columns(weather=head.weather)
    shap = np.asarray(head.booster.predict(xgboost.DMatrix(matrix), pred_contribs=True), np.float64)
    level = design.base.level
    # What a tree model starts from is the usual use: none over the base, or the level itself.
    start = topics.USUAL_WEEK if head.head.residual else topics.LEVEL
    found = {start: head.head.readings(shap[:, -1], design)}
    for number, name in enumerate(design.names[: matrix.shape[1]]):
        topic = topics.topic_of(name)
        found[topic] = found.get(topic, 0.0) + shap[:, number] * level
    return found
