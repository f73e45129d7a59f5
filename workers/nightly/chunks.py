"""The work of a round on a handful of its meters.

Each meter fails by itself, but a store that is away is asked no more. What they have in common is
done once for all of them: the weather of a place is read once, and what was issued is stored and
noted in one go.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from config.error_codes import is_transient
from config.errors import EnergyError
from data.meters import Meter
from workers.inputs import SharedWeather
from workers.nightly import forecasting, scoring
from workers.nightly.forecasting import Night
from workers.nightly.house import House

log = logging.getLogger(__name__)

SUCCEEDED = "succeeded"
Outcomes = dict[str, str]
"""By a meter's key: who answered, or `succeeded`; or the code of an error."""


def forecast_handful(house: House, keys: Iterable[str], *, now: datetime) -> Outcomes:
    """Issue the night's forecasts of some meters and keep them."""
    shared: SharedWeather = {}
    made: dict[str, Night] = {}

    def forecast(meter: Meter) -> str:
        made[meter.key] = forecasting.forecast_meter(house, meter, now=now, shared=shared)
        return made[meter.key].issued.source

    outcomes = _each(house, keys, forecast)
    return outcomes | _not_kept(house, made)


def score_handful(house: House, keys: Iterable[str], *, now: datetime) -> Outcomes:
    """Score some meters and look after their flags."""

    def score(meter: Meter) -> str:
        scoring.score(house, meter, now=now)
        return SUCCEEDED

    return _each(house, keys, score)


def _each(house: House, keys: Iterable[str], do: Callable[[Meter], str]) -> Outcomes:
    def one(key: str) -> str:
        return do(house.store.meter(*key.split("/", 1)))

    found: Outcomes = {}
    away = ""
    for key in keys:
        # A store that does not answer takes seconds to say so, and the next handful waits.
        found[key] = away or _outcome(key, partial(one, key))
        if is_transient(found[key]):
            away = found[key]
    return found


def _not_kept(house: House, made: dict[str, Night]) -> Outcomes:
    """The errors of what could not be kept."""

    def keep(keys: Iterable[str]) -> str:
        forecasting.keep(house, [made[key] for key in keys])
        return SUCCEEDED

    together = _outcome(f"{len(made)} meters", partial(keep, made)) if made else SUCCEEDED
    if together == SUCCEEDED:
        return {}
    if is_transient(together):
        return dict.fromkeys(made, together)
    # One that is refused must not take the others along.
    single = {key: _outcome(key, partial(keep, [key])) for key in made}
    return {key: outcome for key, outcome in single.items() if outcome != SUCCEEDED}


def _outcome(whose: str, work: Callable[[], str]) -> str:
    """What the work returns, or the code of the error that ended it."""
    from ml import ForecastingError

    try:
        return work()
    except (EnergyError, ForecastingError) as error:
        log.info("%s: %s", whose, error)
        return str(error.code)
    except Exception:
        # One meter's fault must not end the night of all others; the log has it.
        log.exception("%s", whose)
        return "internal_error"
