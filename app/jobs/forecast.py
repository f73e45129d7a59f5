"""Forecasts."""

from datetime import datetime, timedelta
from typing import Any

from flask import Response

from app.http.answers import accepted, json_body_only
from app.http.resource import Resource
from app.http.times import parse_range
from app.jobs.job_views import add_job_views
from app.jobs.schemas import AcceptedSchema, ForecastRequestSchema
from app.services import get_meter, services
from config.errors import (
    BeyondHorizon,
    InsufficientHistory,
    ModelNotTrained,
    ModelStoreUnavailable,
    NoReadings,
)
from data.meters import Meter
from workers.ledger import Ledger
from workers.ledger.trainability import SHORTEST, TRAINABLE, refusal_of
from workers.states import Kind

bp = Resource("forecast", __name__, url_prefix="/forecast", description="Forecast consumption")
bp.before_request(json_body_only)
add_job_views(bp)


@bp.route("/", methods=["POST"])
@bp.arguments(ForecastRequestSchema)
@bp.response(202, AcceptedSchema)
@bp.alt_response(200, description="The result, where `Prefer: wait` was met")
@bp.alt_response(404, description="Unknown meter")
@bp.alt_response(409, description="No model or no readings yet")
def forecast(body: dict[str, Any]) -> Response:
    """Forecast a range of days, with P10, P50 and P90."""
    meter = get_meter(body["meter_type"], body["meter_id"])
    params = forecast_params(body, meter)
    if not _may_have_model(meter):
        check_cold_start(meter, datetime.fromisoformat(params["start"]))
    submitted = services().jobs.submit(
        Kind.FORECAST,
        params,
        meter_type=meter.meter_type,
        meter_id=meter.meter_id,
    )
    return accepted(submitted, "forecast")


def _may_have_model(meter: Meter) -> bool:
    """False where the meter is known to have none; while nobody can tell, the task will see."""
    try:
        return "champion" in services().registry.aliases(meter.meter_type, meter.meter_id)
    except ModelStoreUnavailable:
        return True


def forecast_params(body: dict[str, Any], meter: Meter) -> dict[str, str]:
    """The range to forecast, as a task takes it.

    Whether there is a model is for the task to see: an object store would be asked once per meter
    of a batch.

    :raises EnergyError: dates that cannot be, no readings, or too far ahead.
    """
    start, end = parse_range(body["start_date"], body["end_date"], meter)
    check_horizon(meter, start, end)
    return {"start": start.isoformat(), "end": end.isoformat()}


def check_cold_start(meter: Meter, start: datetime) -> None:
    """Refuse at once a meter without a model that must have one, or has next to no readings.

    :raises ModelNotTrained: there is enough to train on, and nobody found it useless.
    :raises InsufficientHistory: less than a day.
    """
    span = services().store.span(meter)
    have = min(span.last, start) - span.first if span else timedelta(0)
    if have >= TRAINABLE and not refusal_of(Ledger(services().jobs.redis).read(meter.key)):
        raise ModelNotTrained(f"Meter {meter.key} has no trained model.")
    if span is None or have < SHORTEST:
        raise InsufficientHistory(
            f"{have / timedelta(hours=1):.0f} of 24 hours of readings before the forecast.",
            have_hours=have / timedelta(hours=1),
            need_hours=24,
            usable_from=(span.first + timedelta(days=1)).isoformat() if span else None,
        )


def check_horizon(meter: Meter, start: datetime, end: datetime) -> None:
    """Refuse at once what no forecast can reach; where the readings end decides.

    :raises NoReadings: the meter has none before `start`.
    :raises BeyondHorizon: the range ends too long after the last reading used.
    """
    span = services().store.span(meter)
    if span is None:
        raise NoReadings(f"Meter {meter.key} has no readings.")
    if span.first >= start:
        raise NoReadings(
            f"Meter {meter.key} has no readings before {start:%Y-%m-%d %H:%M} UTC.",
            hint=f"Ask for days after {span.first:%Y-%m-%d}, where its readings begin.",
            first_reading=span.first.isoformat(),
        )
    most = services().settings.max_forecast_days
    origin = min(start, span.last)
    if end > origin + timedelta(days=most) + (meter.resolution or timedelta(hours=1)):
        raise BeyondHorizon(
            f"end_date: {(end - origin).days} days after the last reading used; at most {most}.",
            hint="Ask for an earlier or shorter range, or import newer readings.",
            last_reading=span.last.isoformat(),
            max_forecast_days=most,
        )
