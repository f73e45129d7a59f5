"""What drove a forecast, in words that a person knows."""

from datetime import datetime, timedelta
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.http.answers import ANSWER_SECONDS, computing, stored_error
from app.http.resource import Resource
from app.http.times import parse_end, parse_start
from app.jobs.forecast import check_horizon
from app.models.explanation_schemas import ExplainQuerySchema, ExplanationSchema
from app.services import get_meter, get_span, services
from config.errors import InvalidRequest
from data.meters import Meter
from data.revision import mark_of
from data.store import Span
from workers.questions.explanation import ask_for_explanation

bp = Resource("explain", __name__, url_prefix="/models", description="What drives a forecast")

DEFAULT_RANGE = timedelta(days=2)
"""What fits on one chart with an hour still to be seen."""


@bp.route("/<meter_type>/<meter_id>/explain")
@bp.arguments(ExplainQuerySchema, location="query")
@bp.response(200, ExplanationSchema)
@bp.alt_response(202, description="Being made; ask again after Retry-After")
@bp.alt_response(404, description="Unknown meter")
@bp.alt_response(409, description="No model or no readings yet")
def explain(query: dict[str, Any], meter_type: str, meter_id: str) -> ResponseReturnValue:
    """Contributions per step (SHAP values), grouped, and the importance of each feature."""
    meter = get_meter(meter_type, meter_id)
    span = get_span(meter)
    start, end = explained_range(query, meter, span)
    version = services().registry.champion(meter.meter_type, meter.meter_id)
    mark = mark_of(services().store, meter, span)
    answer = ask_for_explanation(
        services().jobs, meter, mark=mark, version=version, start=start, end=end,
        seconds=ANSWER_SECONDS,
    )  # fmt: skip
    if answer is None:
        return computing()
    return stored_error(answer["error"]) if "error" in answer else jsonify(answer)


def explained_range(query: dict[str, Any], meter: Meter, span: Span) -> tuple[datetime, datetime]:
    """The range asked for, or the first days after the readings.

    :raises EnergyError: dates that cannot be, no readings before them, or too far ahead.
    """
    start = span.last + (meter.resolution or timedelta(hours=1))
    if "start_date" in query:
        start = parse_start(query["start_date"], meter, "start_date")
    end = start + DEFAULT_RANGE
    if "end_date" in query:
        end = parse_end(query["end_date"], meter, "end_date")
    if end <= start:
        raise InvalidRequest("end_date: lies before start_date.", hint="Swap the two dates.")
    check_horizon(meter, start, end)
    return start, end
