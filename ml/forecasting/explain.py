"""Why a forecast is what it is, in words that a person knows and in the meter's unit.

For boosted learners the contributions are SHAP values (Lundberg et al. 2020) as XGBoost computes
them, for the regression and the network their products; all add up exactly, and so does their
mixture.
"""

from dataclasses import dataclass

import pandas as pd

from ml.ensemble import Ensemble
from ml.ensemble.ensemble import baseline_columns
from ml.ensemble.weights import LEAD_DAYS, lead_group
from ml.features import Design, topics
from ml.learners import Inputs
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


def contributions(ensemble: Ensemble, design: Design, grid: Grid) -> dict[str, FloatArray]:
    """Per topic what it adds to the median of each pair, in the meter's unit, (pairs,)."""
    group = lead_group(design.pairs.lead, day=grid.day, bounds=LEAD_DAYS)
    weights = ensemble.weights[group]
    found: dict[str, FloatArray] = {}
    inputs = Inputs(design, grid.day, weather=any(one.weather for one in ensemble.learners))
    for number, learner in enumerate(ensemble.learners):
        for topic, values in learner.contributions(inputs).items():
            found[topic] = found.get(topic, 0.0) + weights[:, number] * values
    for number, column in enumerate(baseline_columns(design, grid), start=len(ensemble.learners)):
        found[topics.USUAL_WEEK] = found.get(topics.USUAL_WEEK, 0.0) + weights[:, number] * column
    return found


def importance(ensemble: Ensemble, names: tuple[str, ...]) -> dict[str, float]:
    """Share of the gain of each feature, over the learners that know one, each by its weight."""
    total: dict[str, float] = {}
    for number, learner in enumerate(ensemble.learners):
        gains = learner.gains()
        whole = sum(gains.values()) or 1.0
        share = float(ensemble.weights[:, number].mean())
        for column, gain in gains.items():
            name = names[column]
            total[name] = total.get(name, 0.0) + share * gain / whole
    whole = sum(total.values()) or 1.0
    ordered = sorted(total.items(), key=lambda item: -item[1])
    return {name: value / whole for name, value in ordered}
