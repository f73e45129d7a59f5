"""What an import would make of a file: how it is read, its first readings, or what is asked."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, BinaryIO, cast

from flask import Response, jsonify, request

from app.http.errors import payload
from app.http.resource import Resource
from app.readings.readings import TakingTurns
from app.readings.schemas import PreviewQuerySchema, PreviewSchema
from app.services import services
from config.errors import EnergyError, TooLarge
from data.importers.formats import MEDIA_TYPES
from data.meters import Meter, check_timezone

bp = Resource("preview", __name__, url_prefix="/preview", description="Look before importing")

LARGEST = 4 * 2**20
"""Years of hours, and a workbook: what is longer is told from its beginning, if it is text."""
ROWS_SHOWN = 8


@bp.route("/", methods=["POST"])
@bp.arguments(PreviewQuerySchema, location="query")
@bp.response(200, PreviewSchema)
@bp.alt_response(413, description="More than the beginning of a file")
def preview(query: dict[str, Any]) -> Response:
    """How a file is read: columns, assumptions, first readings, and what would be left out.

    Send 4 MiB at most: of a longer text its beginning, in whole lines. Any type of body is taken:
    what it is, its bytes say where its type does not. Nothing is stored. Where it
    can be read in several ways, or not at all, `problem` says so as the import would: with code
    `ambiguous_file` its `detail.choices` has the ways, each with its options and figures.
    """
    check_timezone(query["timezone"])
    body = request.stream.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise TooLarge("The beginning of the file is enough.", hint="Send 4 MiB at most.")
    form = MEDIA_TYPES.get(request.mimetype)
    names: list[str] = []
    try:
        return jsonify(problem=None, **_read(body, query, form, names))
    except EnergyError as error:
        problem = payload(error.code, error.message, hint=error.hint, detail=error.detail)
        return jsonify(names=names, problem=problem)


def _read(
    body: bytes, query: Mapping[str, Any], form: str | None, names: list[str]
) -> dict[str, Any]:
    # The importers bring pandas, which most requests of the process never need.
    from data.importers.importing import read_readings
    from data.importers.options import ImportOptions
    from data.importers.summary import ImportSummary

    summary = ImportSummary()
    summary.names = names
    # Line protocol names the meters, and unit and step of one that is known bear on the rest.
    name = query.get("meter_id", "preview")
    meter = Meter(query["meter_type"], name, unit=_unit(query), timezone=query["timezone"])
    bridge = timedelta(hours=services().settings.import_bridge_hours)
    found = read_readings(
        cast(BinaryIO, TakingTurns(BytesIO(body))),
        meter,
        ImportOptions.of(query),
        form=form,
        bridge=bridge,
        now=datetime.now(UTC),
        summary=summary,
    )
    return {"names": names, **_told(summary, found)}


def _unit(query: Mapping[str, Any]) -> str:
    of_its_type: str = services().settings.meter_types[query["meter_type"]].unit
    return str(query.get("meter_unit", of_its_type))


def _told(summary: Any, found: list[Any]) -> dict[str, Any]:
    from data.frames import commonest_step
    from data.importers.series.questions import chart_of
    from data.meters import format_duration

    first = found[0]
    readings = first.series.readings
    step = commonest_step(readings.index)
    ends = (readings.index[0], readings.index[-1]) if len(readings) else (None, None)
    return {
        "columns": summary.columns,
        "assumptions": summary.assumptions,
        "warnings": summary.warnings,
        "unit": first.series.unit,
        "counter": first.counts,
        "resolution": format_duration(step) if step else None,
        "rows": summary.rows,
        "usable": len(readings),
        "dropped": dict(summary.dropped),
        "problems": summary.problems,
        "weather": list(first.series.weather.columns),
        "chart": chart_of(readings),
        "first": _text(ends[0]),
        "last": _text(ends[1]),
        "sum": float(readings.sum()),
        "readings": [
            {"time": _text(time), "value": value}
            for time, value in readings.iloc[:ROWS_SHOWN].items()
        ],
    }


def _text(time: Any) -> str | None:
    return None if time is None else f"{time:%Y-%m-%dT%H:%M:%SZ}"
