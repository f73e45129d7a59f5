"""Dates of requests as UTC instants: a naive time is the meter's, an end day is whole."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from config.errors import InvalidRequest
from data.meters import Meter

Years = tuple[int, int]
MODELLED: Years = 1970, 2200
"""Years that a request may name: beyond them arithmetic overflows before anything is checked."""
STORED: Years = 1677, 2262
"""Those between which a store has readings: a clock that was wrong may have said any of them."""


def parse_start(text: str, meter: Meter, field: str, *, years: Years = MODELLED) -> datetime:
    """A day's first instant, or the instant given.

    :param years: between which it lies, both exclusive.
    :raises InvalidRequest: not ISO 8601; names `field`.
    """
    return _parse(text, meter, field, days=0, years=years)


def parse_end(text: str, meter: Meter, field: str, *, years: Years = MODELLED) -> datetime:
    """The first instant after a day, or the (exclusive) instant given.

    :param years: between which it lies, both exclusive.
    :raises InvalidRequest: not ISO 8601; names `field`.
    """
    return _parse(text, meter, field, days=1, years=years)


def parse_range(
    start_text: str,
    end_text: str,
    meter: Meter,
    names: tuple[str, str] = ("start_date", "end_date"),
    *,
    years: Years = MODELLED,
) -> tuple[datetime, datetime]:
    """Both ends of a range.

    :raises InvalidRequest: one cannot be read, or the range is empty or reversed.
    """
    start = parse_start(start_text, meter, names[0], years=years)
    end = parse_end(end_text, meter, names[1], years=years)
    if end <= start:
        raise InvalidRequest(
            f"{names[1]}: {end_text} lies before {names[0]} {start_text}.",
            hint="Swap the two dates.",
            field=names[1],
        )
    return start, end


def _parse(text: str, meter: Meter, field: str, *, days: int, years: Years) -> datetime:
    zone = ZoneInfo(meter.timezone)
    try:
        if len(text) == 10:
            day = date.fromisoformat(text) + timedelta(days=days)
            moment = datetime(day.year, day.month, day.day, tzinfo=zone)
        else:
            moment = datetime.fromisoformat(text)
            moment = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
        if not years[0] < moment.year < years[1]:
            raise ValueError(f"year {moment.year}")
        # Readings and targets are kept in whole seconds, and so are the ranges that choose them.
        return moment.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(
            f"{field}: {text!r} is not a date or time.",
            hint="Write 2025-06-20, 2025-06-20T12:00 or 2025-06-20T12:00:00+02:00.",
            field=field,
        ) from error
