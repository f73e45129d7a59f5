"""Meters with readings that the integration tests work on."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from data.simulation import SimulatedMeter, simulate
from data.store import Store
from tests.platform import Platform

END = datetime(2026, 3, 20, tzinfo=UTC)
"""Before a clock change, so that a week's forecast crosses it."""


def load_simulated(store: Store, *, days: int, which: int = 2) -> SimulatedMeter:
    """One simulated meter (the city district) with `days` of readings, in the store."""
    one = simulate(7, END, days)[which]
    # Not the demo's own ids: the browser tests load the demo into the same platform.
    meter = replace(one.meter, meter_id=one.meter.meter_id.replace("demo", "simulated"))
    one = replace(one, meter=meter)
    store.put_meter(one.meter)
    store.write_readings(one.meter, one.readings)
    store.write_weather(one.meter.location, one.weather, source="simulator")
    return one


@pytest.fixture(scope="session")
def meter(platform: Platform) -> dict[str, Any]:
    """Type and id of a meter with 200 days of hourly readings."""
    one = load_simulated(platform.store, days=200)
    return {"meter_type": one.meter.meter_type, "meter_id": one.meter.meter_id}


@pytest.fixture(scope="session")
def trained(platform: Platform, meter: dict[str, Any]) -> dict[str, Any]:
    """The same meter, with a model."""
    job = platform.ended(platform.submit("/trainmodel/", **meter))
    assert job["status"] == "succeeded", job
    return meter
