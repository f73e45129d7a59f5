"""The quality report of a meter's readings."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.http.answers import ANSWER_SECONDS, computing
from app.http.resource import Resource
from app.services import get_meter, get_span, services
from data.revision import mark_of
from workers.questions.quality import ask_for_report

bp = Resource("quality", __name__, url_prefix="/meters", description="Quality of readings")


@bp.route("/<meter_type>/<meter_id>/quality")
@bp.response(200, description="Gaps, flatlines, spikes … and whether the meter can be trained")
@bp.alt_response(202, description="Being made; ask again after Retry-After")
@bp.alt_response(404, description="Unknown meter")
@bp.alt_response(409, description="The meter has no readings")
def quality(meter_type: str, meter_id: str) -> ResponseReturnValue:
    """What is wrong with the readings, where, how much of it, and what training leaves out."""
    meter = get_meter(meter_type, meter_id)
    mark = mark_of(services().store, meter, get_span(meter))
    report = ask_for_report(services().jobs, meter, mark, seconds=ANSWER_SECONDS)
    if report is None:
        return computing()
    return jsonify({"meter_type": meter.meter_type, "meter_id": meter.meter_id, **report})
