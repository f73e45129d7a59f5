"""Trainings."""

from typing import Any

from flask import Response

from app.http.answers import accepted, json_body_only
from app.http.resource import Resource
from app.http.times import parse_end, parse_start
from app.jobs.job_views import add_job_views
from app.jobs.schemas import AcceptedSchema, TrainRequestSchema
from app.services import get_meter, services
from config.errors import InvalidRequest
from data.meters import Meter
from workers.states import Kind

bp = Resource("trainmodel", __name__, url_prefix="/trainmodel", description="Train models")
bp.before_request(json_body_only)
add_job_views(bp)


@bp.route("/", methods=["POST"])
@bp.arguments(TrainRequestSchema)
@bp.response(202, AcceptedSchema)
@bp.alt_response(200, schema=AcceptedSchema, description="An open training stands for it")
@bp.alt_response(404, description="Unknown meter")
def train(body: dict[str, Any]) -> Response:
    """Train a model of a meter in the background."""
    meter = get_meter(body["meter_type"], body["meter_id"])
    submitted = services().jobs.submit(
        Kind.TRAIN,
        training_params(body, meter),
        meter_type=meter.meter_type,
        meter_id=meter.meter_id,
        deduplicate=not body["force"],
    )
    return accepted(submitted, "trainmodel")


def training_params(body: dict[str, Any], meter: Meter) -> dict[str, str]:
    """The range to train on, as a task takes it; empty for all there is.

    :raises InvalidRequest: a date cannot be read, or they are reversed.
    """
    params: dict[str, str] = {}
    if "start_date" in body:
        params["start"] = parse_start(body["start_date"], meter, "start_date").isoformat()
    if "end_date" in body:
        params["end"] = parse_end(body["end_date"], meter, "end_date").isoformat()
    if len(params) == 2 and params["end"] <= params["start"]:
        raise InvalidRequest("end_date: lies before start_date.", hint="Swap the two dates.")
    return params
