"""Nights that a meter of the demo has behind it: forecasts as they were issued, and their scores."""

from datetime import timedelta

from data import Meter
from tests.platform import Platform
from workers.nightly.forecasting import forecast_meter, keep
from workers.nightly.house import House
from workers.nightly.scoring import score
from workers.serving import open_desk

METER_TYPE, METER_ID = "electricity", "demo_household"
PATH = f"/dashboard/meters/{METER_TYPE}/{METER_ID}"
NIGHTS = 12
YEAR = timedelta(days=365)
"""Enough to learn from; all two years would take twice as long."""


def live_through_nights(
    platform: Platform, meter_type: str = METER_TYPE, meter_id: str = METER_ID
) -> None:
    """Train a model of what was known then, do each night's work, and train a second model."""
    platform.load_demo()
    meter = platform.store.meter(meter_type, meter_id)
    span = meter and platform.store.span(meter)
    assert meter is not None
    assert span is not None
    if platform.http.get(f"/models/{meter.key}").json()["versions"]:
        return
    first = span.last.replace(hour=1, minute=20) - timedelta(days=NIGHTS)
    begin = (first - YEAR).date().isoformat()
    until = (first - timedelta(days=1)).date().isoformat()
    _trained(platform, meter, start_date=begin, end_date=until)
    house = House(platform.settings, platform.store, open_desk(platform.jobs, platform.store))
    nights = [first + timedelta(days=night) for night in range(NIGHTS)]
    keep(house, [forecast_meter(house, meter, now=now) for now in nights])
    score(house, meter, now=span.last)
    _trained(platform, meter, start_date=begin)


def _trained(platform: Platform, meter: Meter, **bounds: str) -> None:
    names = {"meter_type": meter.meter_type, "meter_id": meter.meter_id}
    ended = platform.ended(platform.submit("/trainmodel/", **names, **bounds))
    assert ended["status"] == "succeeded", ended["error"]
