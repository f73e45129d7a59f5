"""Many meters in one request."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask import Response, jsonify, url_for
from flask.typing import ResponseReturnValue

from app.http.answers import json_body_only
from app.http.resource import Resource
from app.jobs.forecast import forecast_params
from app.jobs.schemas import BatchAcceptedSchema, ForecastBatchSchema, TrainBatchSchema
from app.jobs.trainmodel import training_params
from app.services import services
from config.errors import EnergyError, InvalidRequest, TooLarge, UnknownMeter, describe
from data.meters import Meter
from workers.jobs.batches import Member, submit_batch
from workers.states import Kind

bp = Resource("batches", __name__, description="Train and forecast many meters at once")
bp.before_request(json_body_only)

Params = Callable[[dict[str, Any], Meter], dict[str, str]]


@bp.route("/trainmodel/batch", methods=["POST"])
@bp.arguments(TrainBatchSchema)
@bp.response(202, BatchAcceptedSchema)
def train(body: dict[str, Any]) -> ResponseReturnValue:
    """Train many meters; a meter that fails costs none of the others."""
    return _submit(Kind.TRAIN, body, training_params)


@bp.route("/forecast/batch", methods=["POST"])
@bp.arguments(ForecastBatchSchema)
@bp.response(202, BatchAcceptedSchema)
def forecast(body: dict[str, Any]) -> ResponseReturnValue:
    """Forecast many meters; a meter that fails costs none of the others."""
    return _submit(Kind.FORECAST, body, forecast_params)


def _submit(kind: Kind, body: dict[str, Any], params: Params) -> tuple[Response, int]:
    members: list[Member] = []
    refused: list[Member] = []
    for reference, meter in _meters(body):
        try:
            if meter is None:
                raise UnknownMeter("There is no meter {meter_type}/{meter_id}.".format(**reference))
            members.append({**reference, "params": params(body, meter)})
        except InvalidRequest:
            raise  # wrong for every meter alike
        except EnergyError as error:
            refused.append({**reference, "error": describe(error)})
    if not members and not refused:
        raise UnknownMeter("There is no meter of this kind.")
    _check_size(len(members) + len(refused))
    record = submit_batch(services().jobs, kind, members, refused=refused)
    answer: dict[str, Any] = {key: record[key] for key in ("task_id", "status")}
    answer["total"] = len(members) + len(refused)
    for name in ("status", "stream", "result"):
        answer[f"{name}_url"] = url_for(f"jobs.{name}", task_id=record["task_id"])
    return jsonify(answer), 202


def _meters(body: dict[str, Any]) -> Iterator[tuple[dict[str, str], Meter | None]]:
    """Each meter asked for, once, with what the catalogue knows of it."""
    known = {meter.key: meter for meter in services().store.meters(body.get("meter_type"))}
    named: Iterable[dict[str, str]] = body.get("meters", ())
    if "meters" not in body:
        named = [{"meter_type": m.meter_type, "meter_id": m.meter_id} for m in known.values()]
    for key, reference in {"{meter_type}/{meter_id}".format(**ref): ref for ref in named}.items():
        yield reference, known.get(key)


def _check_size(count: int) -> None:
    most = services().settings.max_batch
    if count > most:
        raise TooLarge(
            f"{count:,} meters; a batch has at most {most:,}.",
            hint="Send several batches, or raise MAX_BATCH.",
        )
