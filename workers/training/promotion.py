"""Whether a new model may serve: champion and challenger on the same window.

The new model has learnt from the newest readings, so it can't be tested on them. Its recipe can: a
probe is trained on the readings before the window and meets the champion on the window, which
neither has learnt from. Where nothing but the newest readings has changed since the champion was
trained, the probe would be the champion (`workers.training.recipe`) and is not trained. Where the
champion is so young that there is no such window, what both reached on their own held-back weeks
decides.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from config import Settings
from data.meters import Meter
from workers.training.recipe import would_repeat

if TYPE_CHECKING:  # ml is imported by the child that uses it (see `workers.tasks`)
    from ml import Forecaster

log = logging.getLogger(__name__)

SHORTEST_WINDOW = timedelta(days=3)
"""Fewer days say more about those days than about the models."""
PROBE, CHAMPION = "new", "champion"

Fit = Callable[[pd.Series, pd.DataFrame | None], "Forecaster"]


@dataclass(frozen=True)
class Verdict:
    """Whether a new model becomes champion, why, and the figures behind it."""

    promoted: bool
    reason: str
    contest: Mapping[str, Any] | None = None


FIRST = Verdict(True, "the first model of this meter")


def judge(
    new: "Forecaster",
    champion: "Forecaster",
    readings: pd.Series,
    weather: pd.DataFrame | None,
    *,
    meter: Meter,
    settings: Settings,
    fit: Fit,
) -> Verdict:
    """Compare the recipe of `new` with the champion on the latest readings.

    :param readings: those that `new` was trained on.
    :param fit: trains a model of the same recipe on other readings.
    """
    from ml import ForecastingError
    from ml.evaluation.contest import contest

    for fact in ("unit", "timezone"):
        if champion.meta["meter"][fact] != new.meta["meter"][fact]:
            return Verdict(True, f"the champion was trained in another {fact}")
    if champion.step != new.step:
        return Verdict(True, "the champion was trained at another resolution")
    end = pd.Timestamp(new.meta["train_end"])
    start = max(
        pd.Timestamp(champion.meta["train_end"]), end - timedelta(days=settings.promotion_days)
    )
    if end - start < SHORTEST_WINDOW:
        return _by_held_back_weeks(new, champion, settings.promotion_margin)
    before, known = readings[readings.index < start], _known(weather, start)
    try:
        twin = would_repeat(champion, new, before, known)
        probe = champion if twin else fit(before, known)
        outcome = contest(
            {PROBE: probe} if twin else {PROBE: probe, CHAMPION: champion},
            readings,
            weather,
            meter=meter,
            start=start,
            end=end,
        )
    except ForecastingError as error:
        # No window to compare on (a gap, a broken meter): what each reached by itself decides.
        log.info("meter %s: no contest: %s", meter.key, error)
        return _by_held_back_weeks(new, champion, settings.promotion_margin)
    days = (end - start).total_seconds() / 86_400
    if twin:
        words = f"the champion's recipe, with {days:.0f} days more to learn from"
        errors = {PROBE: outcome.mae[PROBE], CHAMPION: outcome.mae[PROBE]}
        return Verdict(True, words, {**outcome.to_dict(), "mae": errors})
    ours, theirs = outcome.mae[PROBE], outcome.mae[CHAMPION]
    words = f"error {ours:.4g} against the champion's {theirs:.4g} on {days:.0f} days new to both"
    promoted = ours <= theirs * (1 + settings.promotion_margin)
    return Verdict(promoted, words, outcome.to_dict())


def _by_held_back_weeks(new: "Forecaster", champion: "Forecaster", margin: float) -> Verdict:
    """By the error over the naive's, since the held-back weeks of the two are not the same."""
    ours, theirs = _relative(new), _relative(champion)
    words = (
        f"error over the naive's {ours:.3f} against the champion's {theirs:.3f}"
        " on each one's held-back weeks"
    )
    return Verdict(ours <= theirs * (1 + margin), words)


def _relative(model: "Forecaster") -> float:
    return float(model.meta["metrics"]["mae"] / (model.meta["baseline_metrics"]["mae"] or 1.0))


def _known(weather: pd.DataFrame | None, until: pd.Timestamp) -> pd.DataFrame | None:
    """The weather that a training before `until` could have had."""
    if weather is None:
        return None
    name = "available_at" if isinstance(weather.index, pd.MultiIndex) else None
    known = weather.index.get_level_values(name) if name else weather.index
    return weather[known < until]
