"""Readings of a meter, and the forecasts that were issued for it.

What works on frames is imported by the views that do: a process that serves jobs and streams needs
no pandas.
"""

import time
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any, BinaryIO, cast

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnsupportedMediaType

from app.http.answers import accepted
from app.http.resource import Resource
from app.http.times import STORED, parse_end, parse_range, parse_start
from app.jobs.schemas import AcceptedSchema
from app.meters.schemas import (
    DeletedSchema,
    DeletionQuerySchema,
    ForecastsQuerySchema,
    ImportSummarySchema,
    IngestQuerySchema,
    ReadingsQuerySchema,
)
from app.services import get_meter, services
from config.errors import InvalidRequest, TooManyJobs
from data.importers.formats import MEDIA_TYPES
from data.meters import Meter, check_timezone
from data.store import Span
from data.uploads import Uploads
from workers.states import Kind

bp = Resource("readings", __name__, url_prefix="/meters", description="Readings and forecasts")

ANY_FORMAT = "application/octet-stream"
"""Of a body whose format is found by its bytes."""
DEFAULT_SPAN = timedelta(days=14)
LONGEST_READ = timedelta(days=3700)
"""Ten years: what a model may be trained on; a longer read is asked for in parts."""
MOST_ROWS = 600_000
"""A year of minutes in one answer: a second or two in which the process serves nobody else."""
MOST_AGGREGATED = 10 * MOST_ROWS
"""Readings behind an aggregate, which are 16 bytes each and never become text."""


@bp.route("/<meter_type>/<meter_id>/readings")
@bp.arguments(ReadingsQuerySchema, location="query")
@bp.response(200, description="Readings as JSON, or as CSV where `Accept: text/csv` asks for it")
@bp.alt_response(404, description="Unknown meter")
def readings(query: dict[str, Any], meter_type: str, meter_id: str) -> Response:
    """Readings of a range; of the last two weeks where none is given."""
    from data.aggregation import aggregate, parse_every

    meter = get_meter(meter_type, meter_id)
    store = services().store
    start, end = _range(query, meter, default_end=_end_of_readings(store.span(meter)))
    _bound(store.tally(meter, start, end).count, MOST_AGGREGATED if "every" in query else MOST_ROWS)
    series = store.readings(meter, start, end)
    if "every" in query:
        frame = aggregate(
            series,
            parse_every(query["every"]),
            unit=meter.unit,
            timezone=meter.timezone,
            resolution=meter.resolution,
        )
    else:
        frame = series.to_frame("value")
    _bound(len(frame), MOST_ROWS)
    times = _times(frame.index)
    if request.accept_mimetypes.best_match(["application/json", "text/csv"]) == "text/csv":
        return Response(frame.set_axis(times).to_csv(index_label="timestamp"), mimetype="text/csv")
    columns: dict[str, Any] = {"values": frame["value"].tolist()}
    if "coverage" in frame:
        columns["coverage"] = frame["coverage"].round(4).tolist()
    return jsonify(**_heading(meter), times=times, **columns)


def _bound(rows: int, most: int) -> None:
    """
    :raises InvalidRequest: more than one answer may hold.
    """
    if rows > most:
        raise InvalidRequest(
            f"start: {rows:,} rows; one answer holds at most {most:,}.",
            hint="Ask for them in parts, or for means: ?every=1h.",
            field="start",
        )


@bp.route("/<meter_type>/<meter_id>/readings", methods=["POST"])
@bp.arguments(IngestQuerySchema, location="query")
@bp.response(200, ImportSummarySchema)
@bp.alt_response(202, schema=AcceptedSchema, description="A large body: a job stores it")
@bp.alt_response(404, description="Unknown meter")
@bp.alt_response(413, description="The body is too large")
@bp.alt_response(415, description="No format that is read here")
def ingest(query: dict[str, Any], meter_type: str, meter_id: str) -> ResponseReturnValue:
    """Store readings; sending them again changes nothing.

    JSON, delimited text, workbooks (.xlsx, .xls, .ods), Green Button XML, NEM12 and line protocol,
    also zipped; of `application/octet-stream` the format is found. All of a body is read before
    anything is stored: one that can be read in two ways is answered with 422 `ambiguous_file` and
    the choices, one of which too much would be lost with 422 `invalid_readings`. A few rows that
    cannot be used are counted and shown.
    """
    meter = get_meter(meter_type, meter_id)
    form = MEDIA_TYPES.get(request.mimetype)
    if form is None and request.mimetype != ANY_FORMAT:
        raise UnsupportedMediaType(" or ".join((*MEDIA_TYPES, ANY_FORMAT)))
    body = cast(BinaryIO, request.stream)
    if "timezone" in query:
        check_timezone(query["timezone"])
    size = inf if request.content_length is None else request.content_length
    if size > services().settings.inline_upload_mb * 2**20:
        return _import_later(meter, body, form, query)
    from data.importers.bodies import import_body

    source = cast(BinaryIO, TakingTurns(body))
    bridge = timedelta(hours=services().settings.import_bridge_hours)
    summary = import_body(services().store, meter, source, form=form, options=query, bridge=bridge)
    return jsonify(summary.to_dict())


