"""What views work on: settings, jobs, store, registry; one set per process."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from config import Settings
from config.errors import NoReadings
from data import open_store
from data.meters import Meter
from data.store import Span, Store
from workers.jobs import Jobs, open_jobs
from workers.registry import AskedRegistry, ModelRegistry, Registry


@dataclass(frozen=True)
class Services:
    settings: Settings
    jobs: Jobs
    store: Store
    registry: ModelRegistry


def open_services(settings: Settings) -> Services:
    """Connect lazily to everything the settings name."""
    jobs = open_jobs(settings)
    return Services(settings, jobs, open_store(settings), _open_registry(settings, jobs))


def _open_registry(settings: Settings, jobs: Jobs) -> ModelRegistry:
    """The models in a folder are reached directly, those in an object store through a worker."""
    if "://" in settings.model_store_url:
        return AskedRegistry(jobs)
    return Registry(settings.model_store_url, jobs.redis)


def services() -> Services:
    """The services of the app that handles this request."""
    return cast(Services, current_app.extensions["energy"])


def get_meter(meter_type: str, meter_id: str) -> Meter:
    """The meter of a request.

    :raises UnknownMeter: answered with 404.
    """
    return services().store.meter(meter_type, meter_id)


def get_span(meter: Meter) -> Span:
    """The time that the meter's readings cover.

    :raises NoReadings: answered with 409.
    """
    span = services().store.span(meter)
    if span is None:
        raise NoReadings(f"Meter {meter.key} has no readings.")
    return span
