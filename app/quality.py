"""The quality report of a meter's readings."""

from flask import Response, jsonify
from flask.typing import ResponseReturnValue

from app.resource import Resource
from app.services import get_meter, services
from config.errors import NoReadings
from workers.reports import ask_for_report

bp = Resource("quality", __name__, url_prefix="/meters", description="Quality of readings")

WAIT_SECONDS = 20.0
"""A report on ten years takes a second; more means that the worker is busy or gone."""
RETRY_AFTER = 5


@bp.route("/<meter_type>/<meter_id>/quality")
@bp.response(200, description="Gaps, flatlines, spikes … and whether the meter can be trained")
@bp.alt_response(202, description="Being made; ask again after Retry-After")
@bp.alt_response(404, description="Unknown meter")
@bp.alt_response(409, description="The meter has no readings")
def quality(meter_type: str, meter_id: str) -> ResponseReturnValue:
    """What is wrong with the readings, where, how much of it, and what training leaves out."""
    meter = get_meter(meter_type, meter_id)
    span = services().store.span(meter)
    if span is None:
        raise NoReadings(f"Meter {meter.key} has no readings.")
    report = ask_for_report(services().jobs, meter, span, seconds=WAIT_SECONDS)
    if report is None:
        response: Response = jsonify(status="computing")
        return response, 202, {"Retry-After": str(RETRY_AFTER)}
    return jsonify({"meter_type": meter.meter_type, "meter_id": meter.meter_id, **report})
