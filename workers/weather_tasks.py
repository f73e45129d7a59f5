"""Tasks about weather: beat's refresh of the forecasts, and looking up where a place is."""

import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from config.errors import EnergyError, describe
from data.store import Store
from weather.locations import locate
from weather.provider import Place, place_of
from weather.service import WeatherService, open_provider
from workers.celery_app import LOCATE, WEATHER_REFRESH
from workers.inputs import weather_service
from workers.places import keep_place
from workers.running import process_jobs
from workers.tasks import app


@app.task(name=WEATHER_REFRESH)
def refresh_weather() -> Mapping[str, Any]:
    """Fetch the forecast of every place that has meters, where the stored one is old (beat)."""
    service = weather_service(os.getpid())
    if service is None:
        return {"places": 0, "requests": 0, "problems": ["WEATHER_PROVIDER is none"]}
    return refresh_all(service, service.store, now=datetime.now(UTC))


@app.task(name=LOCATE)
def find_place(text: str) -> None:
    """Look up a place for whoever asked (`workers.places`)."""
    jobs = process_jobs(os.getpid())
    provider = None if jobs.settings.weather_provider == "none" else open_provider(jobs.settings)
    try:
        answer = locate(text, provider).to_dict()
    except EnergyError as error:
        answer = {"error": describe(error)}
    keep_place(jobs, text, answer)


def refresh_all(service: WeatherService, store: Store, *, now: datetime) -> dict[str, Any]:
    """`WeatherService.refresh` for the places of all meters; what was done."""
    return asdict(service.refresh(places_of_meters(store), now=now))


def places_of_meters(store: Store) -> list[Place]:
    """Each place once, however many meters share it."""
    places = {place_of(meter) for meter in store.meters()}
    return sorted((place for place in places if place is not None), key=lambda place: place.key)
