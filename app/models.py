"""Model versions of a meter."""

from flask import Response, jsonify

from app.resource import Resource
from app.services import get_meter, services
from workers.registry import summary

bp = Resource("models", __name__, url_prefix="/models", description="Model versions")


@bp.route("/<meter_type>/<meter_id>")
@bp.response(200, description="Versions, newest first, with their aliases and metrics")
@bp.alt_response(404, description="Unknown meter")
def versions(meter_type: str, meter_id: str) -> Response:
    """The model versions of a meter and which of them serves."""
    meter = get_meter(meter_type, meter_id)
    registry = services().registry
    aliases = registry.aliases(meter.meter_type, meter.meter_id)
    found = [
        summary(version, registry.meta(meter.meter_type, meter.meter_id, version), aliases)
        for version in registry.versions(meter.meter_type, meter.meter_id)
    ]
    return jsonify(champion=aliases.get("champion"), versions=found)
