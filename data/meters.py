"""What a meter is, and which ids it may bear."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Self
from zoneinfo import ZoneInfo

from config.errors import InvalidRequest

FINEST, DAY = timedelta(minutes=5), timedelta(days=1)
"""Steps that models can be made for (`ml.readings.grid`)."""

METER_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$")
METER_TYPE = re.compile(r"^[a-z][a-z0-9_]{0,31}$")

_DURATION = re.compile(
    r"^P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?$"
)


@dataclass(frozen=True)
class Count:
    """What the face of a cumulative meter showed at an instant, in the meter's unit.

    `before` are a few counts before it, by time, for those that come late. `peak` is what the
    meter showed before it fell, as long as the fall may prove to be a glitch.
    """

    time: datetime
    value: float
    before: tuple[tuple[datetime, float], ...] = ()
    peak: float | None = None

    def times(self, ratio: float) -> Self:
        """The same count in a unit of which `ratio` make one of this."""
        before = tuple((time, value * ratio) for time, value in self.before)
        peak = None if self.peak is None else self.peak * ratio
        return replace(self, value=self.value * ratio, before=before, peak=peak)

    def to_dict(self) -> dict[str, Any]:
        """JSON types; what is empty is left out."""
        found: dict[str, Any] = {"time": self.time.isoformat(), "value": self.value}
        if self.before:
            found["before"] = [[time.isoformat(), value] for time, value in self.before]
        return found if self.peak is None else {**found, "peak": self.peak}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`."""
        before = tuple(
            (datetime.fromisoformat(time), value) for time, value in values.get("before", ())
        )
        time = datetime.fromisoformat(values["time"])
        return cls(time, values["value"], before, values.get("peak"))


@dataclass(frozen=True)
class Meter:
    """One measured series of consumption and what is needed to understand its values.

    `unit` is the unit of the stored values, `timezone` an IANA name (calendar features and naive
    times), `country` and `subdivision` ISO 3166 codes (holidays), `resolution` the step between
    readings where it is known. `last_count` is the newest count of a meter that only counts up:
    the next file goes on from there. `place` is the name that the position was found by.

    Raises `InvalidRequest` for an id, time zone or position that cannot be.
    """

    meter_type: str
    meter_id: str
    unit: str = "kWh"
    timezone: str = "UTC"
    country: str | None = None
    subdivision: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    resolution: timedelta | None = None
    name: str | None = None
    last_count: Count | None = None
    place: str | None = None

    def __post_init__(self) -> None:
        check_meter_type(self.meter_type)
        check_meter_id(self.meter_id)
        check_timezone(self.timezone)
        _check_position(self.latitude, self.longitude)
        if self.resolution is not None and self.resolution <= timedelta(0):
            raise InvalidRequest("The resolution of a meter is a positive duration.")

    @property
    def key(self) -> str:
        return f"{self.meter_type}/{self.meter_id}"

    @property
    def own_location(self) -> str:
        """Key of the weather that came with the readings of a meter without a position."""
        return f"meter:{self.key}"

    @property
    def location(self) -> str:
        """Key of the weather at this meter: its cell of the weather grid.

        A meter without a position has weather of its own.
        """
        if self.latitude is None or self.longitude is None:
            return self.own_location
        latitude, longitude = grid_position(self.latitude, self.longitude)
        return f"{latitude:.1f},{longitude:.1f}"

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON types; the resolution as an ISO 8601 duration."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.resolution is not None:
            values["resolution"] = format_duration(self.resolution)
        if self.last_count is not None:
            values["last_count"] = self.last_count.to_dict()
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`. Keys of a later release are left aside."""
        known = {field.name: values[field.name] for field in fields(cls) if field.name in values}
        if isinstance(known.get("resolution"), str):
            known["resolution"] = parse_duration(known["resolution"])
        if isinstance(known.get("last_count"), Mapping):
            known["last_count"] = Count.from_dict(known["last_count"])
        return cls(**known)


def grid_position(latitude: float, longitude: float) -> tuple[float, float]:
    """The middle of the cell of the weather grid, a tenth of a degree wide, around a position.

    That is the width of a global weather model's cell (9 to 11 km), so that the meters of one
    town share what is fetched. What the middle of the cell is warmer or colder than the meter
    is so at all times, which a model learns with the rest.
    """
    # Adding zero turns -0.0 into 0.0, which would else be a second name for one place.
    return round(latitude, 1) + 0, round(longitude, 1) + 0


def check_meter_id(meter_id: str) -> str:
    """The id itself, or `InvalidRequest`: it becomes a path, a tag and a part of an address."""
    if not isinstance(meter_id, str) or not METER_ID.fullmatch(meter_id):
        raise InvalidRequest(
            f"{str(meter_id)[:80]!r} cannot be the id of a meter.",
            hint="1 to 64 letters, digits or _ . : - and a letter or digit first.",
            field="meter_id",
        )
    return meter_id


def check_meter_type(meter_type: str) -> str:
    """The type itself, or `InvalidRequest` where it cannot name one."""
    if not isinstance(meter_type, str) or not METER_TYPE.fullmatch(meter_type):
        raise InvalidRequest(
            f"{str(meter_type)[:80]!r} cannot be a meter type.",
            hint="For example electricity or water; config/meter_types.json lists all.",
            field="meter_type",
        )
    return meter_type


@cache
def check_timezone(name: str) -> ZoneInfo:
    """The zone of an IANA name, or `InvalidRequest`."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as unknown:
        raise InvalidRequest(
            f"There is no time zone {str(name)[:80]!r}.",
            hint="An IANA name such as Europe/Rome or UTC.",
            field="timezone",
        ) from unknown


def format_duration(duration: timedelta) -> str:
    """ISO 8601, as short as it can be: PT15M, PT1H, P1D. Fractions of a second are cut."""
    days, seconds = duration.days, duration.seconds
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    clock = "".join(f"{count}{letter}" for count, letter in parts if count)
    if not days and not clock:
        return "PT0S"
    return "P" + (f"{days}D" if days else "") + (f"T{clock}" if clock else "")


def parse_duration(text: str) -> timedelta:
    """Days, hours, minutes and seconds of an ISO 8601 duration, or `InvalidRequest`."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groupdict().values()):
        raise InvalidRequest(
            f"{text[:80]!r} is not a duration.", hint="ISO 8601, for example PT15M, PT1H or P1D."
        )
    parts = {name: int(count) for name, count in match.groupdict().items() if count}
    try:
        return timedelta(**parts)
    except OverflowError as endless:
        raise InvalidRequest(f"{text[:80]!r} is longer than all time.") from endless


def _check_position(latitude: float | None, longitude: float | None) -> None:
    if (latitude is None) != (longitude is None):
        raise InvalidRequest("A position has a latitude and a longitude.", field="latitude")
    for name, value, limit in (("latitude", latitude, 90.0), ("longitude", longitude, 180.0)):
        if value is not None and not -limit <= value <= limit:
            raise InvalidRequest(f"{value} is no {name}.", field=name)


def can_be_resolution(step: timedelta) -> bool:
    """Whether models can be made for readings that far apart."""
    return FINEST <= step <= DAY and not DAY % step
