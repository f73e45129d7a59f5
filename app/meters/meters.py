"""The catalogue of meters."""

from typing import Any

from flask import Response, jsonify
from flask.typing import ResponseReturnValue

from app.http.answers import json_body_only
from app.http.resource import Resource
from app.meters.schemas import MeterListSchema, MeterSchema, MetersQuerySchema, MeterUpdateSchema
from app.security import may_see
from app.services import get_meter, services
from config.errors import InvalidRequest, QueueUnavailable, UnknownMeter
from data.editing.facts import check_changes
from data.editing.place import placed, to_look_up
from data.editing.position import put_changed
from data.meters import Meter, check_meter_id
from data.store import Store
from workers.deletion import withdraw
from workers.ledger import Ledger
from workers.questions.place import locate
from workers.questions.quality import forget_report
from workers.wire_format import timestamp

bp = Resource("meters", __name__, url_prefix="/meters", description="Meters and their readings")
bp.before_request(json_body_only)


@bp.route("/")
@bp.arguments(MetersQuerySchema, location="query")
@bp.response(200, MeterListSchema)
def index(query: dict[str, Any]) -> Response:
    """All meters, or those of a type."""
    found = [m for m in services().store.meters(query.get("meter_type")) if may_see(m.key)]
    page = found[query["offset"] : query["offset"] + query["limit"]]
    return jsonify(meters=[meter.to_dict() for meter in page], total=len(found))


@bp.route("/<meter_type>/<meter_id>")
@bp.response(200, MeterSchema)
@bp.alt_response(404, description="Unknown meter")
def show(meter_type: str, meter_id: str) -> Response:
    """A meter, the span of its readings, and the weather under its latest nightly forecast."""
    meter = get_meter(meter_type, meter_id)
    noted = Ledger(services().jobs.redis).read(meter.key)
    return jsonify(
        {
            **meter.to_dict(),
            "readings": _stored(services().store, meter),
            "forecast_weather": noted.get("weather"),
        }
    )


@bp.route("/<meter_type>/<meter_id>", methods=["PUT"])
@bp.arguments(MeterUpdateSchema)
@bp.response(200, MeterSchema)
@bp.alt_response(201, schema=MeterSchema, description="The meter is new")
@bp.alt_response(503, description="A place is named and no worker looks it up")
def put(body: dict[str, Any], meter_type: str, meter_id: str) -> ResponseReturnValue:
    """Create a meter, or change what is known of it; fields left out stay as they are.

    `location` takes coordinates or the name of a place. Country and time zone follow from the
    position where they are not given. The unit stays once there are readings.
    """
    known = services().settings.meter_types
    if meter_type not in known:
        raise InvalidRequest(
            f"meter_type: {meter_type!r} is unknown; one of {', '.join(known)}.",
            field="meter_type",
        )
    check_meter_id(meter_id)
    try:
        found = services().store.meter(meter_type, meter_id)
    except UnknownMeter:
        found = None
    check_changes(services().store, found, body, of=known[meter_type])
    old = {"unit": known[meter_type].unit} if found is None else found.to_dict()
    ids = {"meter_type": meter_type, "meter_id": meter_id}
    meter = Meter.from_dict({**placed(old, body, _looked_up(old, body)), **ids})
    put_changed(services().store, found, meter)
    return jsonify(meter.to_dict()), 201 if found is None else 200


@bp.route("/<meter_type>/<meter_id>", methods=["DELETE"])
@bp.response(204, description="The meter, its readings, forecasts and models are gone")
@bp.alt_response(404, description="Unknown meter")
def delete(meter_type: str, meter_id: str) -> ResponseReturnValue:
    """Delete a meter with everything that belongs to it; its open jobs are cancelled."""
    meter = get_meter(meter_type, meter_id)
    withdraw(services().jobs, meter.key)
    _forget_what_was_made(meter)
    services().store.delete_meter(meter)
    # Also what was made meanwhile. From here on a training misses the meter, and tidies up itself.
    _forget_what_was_made(meter)
    return "", 204


def _forget_what_was_made(meter: Meter) -> None:
    services().registry.forget(meter.meter_type, meter.meter_id)
    forget_report(services().jobs, meter)
    Ledger(services().jobs.redis).forget(meter.key)


def _looked_up(old: dict[str, Any], body: dict[str, Any]) -> dict[str, Any] | None:
    """What follows from the position that the body gives; see `data.editing.place`."""
    text = to_look_up(old, body)
    try:
        return None if text is None else locate(services().jobs, text)
    except QueueUnavailable:
        if body.get("location"):
            raise
        return None  # coordinates need nobody; zone and country can be given by hand


def _stored(store: Store, meter: Meter) -> dict[str, Any]:
    span = store.span(meter)
    return {
        "first": timestamp(span.first) if span else None,
        "last": timestamp(span.last) if span else None,
        "count": store.tally(meter).count,
    }
