"""Backtests of a meter's model."""

from typing import Any

from flask import Response

from app.http.answers import accepted, json_body_only
from app.http.resource import Resource
from app.jobs.job_views import add_job_views
from app.jobs.schemas import AcceptedSchema, TestRequestSchema
from app.services import get_meter, services
from workers.states import Kind

bp = Resource("test_model", __name__, url_prefix="/test_model", description="Backtest models")
bp.before_request(json_body_only)
add_job_views(bp)


@bp.route("/", methods=["POST"])
@bp.arguments(TestRequestSchema)
@bp.response(202, AcceptedSchema)
@bp.alt_response(200, description="The result, where `Prefer: wait` was met")
@bp.alt_response(404, description="Unknown meter")
def test(body: dict[str, Any]) -> Response:
    """Backtest: rolling forecasts over the last part of the readings, beside the naive."""
    meter = get_meter(body["meter_type"], body["meter_id"])
    submitted = services().jobs.submit(
        Kind.TEST,
        {"test_size": body["test_size"]},
        meter_type=meter.meter_type,
        meter_id=meter.meter_id,
    )
    return accepted(submitted, "test_model")
