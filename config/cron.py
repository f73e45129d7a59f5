"""Cron lines: five fields of numbers, and when they are due.

`*`, `5`, `1-5`, `*/15`, `8-18/2` and lists of these; Sunday is 0 or 7. A day must fit both the
day of the month and the day of the week, as in Celery's own reading of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

RANGES = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
FURTHEST = timedelta(days=366 * 8)
"""Beyond this lies no next 29 February: such a line is never due."""


@dataclass(frozen=True)
class Cron:
    """When something is due."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def after(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """The first due instant after `now` (UTC); None where there is none in eight years."""
        day = now.astimezone(zone).date() - timedelta(days=1)
        for offset in range(FURTHEST.days):
            for due in self._of_day(day + timedelta(days=offset), zone):
                if due > now:
                    return due
        return None

    def until(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """The last due instant not after `now` (UTC)."""
        day = now.astimezone(zone).date() + timedelta(days=1)
        for offset in range(FURTHEST.days):
            for due in reversed(list(self._of_day(day - timedelta(days=offset), zone))):
                if due <= now:
                    return due
        return None

    def _of_day(self, day: date, zone: ZoneInfo) -> Iterator[datetime]:
        if day.month not in self.months or day.day not in self.days:
            return
        if day.isoweekday() % 7 not in self.weekdays:
            return
        for hour in sorted(self.hours):
            for minute in sorted(self.minutes):
                local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
                yield local.astimezone(UTC)


def parse_cron(text: str) -> Cron:
    """
    :raises ValueError: the line is wrong; the text says where.
    """
    fields = text.split()
    if len(fields) != len(RANGES):
        raise ValueError(f"{text!r} has {len(fields)} fields; a cron line has 5")
    minutes, hours, days, months, weekdays = (
        _numbers(field, *bounds) for field, bounds in zip(fields, RANGES, strict=True)
    )
    return Cron(minutes, hours, days, months, frozenset(day % 7 for day in weekdays))


def _numbers(field: str, name: str, first: int, last: int) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        low, _, high = ("*", "", "") if span == "*" else span.partition("-")
        try:
            start = first if low == "*" else int(low)
            stop = last if low == "*" or (step and not high) else int(high or low)
            stride = int(step or 1)
        except ValueError:
            raise ValueError(f"{name} {part!r} is not a number, range or step") from None
        if not first <= start <= stop <= last or stride < 1:
            raise ValueError(f"{name} {part!r} is not within {first} to {last}")
        found.update(range(start, stop + 1, stride))
    return frozenset(found)