@bp.route("/<meter_type>/<meter_id>/readings", methods=["DELETE"])
@bp.arguments(DeletionQuerySchema, location="query")
@bp.response(200, DeletedSchema)
@bp.alt_response(404, description="Unknown meter")
@bp.alt_response(503, description="The store does not answer, or cannot delete (InfluxDB 3)")
def delete(query: dict[str, Any], meter_type: str, meter_id: str) -> Response:
    """Delete the readings of a range, such as one that a wrong clock dated.

    To correct a value, send the right one for the same time. Models stay as they were trained. The
    counts that the readings of a cumulative meter came from are forgotten too: the next one begins
    anew, unless it follows on one that is left.
    """
    from data.editing.readings import delete_readings

    meter = get_meter(meter_type, meter_id)
    bounds = parse_range(query["start"], query["end"], meter, ("start", "end"), years=STORED)
    return jsonify(deleted=delete_readings(services().store, meter, *bounds))


class TakingTurns:
    """A body between whose pieces the other requests of this process get a turn."""

    def __init__(self, body: BinaryIO) -> None:
        self._body = body

    def read(self, size: int = -1) -> bytes:
        time.sleep(0)
        return self._body.read(size)


def _import_later(
    meter: Meter, body: BinaryIO, form: str | None, query: dict[str, Any]
) -> Response:
    jobs, uploads = services().jobs, Uploads(services().settings.upload_url)
    with jobs.talking():
        jobs.redis.ping()  # else every try of a client would leave its file behind
    name = uploads.add(body)
    try:
        submitted = jobs.submit(
            Kind.IMPORT,
            {"source": "upload", "name": name, "form": form, "options": query},
            meter_type=meter.meter_type,
            meter_id=meter.meter_id,
        )
    except TooManyJobs:
        uploads.remove(name)
        raise
    return accepted(submitted, "jobs")


@bp.route("/<meter_type>/<meter_id>/forecasts")
@bp.arguments(ForecastsQuerySchema, location="query")
@bp.response(200, description="Forecasts as they were issued")
@bp.alt_response(404, description="Unknown meter")
def forecasts(query: dict[str, Any], meter_type: str, meter_id: str) -> Response:
    """What was forecast for a range: the newest word, or what it was `as_of` an instant."""
    meter = get_meter(meter_type, meter_id)
    known_until = _end_of_readings(services().store.span(meter))
    ahead = timedelta(days=services().settings.max_forecast_days)
    start, end = _range(
        query, meter, default_start=known_until - DEFAULT_SPAN, default_end=known_until + ahead
    )
    as_of = datetime.now(UTC)
    if "as_of" in query:
        as_of = parse_start(query["as_of"], meter, "as_of")
    frame = services().store.forecasts(meter, start, end, as_of)
    levels = [name for name in map(str, frame.columns) if name.startswith("p")]
    # Forecasts of other QUANTILES in the range lack some of these levels, and JSON has no NaN.
    columns: dict[str, Any] = {
        name: [None if value != value else value for value in frame[name].tolist()]
        for name in levels
    }
    return jsonify(
        **_heading(meter),
        times=_times(frame["time"]),
        issued_at=_times(frame["issued_at"]),
        model_version=frame["model_version"].tolist(),
        **columns,
    )


def _heading(meter: Meter) -> dict[str, Any]:
    return {"meter_type": meter.meter_type, "meter_id": meter.meter_id, "unit": meter.unit}


def _times(instants: Any) -> list[str]:
    """The API's text of a `DatetimeIndex` or of a column of instants."""
    from numpy import datetime_as_string

    # A third of the time of `strftime`.
    utc = instants.to_numpy(dtype="datetime64[s]")
    return [f"{text}Z" for text in datetime_as_string(utc).tolist()]


def _end_of_readings(span: Span | None) -> datetime:
    return span.last + timedelta(seconds=1) if span else datetime.now(UTC)


def _range(
    query: dict[str, Any],
    meter: Meter,
    *,
    default_end: datetime,
    default_start: datetime | None = None,
) -> tuple[datetime, datetime]:
    end = parse_end(query["end"], meter, "end", years=STORED) if "end" in query else default_end
    start = default_start or end - DEFAULT_SPAN
    if "start" in query:
        start = parse_start(query["start"], meter, "start", years=STORED)
    if start >= end:
        raise InvalidRequest("end: lies before start.", hint="Swap the two.", field="end")
    if end - start > LONGEST_READ:
        raise InvalidRequest(
            f"start: the range is longer than {LONGEST_READ.days} days.",
            hint="Ask for it in parts.",
            field="start",
        )
    return start, end
