"""What surrounded the readings of a meter: weather, and public holidays."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, jsonify

from app.http.resource import Resource
from app.http.times import parse_range
from app.meters.surroundings_schemas import HolidaysSchema, RangeQuerySchema, WeatherSchema
from app.services import get_meter, services

bp = Resource("surroundings", __name__, url_prefix="/meters", description="Weather and holidays")


@bp.route("/<meter_type>/<meter_id>/weather")
@bp.arguments(RangeQuerySchema, location="query")
@bp.response(200, WeatherSchema)
@bp.alt_response(404, description="Unknown meter")
def weather(query: dict[str, Any], meter_type: str, meter_id: str) -> Response:
    """The stored weather at the meter, the newest word for each time, measured before forecast."""
    meter = get_meter(meter_type, meter_id)
    start, end = parse_range(query["start"], query["end"], meter, ("start", "end"))
    frame = services().store.weather(meter.location, start, end)
    newest = frame.groupby(level="valid_at").last()
    columns = {
        str(name): [None if value != value else value for value in newest[name].tolist()]
        for name in newest.columns
        if name != "source"
    }
    return jsonify(
        meter_type=meter.meter_type,
        meter_id=meter.meter_id,
        times=[f"{time:%Y-%m-%dT%H:%M:%SZ}" for time in newest.index],
        source=newest["source"].tolist() if len(newest) else [],
        columns=columns,
    )


@bp.route("/<meter_type>/<meter_id>/holidays")
@bp.arguments(RangeQuerySchema, location="query")
@bp.response(200, HolidaysSchema)
@bp.alt_response(404, description="Unknown meter")
def holidays(query: dict[str, Any], meter_type: str, meter_id: str) -> Response:
    """The public holidays that the models know of: those of the meter's region, or country."""
    meter = get_meter(meter_type, meter_id)
    start, end = parse_range(query["start"], query["end"], meter, ("start", "end"))
    found = _holidays(meter.country, meter.subdivision, start, end) if meter.country else {}
    zone = ZoneInfo(meter.timezone)
    first, last = start.astimezone(zone).date(), (end - timedelta(seconds=1)).astimezone(zone)
    days = [
        {"date": day.isoformat(), "name": name}
        for day, name in sorted(found.items())
        if first <= day <= last.date()
    ]
    return jsonify(country=meter.country, subdivision=meter.subdivision, holidays=days)


def _holidays(
    country: str, subdivision: str | None, start: datetime, end: datetime
) -> dict[Any, str]:
    # Loaded when first asked for: the calendars of a country are a module each.
    from holidays import country_holidays

    years = range(start.year, end.year + 1)
    try:
        return dict(country_holidays(country, subdiv=subdivision, years=years, language="en_US"))
    except NotImplementedError:  # as the models: of an unknown region the country's, or none
        return {} if subdivision is None else _holidays(country, None, start, end)
