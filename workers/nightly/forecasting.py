"""The forecasts of the night: one for each meter, made and kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from data.meters import Meter
from data.store import IssuedForecast
from workers import results
from workers.inputs import SharedWeather, forecast_inputs
from workers.nightly.house import House
from workers.serving.answer import answer


@dataclass(frozen=True)
class Night:
    """A night's forecast of a meter: what the store keeps of it, and what the ledger notes."""

    issued: IssuedForecast
    facts: Mapping[str, Any]


def forecast_meter(
    house: House, meter: Meter, *, now: datetime, shared: SharedWeather | None = None
) -> Night:
    """Make the night's forecast of a meter.

    From the hour of `now` to the end of the last of NIGHTLY_FORECAST_DAYS whole local days.

    :param shared: see `forecast_inputs`.
    :raises EnergyError, ml.ForecastingError: no forecast is possible.
    """
    start = now.replace(minute=0, second=0, microsecond=0)
    local = start.astimezone(ZoneInfo(meter.timezone))
    last = local.date() + timedelta(days=house.settings.nightly_days + 1)
    end = datetime(last.year, last.month, last.day, tzinfo=local.tzinfo).astimezone(UTC)
    # The weather was fetched for all places by a schedule of its own, just before.
    found = forecast_inputs(house.store, meter, start, end, service=None, now=now, shared=shared)
    made = answer(house.desk, meter, found.readings, found.weather, start, end, now=now)
    facts = {
        "serving": made.serving,
        "weather": results.weather_grades(made.forecast, found.grades),
    }
    return Night(results.to_keep(made, meter, now), facts)


def keep(house: House, nights: Sequence[Night]) -> None:
    """Store what was issued to some meters, and note it in the ledger."""
    house.store.write_forecasts([one.issued for one in nights])
    house.ledger.note_many({one.issued.meter.key: one.facts for one in nights})
