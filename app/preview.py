"""What an import would make of a file, told from its beginning."""

import csv
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, cast

from flask import Response, jsonify, request

from app.errors import payload
from app.resource import Resource
from app.schemas.preview import PreviewQuerySchema, PreviewSchema
from config.errors import EnergyError, TooLarge
from data.meters import check_timezone

bp = Resource("preview", __name__, url_prefix="/preview", description="Look before importing")

LARGEST = 256 * 1024
"""Some thousand rows: enough to see the columns, the units and how days are written."""
ROWS_SHOWN = 8


@bp.route("/", methods=["POST"])
@bp.arguments(PreviewQuerySchema, location="query")
@bp.response(200, PreviewSchema)
@bp.alt_response(413, description="More than the beginning of a file")
def preview(query: dict[str, Any]) -> Response:
    """Columns recognised, first readings and faults in the first part of a CSV file.

    Send whole lines, 256 KiB at most. Nothing is stored. Where the columns cannot be told, the
    answer says so in `problem` and lists the names to choose from.
    """
    check_timezone(query["timezone"])
    body = request.stream.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise TooLarge("The beginning of the file is enough.", hint="Send 256 KiB at most.")
    names = _names(body)
    try:
        return jsonify(names=names, problem=None, **_recognised(body, query))
    except EnergyError as error:
        problem = payload(error.code, error.message, hint=error.hint, detail=error.detail)
        return jsonify(names=names, problem=problem)


def _names(body: bytes) -> list[str]:
    # The importers bring pandas, which most requests of the process never need.
    from data.importers.rows import delimiter_of, heading_of, opened

    with opened(BytesIO(body)) as (text, _):
        heading, _line = heading_of(text)
    cells = next(csv.reader([heading], delimiter=delimiter_of(heading)), [])
    return [cell.strip() for cell in cells]


def _recognised(body: bytes, query: dict[str, Any]) -> dict[str, Any]:
    from data.frames import commonest_step
    from data.importers.summary import ImportSummary
    from data.importers.table import read_table
    from data.meters import format_duration

    summary = ImportSummary()
    # All of it, which is one chunk: at the end a file without a usable row is told of.
    [chunk] = read_table(BytesIO(body), now=datetime.now(UTC), summary=summary, **query)
    step = commonest_step(cast(Any, chunk.readings.index))
    shown = chunk.readings.iloc[:ROWS_SHOWN]
    return {
        "columns": summary.columns,
        "unit": chunk.unit,
        "resolution": format_duration(step) if step else None,
        "rows": summary.rows,
        "usable": len(chunk.readings),
        "dropped": dict(summary.dropped),
        "problems": summary.problems,
        "weather": list(chunk.weather.columns),
        "readings": [
            {"time": f"{time:%Y-%m-%dT%H:%M:%SZ}", "value": value} for time, value in shown.items()
        ],
    }
