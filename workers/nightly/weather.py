"""The scheduled refresh of the weather at the places of all meters."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from data.store import Store
from weather.provider import Place, Product, place_of
from weather.service import WeatherService

FORECAST = Product.FORECAST.value
FORECASTS_KEPT = timedelta(days=60)
"""How long forecasts stay as they were issued; of what is older the previous runs tell as much."""


def refresh_all(service: WeatherService, store: Store, *, now: datetime) -> dict[str, Any]:
    """`WeatherService.refresh` for the places of all meters (by a schedule); what was done.

    What is half as old as a job would take it is fetched, so that jobs find all of it fresh.
    """
    eager = replace(service, max_age=service.max_age / 2)
    places = places_of_meters(store)
    done = eager.refresh(places, now=now)
    if done.requests:
        for place in places:
            store.forget_weather(place.key, source=FORECAST, before=now - FORECASTS_KEPT)
    return asdict(done)


def places_of_meters(store: Store) -> list[Place]:
    """Each place once, however many meters share it."""
    places = {place_of(meter) for meter in store.meters()}
    return sorted((place for place in places if place is not None), key=lambda place: place.key)
