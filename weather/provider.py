"""What a weather service is to the rest of the program: places, products, frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

import pandas as pd

from data.meters import Meter, grid_position


class Product(StrEnum):
    """Kinds of weather, by what was known when; the name is also the rows' source in the store."""

    FORECAST = "forecast"
    """The present forecast, from a few days ago to a week ahead."""
    PREVIOUS_RUN = "previous_run"
    """For each past hour what was forecast of it one to seven days before."""
    HISTORICAL_FORECAST = "historical_forecast"
    """The first hours of each past forecast run, joined: nearly what was measured."""
    ARCHIVE = "archive"
    """Reanalysis: what was measured, known days later."""


@dataclass(frozen=True)
class Place:
    """A cell of the weather grid, which the meters in it share. Degrees, WGS 84."""

    latitude: float
    longitude: float

    @property
    def key(self) -> str:
        """The location of the store, as `Meter.location` gives it."""
        return f"{self.latitude:.1f},{self.longitude:.1f}"


@dataclass(frozen=True)
class Found:
    """A place that was looked up by its name."""

    name: str
    latitude: float
    longitude: float
    country: str | None
    timezone: str | None
    population: int = 0


class Provider(Protocol):
    """A weather service. Every method raises `WeatherUnavailable` where it does not answer."""

    def fetch(
        self,
        product: Product,
        places: Sequence[Place],
        variables: Sequence[str],
        start: date,
        end: date,
    ) -> list[pd.DataFrame]:
        """Hourly weather of the UTC days `start` to `end` (both included), a frame per place.

        Columns are those of `variables` (our names and units) that the service has, missing
        values NaN. The index is the valid time (UTC); of `PREVIOUS_RUN` it is
        (valid_at, available_at). Amounts and means over an hour stand at the hour's start.
        """
        ...

    def find(self, name: str) -> list[Found]:
        """Places of that name, the best first."""
        ...

    def earliest(self, product: Product) -> date:
        """The first day that the product has."""
        ...


def place_of(meter: Meter) -> Place | None:
    """The place of a meter's weather; None where the meter has no position."""
    if meter.latitude is None or meter.longitude is None:
        return None
    return Place(*grid_position(meter.latitude, meter.longitude))
