"""Who answers for a meter: its champion, the seasonal naive in its place, or a profile.

| the meter has                                  | answers                            | source   |
|------------------------------------------------|------------------------------------|----------|
| a champion in good standing                    | the champion                       | model    |
| a champion that the ledger has suspended       | the seasonal naive                 | baseline |
| models, none of which can be loaded            | the seasonal naive                 | baseline |
| no model, and less than two weeks of readings  | similar meters, at its own level   | profile  |
| the same, and no similar meter                 | the naive                          | baseline |
| no model, and more readings that nothing can   | the seasonal naive                 | baseline |
| be learnt from, as a training has found        |                                    |          |
| no model, and more readings                    | nobody: `model_not_trained`        |          |
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from config.errors import ModelNotTrained
from data.meters import Meter
from workers.ledger import Ledger
from workers.ledger.flags import DRIFT, MODEL_CORRUPT, SKILL
from workers.ledger.trainability import SHORTEST, TRAINABLE, refusal_of
from workers.serving.desk import Desk
from workers.wire_format import timestamp

if TYPE_CHECKING:  # ml is imported by the child that uses it (see `workers.tasks`)
    from ml import Forecast

log = logging.getLogger(__name__)

NAIVE, PROFILE = "seasonal_naive", "profile"
"""What stands in the place of a model version."""
SERVING = {"model": "model", "baseline": "fallback", "profile": "profile"}
"""The ledger's word for each source of a forecast."""
NOT_BETTER = "the trained model did not beat the seasonal naive on the weeks held back"
YOUNG = "the meter has less than two weeks of sound readings"


@dataclass(frozen=True)
class Issue:
    """A forecast, the name of what made it, and why it is no model's (None where it is one's)."""

    forecast: "Forecast"
    version: str
    reason: str | None = None

    @property
    def serving(self) -> str:
        """The ledger's word for who answered."""
        return SERVING[self.forecast.source] if self.version in (NAIVE, PROFILE) else "model"


def issue(
    desk: Desk,
    meter: Meter,
    history: pd.Series,
    weather: pd.DataFrame | None,
    start: datetime,
    end: datetime,
    *,
    now: datetime,
) -> Issue:
    """Forecast [start, end) by whoever may, and note who it was; raises as `answer` does."""
    made = answer(desk, meter, history, weather, start, end, now=now)
    if end > now:  # a hindcast says nothing of who serves
        desk.ledger.note(meter.key, serving=made.serving)
    return made


def answer(
    desk: Desk,
    meter: Meter,
    history: pd.Series,
    weather: pd.DataFrame | None,
    start: datetime,
    end: datetime,
    *,
    now: datetime,
) -> Issue:
    """Forecast [start, end) by whoever may.

    :raises ModelNotTrained: nobody may, and there is enough to train on.
    :raises ml.ForecastingError: too few readings, or too far ahead.
    """
    noted = desk.ledger.read(meter.key)
    sound = _sound(history, meter, start)
    made = _by_model(desk, meter, noted, sound, weather, start, end, now=now)
    if made is not None:
        return made
    refusal = refusal_of(noted)
    if refusal is None:
        return _without_model(desk, meter, sound, start, end)
    # Where nearly all is a flatline, what is left of it is no day to go by.
    used = sound if _length(sound) >= SHORTEST else history
    reason = f"no model could be trained ({refusal['message']})"
    return _naive(desk, meter, used, start, end, reason=reason)


def _sound(history: pd.Series, meter: Meter, start: datetime) -> pd.Series:
    """The readings before `start` without what is wrong, which would be carried forward.

    Where nothing can be said of them, as they are: whoever forecasts will say why it can't.
    """
    from ml import BadQuality, OutOfRange
    from ml.readings import check

    try:
        grid = check(history[history.index < start], meter=meter).grid
    except (BadQuality, OutOfRange):
        return history
    sound = pd.Series(grid.values, index=grid.index.as_unit("us")).dropna()
    return sound if len(sound) else history


def _by_model(
    desk: Desk,
    meter: Meter,
    noted: Mapping[str, Any],
    history: pd.Series,
    weather: pd.DataFrame | None,
    start: datetime,
    end: datetime,
    *,
    now: datetime,
) -> Issue | None:
    """The champion's forecast, or the naive's where it may not answer; None without a model."""
    from ml import ModelCorrupt, ModelMismatch

    reason = _suspended_for(noted)
    try:
        champion = desk.registry.champion(meter.meter_type, meter.meter_id)
        if noted.get("suspended") != champion:
            # By name: that another becomes champion meanwhile is no fault of this one.
            version, model = desk.warm.champion(
                desk.registry, meter, asked=champion, keep=desk.keeps_warm
            )
            if version != champion:
                _flag(desk.ledger, meter, f"model {champion} cannot be loaded", now)
            forecast = model.forecast(history, start, end, weather)
            return Issue(forecast, version, None if forecast.source == "model" else NOT_BETTER)
    except ModelNotTrained:
        return None
    except (ModelCorrupt, ModelMismatch) as error:
        log.error("meter %s: no model can be loaded: %s", meter.key, error)
        _flag(desk.ledger, meter, error.message, now)
        reason = f"no model can be loaded: {error.message}"
    return _naive(desk, meter, history, start, end, reason=reason)


def _suspended_for(noted: Mapping[str, Any]) -> str:
    """What the ledger holds against the champion, in words."""
    words = [one["message"] for one in noted["flags"] if one["code"] in (SKILL, DRIFT)]
    return f"the model is suspended: {'; '.join(words)}" if words else "the model is suspended"


def _without_model(
    desk: Desk, meter: Meter, history: pd.Series, start: datetime, end: datetime
) -> Issue:
    from ml.forecasting.profiles import profile_forecast

    if _length(history) >= TRAINABLE:
        raise ModelNotTrained(f"Meter {meter.key} has no trained model.")
    shapes = desk.shapes(meter)
    if not shapes:
        reason = f"{YOUNG}, and there is no similar one"
        return _naive(desk, meter, history, start, end, reason=reason)
    made = profile_forecast(
        history, start, end, meter=meter, shapes=shapes, quantiles=desk.settings.quantiles
    )
    return Issue(made, PROFILE, YOUNG)


def _naive(
    desk: Desk, meter: Meter, history: pd.Series, start: datetime, end: datetime, *, reason: str
) -> Issue:
    from ml.forecasting.naive_forecast import naive_forecast

    made = naive_forecast(history, start, end, meter=meter, quantiles=desk.settings.quantiles)
    return Issue(made, NAIVE, reason)


def _length(history: pd.Series) -> timedelta:
    """From the first reading to the last."""
    return history.index[-1] - history.index[0] if len(history) else timedelta(0)


def _flag(ledger: Ledger, meter: Meter, message: str, now: datetime) -> None:
    flag: dict[str, Any] = {"code": MODEL_CORRUPT, "since": timestamp(now), "message": message}
    ledger.raise_flag(meter.key, flag)
