"""Which column is the time, which the consumption, which the weather."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from config.errors import InvalidReadings, InvalidRequest

_UNIT = re.compile(r"[(\[]([^)\]]*)[)\]]")

TIME_NAMES = (
    "timestamp",
    "datetime",
    "date_time",
    "time",
    "date",
    "utc_timestamp",
    "time_utc",
    "local_time",
    "interval_start",
    "period_start",
    "start_time",
    "start",
    "from",
    "ds",
    "unix",
    "epoch",
    "zeit",
    "data",
    "index",
)

# Whole words of a name, from the most to the least telling.
VALUE_WORDS = (
    "value",
    "consumption",
    "usage",
    "demand",
    "load",
    "energy",
    "electricity",
    "water",
    "flow",
    "volume",
    "power",
    "kwh",
    "mwh",
    "wh",
    "m3",
    "reading",
    "y",
)

WEATHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "temperature": (
        "temperature",
        "temp",
        "air_temperature",
        "air_temp",
        "outdoor_temperature",
        "outside_temperature",
        "temperature_2m",
        "t2m",
        "temperatura",
        "temperature_c",
        "temp_c",
        "dry_bulb",
        "dry_bulb_temperature",
    ),
    "apparent_temperature": ("apparent_temperature", "feels_like", "apparent_temp"),
    "humidity": ("humidity", "relative_humidity", "rh", "relative_humidity_2m", "hum"),
    "precipitation": ("precipitation", "rain", "rainfall", "precip", "precipitation_mm"),
    "wind_speed": ("wind_speed", "wind", "windspeed", "wind_speed_10m"),
    "solar_radiation": (
        "solar_radiation",
        "radiation",
        "ghi",
        "irradiance",
        "solar_irradiance",
        "shortwave_radiation",
        "global_radiation",
    ),
}


@dataclass(frozen=True)
class Columns:
    """Positions in a row: of the time, the value, and each weather variable."""

    names: tuple[str, ...]
    time: int
    value: int
    weather: Mapping[str, int] = field(default_factory=dict)
    fahrenheit: frozenset[str] = frozenset()

    @property
    def named(self) -> dict[str, str]:
        """What was recognised, by the name it has in the file."""
        found = {"time": self.names[self.time], "value": self.names[self.value]}
        return found | {name: self.names[at] for name, at in self.weather.items()}


def plain(name: str) -> str:
    """Lower case, without unit: "Temperature (°C)" and " temperature" are one name."""
    return re.sub(r"[^0-9a-z]+", "_", _UNIT.sub("", name).lower()).strip("_")


def unit_of(name: str) -> str | None:
    """The unit in brackets, where a heading has one."""
    match = _UNIT.search(name)
    return match.group(1).strip() if match else None


def recognise(
    names: Sequence[str], *, time_column: str | None = None, value_column: str | None = None
) -> Columns:
    """Columns by the names given, else by common names, else by being the only one left.

    Raises `InvalidRequest` where a name given is not there or several columns could be meant,
    `InvalidReadings` where there is none.
    """
    weather: dict[str, int] = {}
    for variable, spellings in WEATHER_NAMES.items():
        for at, name in enumerate(names):
            if plain(name) in spellings and name not in (time_column, value_column):
                weather.setdefault(variable, at)
    taken = set(weather.values())
    time = _given(names, time_column) if time_column else _time(names, taken)
    taken.add(time)
    value = _given(names, value_column) if value_column else _value(names, taken)
    fahrenheit = {
        variable
        for variable, at in weather.items()
        if "temperature" in variable and (unit_of(names[at]) or "").strip("°º ").upper() == "F"
    }
    return Columns(tuple(names), time, value, weather, frozenset(fahrenheit))


def _given(names: Sequence[str], wanted: str) -> int:
    for at, name in enumerate(names):
        if name == wanted or plain(name) == plain(wanted):
            return at
    raise InvalidRequest(
        f"There is no column {wanted!r}.", hint=f"The file has: {', '.join(names)}."
    )


def _time(names: Sequence[str], taken: set[int]) -> int:
    for spelling in TIME_NAMES:
        for at, name in enumerate(names):
            if at not in taken and plain(name) == spelling:
                return at
    for at, name in enumerate(names):
        if at not in taken and (not plain(name) or re.search(r"time|date|_utc$", plain(name))):
            return at
    raise InvalidReadings(
        "No column looks like a time.",
        hint=f"Name it with --time-column. The file has: {', '.join(names)}.",
    )


def _value(names: Sequence[str], taken: set[int]) -> int:
    left = [at for at in range(len(names)) if at not in taken]
    if len(left) == 1:
        return left[0]
    for word in VALUE_WORDS:
        found = [at for at in left if plain(names[at]) == word]
        found = found or [at for at in left if word in plain(names[at]).split("_")]
        if len(found) == 1:
            return found[0]
        if found:
            break
    if not left:
        raise InvalidReadings(
            "No column is left that could be the consumption.",
            hint=f"Name it with --value-column. The file has: {', '.join(names)}.",
        )
    raise InvalidRequest(
        "Several columns could be the consumption.",
        hint=f"Name one with --value-column: {', '.join(names[at] for at in left)}.",
        field="value_column",
    )
