"""The overview: a page of meters, each with what an operator looks for first."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, jsonify

from app.http.resource import Resource
from app.meters.catalogue import Line, catalogue, select
from app.meters.overview_schemas import OverviewQuerySchema, OverviewSchema
from app.security import may_see, may_see_all
from app.services import Services, services
from data.meters import Meter
from workers.ledger import Ledger
from workers.ledger.trainability import refusal_of
from workers.wire_format import timestamp

bp = Resource("overview", __name__, url_prefix="/overview", description="All meters at a glance")

SPARKLINE_SPAN = timedelta(days=7)
SPARKLINE_POINTS = 56
"""A point for three hours: as much as a line of 120 pixels can show."""


@bp.route("/")
@bp.arguments(OverviewQuerySchema, location="query")
@bp.response(200, OverviewSchema)
def index(query: dict[str, Any]) -> Response:
    """Meters with sparkline, last reading, model age, yesterday's skill and flags, by the page."""
    s, now = services(), datetime.now(UTC)
    lines = [line for line in catalogue(s) if may_see(line.key)]
    found = select(
        lines,
        meter_type=query.get("meter_type"),
        search=query["search"],
        show=query["show"],
        sort=query["sort"],
        descending=query["order"] == "desc",
        now=now,
    )
    page = found[query["offset"] : query["offset"] + query["limit"]]
    ledger = Ledger(s.jobs.redis)
    noted = ledger.read_many(line.key for line in page)
    return jsonify(
        meters=[_row(s, line, noted[line.key]) for line in page],
        total=len(found),
        all=len(lines),
        trained=sum(line.champion is not None for line in lines),
        types=ledger.types() if may_see_all() else {},
        time=timestamp(now),
    )


def _row(s: Services, line: Line, noted: dict[str, Any]) -> dict[str, Any]:
    meter = s.store.meter(line.meter_type, line.meter_id)
    return {
        **meter.to_dict(),
        "last": timestamp(line.last) if line.last else None,
        "sparkline": _sparkline(s, meter, line.last),
        "champion": line.champion,
        "trained_at": timestamp(line.trained_at) if line.trained_at else None,
        "skill": line.skill,
        "yesterday": noted.get("yesterday"),
        "flags": noted["flags"],
        "serving": noted.get("serving"),
        "untrainable": refusal_of(noted),
    }


def _sparkline(s: Services, meter: Meter, last: datetime | None) -> list[float | None]:
    """Means of the newest week, in places of equal length; None where nothing was measured."""
    if last is None:
        return []
    start = last - SPARKLINE_SPAN + timedelta(seconds=1)
    series = s.store.readings(meter, start, last + timedelta(seconds=1))
    points = _points(meter)
    begin, width = start.timestamp(), SPARKLINE_SPAN.total_seconds() / points
    sums, counts = [0.0] * points, [0] * points
    for instant, value in zip(series.index, series.tolist(), strict=True):
        place = min(int((instant.timestamp() - begin) / width), points - 1)
        sums[place] += value
        counts[place] += 1
    means = zip(sums, counts, strict=True)
    return [float(f"{total / count:.4g}") if count else None for total, count in means]


def _points(meter: Meter) -> int:
    """No more places than readings, or a meter of days would be dots with gaps between."""
    if meter.resolution is None:
        return SPARKLINE_POINTS
    return min(SPARKLINE_POINTS, max(1, SPARKLINE_SPAN // meter.resolution))
