"""Open-Meteo over plain HTTP: addresses, parameters, answers (https://open-meteo.com/en/docs).

JSON by httpx and not the FlatBuffers client: three more packages would save a fifth of the time
of what is asked once per place, and an answer could no longer be read, or written by hand.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from config.errors import WeatherUnavailable
from weather.http import Asker
from weather.provider import Found, Place, Product

HOSTS: Mapping[Product, str] = {
    Product.FORECAST: "api",
    Product.PREVIOUS_RUN: "previous-runs-api",
    Product.HISTORICAL_FORECAST: "historical-forecast-api",
    Product.ARCHIVE: "archive-api",
}
GEOCODING = "geocoding-api"
DOMAIN = "open-meteo.com"

EARLIEST: Mapping[Product, date] = {
    Product.FORECAST: date(2022, 1, 1),
    Product.PREVIOUS_RUN: date(2024, 1, 1),
    Product.HISTORICAL_FORECAST: date(2022, 1, 1),
    Product.ARCHIVE: date(1940, 1, 1),
}

NAMES: Mapping[str, str] = {
    "temperature": "temperature_2m",
    "humidity": "relative_humidity_2m",
    "apparent_temperature": "apparent_temperature",
    "precipitation": "precipitation",
    "wind_speed": "wind_speed_10m",
    "solar_radiation": "shortwave_radiation",
}
"""Ours to theirs; degC, %, degC, mm, m/s, W/m2."""

OVER_THE_HOUR = frozenset({"precipitation", "solar_radiation"})
"""Given at the end of the hour that they sum up or average; a reading stands at its start."""

LEADS = range(1, 8)
"""Days before the valid time at which previous runs are kept."""

HOUR, DAY = pd.Timedelta(hours=1), pd.Timedelta(days=1)


@dataclass(frozen=True)
class OpenMeteo:
    """The public service, the one for customers (with a key), or an own server.

    `{host}` in `base_url` becomes the name of the service that is asked (`api`, `archive-api` …).
    """

    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    asker: Asker = field(default_factory=Asker)

    def fetch(
        self,
        product: Product,
        places: Sequence[Place],
        variables: Sequence[str],
        start: date,
        end: date,
    ) -> list[pd.DataFrame]:
        """See `Provider.fetch`."""
        columns = columns_of(product, variables)
        params = {
            "latitude": ",".join(f"{place.latitude:.1f}" for place in places),
            "longitude": ",".join(f"{place.longitude:.1f}" for place in places),
            "hourly": ",".join(columns),
            "start_date": start.isoformat(),
            "end_date": end.isoformat(),
            "timeformat": "unixtime",
            "wind_speed_unit": "ms",
        }
        path = "/v1/archive" if product is Product.ARCHIVE else "/v1/forecast"
        answer = self._get(HOSTS[product], path, params)
        parts = answer if isinstance(answer, list) else [answer]
        if len(parts) != len(places):
            raise WeatherUnavailable(f"Open-Meteo answered {len(parts)} of {len(places)} places.")
        return [frame_of(part, columns) for part in parts]

    def find(self, name: str) -> list[Found]:
        """See `Provider.find`."""
        answer = self._get(GEOCODING, "/v1/search", {"name": name, "count": "10"})
        with _documented():
            return [_found(place) for place in answer.get("results", ())]

    def earliest(self, product: Product) -> date:
        """See `Provider.earliest`."""
        return EARLIEST[product]

    def _get(self, host: str, path: str, params: Mapping[str, str]) -> Any:
        if self.base_url is not None:
            base = self.base_url.rstrip("/").replace("{host}", host)
        else:
            base = f"https://{'customer-' if self.api_key else ''}{host}.{DOMAIN}"
        if self.api_key:
            params = {**params, "apikey": self.api_key}
        return self.asker.get(base + path, params)


def columns_of(product: Product, variables: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Their names, each with our variable and the days of lead (0: not by lead)."""
    known = [name for name in variables if name in NAMES]
    if product is not Product.PREVIOUS_RUN:
        return {NAMES[name]: (name, 0) for name in known}
    return {f"{NAMES[name]}_previous_day{lead}": (name, lead) for name in known for lead in LEADS}


def weight(product: Product, places: int, variables: Sequence[str], days: int) -> float:
    """What a request counts for against the limits, by the formula of the pricing page.

    Ten variables over two weeks at one place are one call.
    """
    by_columns = len(columns_of(product, variables)) / 10
    return places * max(1.0, by_columns, by_columns * days / 14)


def frame_of(answer: Any, columns: Mapping[str, tuple[str, int]]) -> pd.DataFrame:
    """The frame of one place; see `Provider.fetch`.

    :raises WeatherUnavailable: the answer is not of the documented form.
    """
    with _documented():
        hourly = answer["hourly"]
        times = pd.to_datetime(np.asarray(hourly["time"], dtype="int64"), unit="s", utc=True)
        if not times.is_unique:
            raise ValueError("a time occurs twice")
        by_lead: dict[int, dict[str, pd.Series]] = {}
        for name, (variable, lead) in columns.items():
            if name in hourly:
                valid = times - HOUR if variable in OVER_THE_HOUR else times
                values = np.array(hourly[name], dtype="float64")
                by_lead.setdefault(lead, {})[variable] = pd.Series(values, index=valid)
        if set(by_lead) <= {0}:
            return pd.DataFrame(by_lead.get(0, {})).rename_axis("valid_at")
        return pd.concat([_dated(series, lead) for lead, series in by_lead.items()]).sort_index()


def _dated(series: dict[str, pd.Series], lead: int) -> pd.DataFrame:
    """The variables by (valid_at, available_at), known so many days before."""
    frame = pd.DataFrame(series)
    valid = pd.DatetimeIndex(frame.index)
    known = valid - lead * DAY
    return frame.set_axis(
        pd.MultiIndex.from_arrays([valid, known], names=["valid_at", "available_at"])
    )


def _found(place: Mapping[str, Any]) -> Found:
    return Found(
        name=str(place["name"]),
        latitude=float(place["latitude"]),
        longitude=float(place["longitude"]),
        country=place.get("country_code"),
        timezone=place.get("timezone"),
        population=int(place.get("population") or 0),
    )


@contextmanager
def _documented() -> Iterator[None]:
    """What goes wrong in reading an answer is the answer's fault."""
    try:
        yield
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as failure:
        raise WeatherUnavailable(
            f"Open-Meteo's answer is not as documented: {str(failure)[:200]}"
        ) from failure
