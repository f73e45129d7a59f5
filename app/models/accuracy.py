"""How good the issued forecasts of a meter were, beside the seasonal naive."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.http.answers import ANSWER_SECONDS, computing, stored_error
from app.http.resource import Resource
from app.http.times import parse_end, parse_start
from app.models.accuracy_schemas import AccuracyQuerySchema, AccuracySchema
from app.services import get_meter, get_span, services
from config.errors import InvalidRequest
from data.meters import Meter
from data.revision import mark_of
from data.store import Span
from workers.ledger import Ledger
from workers.questions.accuracy import ask_for_accuracy
from workers.wire_format import timestamp

bp = Resource("accuracy", __name__, url_prefix="/meters", description="Accuracy of forecasts")

DEFAULT_RANGE = timedelta(days=28)
LONGEST_RANGE = timedelta(days=92)
"""A week ahead every night makes 15 000 hourly points of it."""


@bp.route("/<meter_type>/<meter_id>/accuracy")
@bp.arguments(AccuracyQuerySchema, location="query")
@bp.response(200, AccuracySchema)
@bp.alt_response(202, description="Being worked out; ask again after Retry-After")
@bp.alt_response(404, description="Unknown meter")
@bp.alt_response(409, description="The meter has no readings")
def accuracy(query: dict[str, Any], meter_type: str, meter_id: str) -> ResponseReturnValue:
    """Forecasts as they were issued against what happened, by lead time and by day; flags."""
    meter = get_meter(meter_type, meter_id)
    span = get_span(meter)
    start, end = _range(query, meter, span)
    noted = Ledger(services().jobs.redis).read(meter.key)
    mark = [*mark_of(services().store, meter, span), noted.get("scored_at")]
    found = ask_for_accuracy(
        services().jobs, meter, mark=mark, start=start, end=end, seconds=ANSWER_SECONDS
    )
    if found is None:
        return computing()
    if "error" in found:
        return stored_error(found["error"])
    return jsonify(
        meter_type=meter.meter_type,
        meter_id=meter.meter_id,
        unit=meter.unit,
        start=timestamp(start),
        end=timestamp(end),
        **found,
        flags=noted["flags"],
        serving=noted.get("serving"),
    )


def _range(query: dict[str, Any], meter: Meter, span: Span) -> tuple[datetime, datetime]:
    """The range asked for, else the four weeks up to the last reading.

    :raises InvalidRequest: dates that cannot be, or too many of them.
    """
    end = min(span.last + timedelta(days=1), datetime.now(UTC))
    # To the hour, so that whoever asks again within it is answered with what is kept.
    end = end.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    if "end_date" in query:
        end = parse_end(query["end_date"], meter, "end_date")
    start = end - DEFAULT_RANGE
    if "start_date" in query:
        start = parse_start(query["start_date"], meter, "start_date")
    if end <= start:
        raise InvalidRequest("end_date: lies before start_date.", hint="Swap the two dates.")
    if end - start > LONGEST_RANGE:
        raise InvalidRequest(
            f"start_date: {(end - start).days} days; at most {LONGEST_RANGE.days} at once.",
            hint="Ask for a later start_date or an earlier end_date.",
            field="start_date",
        )
    return start, end
