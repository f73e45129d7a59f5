"""Model versions of a meter: which there are, which serves, and who said so."""

from typing import Any

from flask import Response, g, jsonify

from app.http.resource import Resource
from app.models.schemas import ModelsSchema, ReasonSchema
from app.services import get_meter, services
from data.meters import Meter
from workers.ledger import Ledger
from workers.ledger.trainability import refusal_of

bp = Resource("models", __name__, url_prefix="/models", description="Model versions")

NO_KEY = "anyone"
"""Who acts where no API key is needed."""


@bp.route("/<meter_type>/<meter_id>")
@bp.response(200, ModelsSchema)
@bp.alt_response(404, description="Unknown meter")
def versions(meter_type: str, meter_id: str) -> Response:
    """The model versions of a meter, which of them serves, and the audit log.

    Where its readings refused the last training, `untrainable` says why: a meter without a model is
    then forecast by the seasonal naive.
    """
    return _account(get_meter(meter_type, meter_id))


@bp.route("/<meter_type>/<meter_id>/rollback", methods=["POST"])
@bp.arguments(ReasonSchema, required=False)
@bp.response(200, ModelsSchema)
@bp.alt_response(404, description="Unknown meter")
@bp.alt_response(409, description="There is no earlier champion, or the champion has just changed")
def rollback(body: dict[str, Any], meter_type: str, meter_id: str) -> Response:
    """Let the previous champion serve again; a second rollback undoes the first."""
    meter = get_meter(meter_type, meter_id)
    registry = services().registry
    champion = registry.aliases(meter_type, meter_id).get("champion", "")
    registry.rollback(meter_type, meter_id, instead_of=champion, who=_who(), reason=body["reason"])
    return _account(meter)


@bp.route("/<meter_type>/<meter_id>/<version>/promote", methods=["POST"])
@bp.arguments(ReasonSchema, required=False)
@bp.response(200, ModelsSchema)
@bp.alt_response(404, description="Unknown meter or version")
@bp.alt_response(409, description="Another version became champion at the same moment")
def promote(body: dict[str, Any], meter_type: str, meter_id: str, version: str) -> Response:
    """Let a version serve, whatever the comparison said."""
    meter = get_meter(meter_type, meter_id)
    services().registry.promote_existing(
        meter_type, meter_id, version, who=_who(), reason=body["reason"]
    )
    return _account(meter)


def _account(meter: Meter) -> Response:
    account = services().registry.account(meter.meter_type, meter.meter_id)
    noted = Ledger(services().jobs.redis).read(meter.key)
    return jsonify(**account, untrainable=refusal_of(noted))


def _who() -> str:
    key = g.get("key")
    return NO_KEY if key is None else key.name
